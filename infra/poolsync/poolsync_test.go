package poolsync

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// template is the part of a synthesised template that the test looks at.
type template struct {
	Resources map[string]struct {
		Type           string
		Properties     map[string]any
		DeletionPolicy string
	}
	Outputs map[string]struct{ Value any }
}

// synthesiseApp runs the app in testdata in its own module, as its owner would. It
// returns the folder that the app wrote and the template.
func synthesiseApp(t *testing.T) (string, template) {
	t.Helper()
	out := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "run", ".")
	cmd.Dir = "testdata/app"
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=readonly", "CDK_OUTDIR="+out)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	text, err := os.ReadFile(filepath.Join(out, "Shop.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	var app template
	if err := json.Unmarshal(text, &app); err != nil {
		t.Fatal(err)
	}
	return out, app
}

// TestAppOfAnother shows that somebody else's CDK app, which requires this module, gets
// poolsync for its own pool: the functions are built from this module, the pool's own
// declaration has the triggers, and the CDK makes the names.
func TestAppOfAnother(t *testing.T) {
	out, app := synthesiseApp(t)
	count := map[string]int{}
	for id, r := range app.Resources {
		count[r.Type]++
		switch r.Type {
		case "AWS::Cognito::UserPool":
			lambdas, _ := r.Properties["LambdaConfig"].(map[string]any)
			for _, trigger := range []string{"PostAuthentication", "PostConfirmation"} {
				if of := reference(lambdas[trigger]); !strings.HasPrefix(of, "PoolsyncPostauthPostauthFunction") {
					t.Errorf("%s of %s is %s, want postauth", trigger, id, of)
				}
			}
		case "AWS::Lambda::Permission":
			if r.DeletionPolicy != "Retain" {
				t.Errorf("%s has the deletion policy %q, want Retain: the pool may stay and call the function", id, r.DeletionPolicy)
			}
		case "AWS::Lambda::Function":
			if !strings.HasPrefix(id, "Poolsync") || r.Properties["Runtime"] != "provided.al2023" {
				t.Errorf("%s is not one of our functions", id)
			}
		}
	}
	for kind, want := range map[string]int{
		"AWS::Cognito::UserPool":           1,
		"AWS::Lambda::Permission":          2, // one for each trigger, below the pool
		"AWS::Lambda::Function":            5, // postauth, ingest, deliver, fullsync, check
		"AWS::SQS::Queue":                  5,
		"AWS::StepFunctions::StateMachine": 1,
		"Custom::UserPoolAttachment":       0,
		"Custom::Connectivity":             1,
	} {
		if count[kind] != want {
			t.Errorf("%d of %s, want %d", count[kind], kind, want)
		}
	}
	for output, want := range map[string]string{
		"Trigger": "PoolsyncPostauthPostauthFunction", "Queue": "PoolsyncUserhubChangesUserhubLiveQueue", "Topic": "PoolsyncWatchAlarmTopic",
	} {
		if got := reference(app.Outputs[output].Value); !strings.HasPrefix(got, want) {
			t.Errorf("output %s is %s, want %s", output, got, want)
		}
	}
	built, err := filepath.Glob(filepath.Join(out, "asset.*", "bootstrap"))
	if err != nil || len(built) != count["AWS::Lambda::Function"] {
		t.Errorf("%d functions were built, %v; want %d", len(built), err, count["AWS::Lambda::Function"])
	}
}

// reference returns the logical id that a value refers to.
func reference(value any) string {
	object, _ := value.(map[string]any)
	if id, ok := object["Ref"].(string); ok {
		return id
	}
	attribute, _ := object["Fn::GetAtt"].([]any)
	if len(attribute) == 0 {
		return ""
	}
	id, _ := attribute[0].(string)
	return id
}
