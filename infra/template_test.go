package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/poolsync/poolsync/infra/connectivity"
	"github.com/poolsync/poolsync/infra/local/golden"
)

// assetHash matches the CDK's name for what it uploads, a hash of the contents.
var assetHash = regexp.MustCompile(`[0-9a-f]{64}`)

// checkRunName matches the name of the check's invocation, which has a digest of
// everything else.
var checkRunName = regexp.MustCompile(connectivity.RunName + `[0-9a-f]{12}`)

// TestGoldenTemplate makes every change to the templates visible in review. The sandbox
// reads the golden files too.
func TestGoldenTemplate(t *testing.T) {
	for name, configuration := range configurations {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(configuration().file)
			if err != nil {
				t.Fatal(err)
			}
			file := "testdata/" + strings.ReplaceAll(name, " ", "-") + ".golden.json"
			got := checkRunName.ReplaceAllString(assetHash.ReplaceAllString(sorted(text), "ASSET"), connectivity.RunName)
			golden.Compare(t, file, got)
		})
	}
}

// sorted returns a template with its members sorted by name. The CDK's own order depends
// on how our code is arranged, and means nothing.
func sorted(text []byte) string {
	var template any
	check(json.Unmarshal(text, &template))
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	check(encoder.Encode(template))
	return b.String()
}

// TestExamples synthesises every example of the documents.
func TestExamples(t *testing.T) {
	files, err := filepath.Glob("docs/examples/*.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("examples %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			s := deployment(file, nil)()
			delivers := func(id string) bool { return strings.HasSuffix(id, "DeliverFunction") }
			if !slices.ContainsFunc(s.ofType("AWS::Lambda::Function"), delivers) {
				t.Errorf("nothing delivers changes: %d resources", len(s.Resources))
			}
			for _, finding := range s.findings {
				t.Error(finding)
			}
		})
	}
}

// TestNag runs cdk-nag's AwsSolutions rules. Findings that we accept are suppressed, with
// the reason, where the resource is declared.
func TestNag(t *testing.T) {
	for name, configuration := range configurations {
		t.Run(name, func(t *testing.T) {
			for _, finding := range configuration().findings {
				t.Error(finding)
			}
		})
	}
}

func TestCfnLint(t *testing.T) {
	const cfnLint = "../.local/venv/bin/cfn-lint"
	if _, err := os.Stat(cfnLint); err != nil {
		t.Fatalf("cfn-lint is not installed: `make venv` installs it under .local/venv")
	}
	for name, configuration := range configurations {
		t.Run(name, func(t *testing.T) {
			// W3005: the CDK states dependencies that a reference implies already.
			// E3601: cfn-lint checks the definition before its substitutions, and does not
			// know that a Succeed state can have an OutputPath.
			out, err := exec.Command(cfnLint, "--ignore-checks", "W3005", "E3601", "--", configuration().file).CombinedOutput()
			if err != nil {
				t.Errorf("cfn-lint: %v\n%s", err, out)
			}
		})
	}
}
