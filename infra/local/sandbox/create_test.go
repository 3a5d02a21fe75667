package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/infra/local/eventsource"
	"github.com/poolsync/poolsync/infra/local/lambdahost"
	"github.com/poolsync/poolsync/infra/local/trail"
)

// create makes the resources of a template in a separate emulator, because the names in
// the template are not unique to the test.
func create(t *testing.T, template Template, options ...Option) (*creator, error) {
	t.Helper()
	moto, err := emulator.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(moto.Stop)
	functions := lambdahost.New()
	t.Cleanup(functions.Close)
	c := &creator{
		ctx: t.Context(), aws: moto.Config(), template: template, settings: newSettings(options), binaries: "/bin",
		functions: functions, endpoint: "http://front", trail: trail.New(moto.Config()), apis: map[string]*api{}, resources: map[string]made{},
	}
	for _, id := range template.ids("") {
		if _, err := c.resource(id); err != nil {
			return c, err
		}
	}
	return c, nil
}

func TestCreateFollowsTheTemplate(t *testing.T) {
	template, err := ReadTemplate("testdata/template.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := create(t, template)
	if err != nil {
		t.Fatal(err)
	}
	queueURL := c.resources["WorkQueue"].ref
	attributes, err := sqs.NewFromConfig(c.aws).GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: &queueURL, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"VisibilityTimeout":      "180",
		"MessageRetentionPeriod": "345600",
		"RedrivePolicy":          `{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:DeadQueue", "maxReceiveCount": 7}`,
	}
	for name, value := range want {
		if got := attributes.Attributes[name]; got != value {
			t.Errorf("queue's %s: got %s, want %s", name, got, value)
		}
	}
	wantMapping := []subscription{{"work", eventsource.Mapping{
		QueueURL: queueURL, QueueARN: "arn:aws:sqs:us-east-1:123456789012:WorkQueue",
		BatchSize: 25, Window: 2 * time.Second, MaximumConcurrency: 4, ReportBatchItemFailures: true,
	}}}
	if diff := cmp.Diff(wantMapping, c.mappings, cmp.AllowUnexported(subscription{})); diff != "" {
		t.Errorf("mappings (-want +got):\n%s", diff)
	}
}

func TestFunctionIsDeployedAsTheTemplateSays(t *testing.T) {
	template, err := ReadTemplate("testdata/template.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := create(t, template)
	if err != nil {
		t.Fatal(err)
	}
	properties, err := c.properties(template.Resources["WorkFunction"])
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.describe("WorkFunction", properties)
	if err != nil {
		t.Fatal(err)
	}
	want := lambdahost.Function{
		Name: "work", Binary: filepath.Join("/bin", "work"), Timeout: 30 * time.Second, MemoryMB: 256, Concurrency: concurrency,
		Environment: map[string]string{
			"QUEUE_URL":             c.resources["WorkQueue"].ref,
			"STACK_NAME":            "poolsync",
			"USERHUB_BASE_URL":      "https://api.userhub.com",
			"AWS_LAMBDA_LOG_FORMAT": "JSON",
			"AWS_LAMBDA_LOG_LEVEL":  "INFO",
			"AWS_REGION":            "us-east-1",
			"AWS_DEFAULT_REGION":    "us-east-1",
			"AWS_ACCESS_KEY_ID":     "work",
			"AWS_SECRET_ACCESS_KEY": "testing",
			"AWS_SESSION_TOKEN":     "testing",
			"AWS_ENDPOINT_URL":      "http://front",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("function (-want +got):\n%s", diff)
	}
}

func TestReplaceTouchesEveryText(t *testing.T) {
	template := Template{Resources: map[string]Resource{"F": {Type: "given", Properties: map[string]any{
		"Text": "is given", "List": []any{"given", map[string]any{"Fn::Join": []any{"", []any{"arn:", "given"}}}}, "Number": 7,
	}}}}
	want := Template{Resources: map[string]Resource{"F": {Type: "given", Properties: map[string]any{
		"Text": "is here", "List": []any{"here", map[string]any{"Fn::Join": []any{"", []any{"arn:", "here"}}}}, "Number": 7,
	}}}}
	if diff := cmp.Diff(want, template.replace(strings.NewReplacer("given", "here"))); diff != "" {
		t.Errorf("replaced (-want +got):\n%s", diff)
	}
}

func TestOptionsDifferVisibly(t *testing.T) {
	template, err := ReadTemplate("testdata/template.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := create(t, template, WithVisibility("WorkQueue", 9*time.Second), WithTimeout("WorkFunction", 8*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"WorkQueue: a failed message is retried after 9 s, not 180 s",
		"WorkFunction: times out after 8 s, not 30 s",
	}
	if diff := cmp.Diff(want, *c.settings.differences); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
}

func TestCreateRefusesWhatItDoesNotKnow(t *testing.T) {
	tests := []struct {
		name, template, want string
		wantErr              error
	}{
		{"type", `{"Resources":{"Box":{"Type":"AWS::S3::Bucket"}}}`, "Box: no counterpart in the local stack: AWS::S3::Bucket", ErrNoCounterpart},
		{
			"event source", `{"Resources":{"M":{"Type":"AWS::Lambda::EventSourceMapping","Properties":{"EventSourceArn":"arn:stream"}}}}`,
			"M: no counterpart in the local stack: an event source that is not a queue", ErrNoCounterpart,
		},
		{
			"reference", `{"Resources":{"Q":{"Type":"AWS::SQS::Queue","Properties":{"DelaySeconds":{"Ref":"P"}}}}}`,
			"Q: DelaySeconds: cannot resolve: no resource P", ErrUnresolved,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "template.json")
			if err := os.WriteFile(file, []byte(tt.template), 0o600); err != nil {
				t.Fatal(err)
			}
			template, err := ReadTemplate(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = create(t, template)
			if !errors.Is(err, tt.wantErr) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestBuildShowsTheCompilersMessage(t *testing.T) {
	_, err := build(t.Context(), ".", []string{"MissingFunction"})
	if !errors.Is(err, ErrBuild) || !strings.Contains(err.Error(), "functions/missing") {
		t.Errorf("got error %v, want %v with the folder's name", err, ErrBuild)
	}
}
