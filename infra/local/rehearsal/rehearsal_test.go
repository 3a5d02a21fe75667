// Package rehearsal deploys the template through the emulator's CloudFormation, as
// far as that is faithful, and looks at the resources that come of it.
package rehearsal

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/infra/local/project"
)

// unsupported are the types that moto's CloudFormation passes over with a warning,
// and what refers to them. A stack that it calls complete is therefore no evidence,
// and none of these is looked at here. Of what it does make it leaves out a table's
// expiry and a function's architecture, and a state machine that it made it does not
// list: the local stack runs that definition instead.
var unsupported = map[string]bool{
	"AWS::CloudWatch::Alarm":       true,
	"AWS::CloudWatch::Dashboard":   true,
	"AWS::Cognito::UserPoolClient": true,
	"AWS::Scheduler::Schedule":     true,
	"AWS::SNS::TopicPolicy":        true,
	"AWS::SQS::QueuePolicy":        true,
}

// template returns the golden template of an existing pool in the form that moto
// takes: without what it does not support, without the custom resources, whose
// functions it could not run, and with a placeholder for each function's code. Its
// state machines have no attribute Arn; their Ref is the same.
func template(t *testing.T) string {
	t.Helper()
	root, err := project.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "infra", "testdata", "attached-pool.golden.json"))
	if err != nil {
		t.Fatal(err)
	}
	var whole struct{ Resources map[string]map[string]any }
	if err := json.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	kept := make(map[string]map[string]any)
	for id, resource := range whole.Resources {
		kind := resource["Type"].(string)
		if unsupported[kind] || strings.HasPrefix(kind, "Custom::") {
			continue
		}
		delete(resource, "DependsOn")
		if kind == "AWS::Lambda::Function" {
			resource["Properties"].(map[string]any)["Code"] = map[string]any{"ZipFile": "placeholder"}
		}
		kept[id] = resource
	}
	text, err = json.Marshal(map[string]any{"Resources": kept})
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), `{"Fn::GetAtt":["FullsyncStateMachine","Arn"]}`, `{"Ref":"FullsyncStateMachine"}`)
}

// deploy creates the stack and returns the physical ids of its resources.
func deploy(t *testing.T, e *emulator.Emulator) map[string]string {
	t.Helper()
	client := cloudformation.NewFromConfig(e.Config())
	_, err := client.CreateStack(t.Context(), &cloudformation.CreateStackInput{
		StackName: aws.String("poolsync"), TemplateBody: aws.String(template(t)),
		Capabilities: []cfn.Capability{cfn.CapabilityCapabilityNamedIam},
	})
	if err != nil {
		t.Fatal(err)
	}
	created := cloudformation.NewStackCreateCompleteWaiter(client)
	if err := created.Wait(t.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("poolsync")}, time.Minute); err != nil {
		t.Fatal(err)
	}
	out, err := client.DescribeStackResources(t.Context(), &cloudformation.DescribeStackResourcesInput{StackName: aws.String("poolsync")})
	if err != nil {
		t.Fatal(err)
	}
	ids := make(map[string]string)
	for _, r := range out.StackResources {
		ids[aws.ToString(r.LogicalResourceId)] = aws.ToString(r.PhysicalResourceId)
	}
	return ids
}

func TestDeployment(t *testing.T) {
	e := emulator.ForTest(t)
	ids := deploy(t, e)
	queues := sqs.NewFromConfig(e.Config())
	attributes := func(id string) map[string]string {
		t.Helper()
		out, err := queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: aws.String(ids[id]), AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
		})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		return out.Attributes
	}
	changes, dead := attributes("ChangesQueue"), attributes("ChangesDeadLetterQueue")

	t.Run("queues", func(t *testing.T) {
		var redrive struct {
			Target string `json:"deadLetterTargetArn"`
			Max    int    `json:"maxReceiveCount"`
		}
		if err := json.Unmarshal([]byte(changes["RedrivePolicy"]), &redrive); err != nil {
			t.Fatal(err)
		}
		got := []any{changes["VisibilityTimeout"], changes["MessageRetentionPeriod"], redrive.Target, redrive.Max, dead["MessageRetentionPeriod"]}
		want := []any{"180", "345600", dead["QueueArn"], 10, "1209600"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("visibility, retention, where to and after how many receives, retention there: -want +got\n%s", diff)
		}
	})
	t.Run("ledger", func(t *testing.T) {
		tables := dynamodb.NewFromConfig(e.Config())
		table, err := tables.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: aws.String(ids["LedgerTable"])})
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, key := range table.Table.KeySchema {
			keys = append(keys, aws.ToString(key.AttributeName)+" "+string(key.KeyType))
		}
		got := []any{keys, string(table.Table.BillingModeSummary.BillingMode)}
		want := []any{[]string{"pk HASH", "sk RANGE"}, "PAY_PER_REQUEST"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("keys, billing: -want +got\n%s", diff)
		}
	})

	functions := lambda.NewFromConfig(e.Config())
	for _, tt := range []struct {
		id              string
		memory, timeout int32
		env             map[string]string // some of the variables
	}{
		{"PostauthFunction", 256, 5, map[string]string{"QUEUE_URL": ids["ChangesQueue"], "STACK_NAME": "poolsync"}},
		{"DeliverFunction", 128, 30, map[string]string{"QUEUE_URL": ids["ChangesQueue"], "TABLE_NAME": ids["LedgerTable"], "USER_POOL_ID": "us-east-1_EXAMPLE01"}},
		{"FullsyncFunction", 256, 900, map[string]string{"QUEUE_URL": ids["ChangesQueue"], "TABLE_NAME": ids["LedgerTable"]}},
		{"AttachFunction", 128, 120, nil},
		{"CheckFunction", 256, 60, map[string]string{"TABLE_NAME": ids["LedgerTable"]}},
	} {
		t.Run(tt.id, func(t *testing.T) {
			out, err := functions.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: aws.String(ids[tt.id])})
			if err != nil {
				t.Fatal(err)
			}
			if out.Runtime != "provided.al2023" || *out.MemorySize != tt.memory || *out.Timeout != tt.timeout {
				t.Errorf("%s with %d MB and %d s, want provided.al2023 with %d MB and %d s",
					out.Runtime, *out.MemorySize, *out.Timeout, tt.memory, tt.timeout)
			}
			for name, want := range tt.env {
				if got := out.Environment.Variables[name]; got != want || want == "" {
					t.Errorf("%s = %q, want %q", name, got, want)
				}
			}
		})
	}
	t.Run("subscription", func(t *testing.T) {
		out, err := functions.ListEventSourceMappings(t.Context(), &lambda.ListEventSourceMappingsInput{FunctionName: aws.String(ids["DeliverFunction"])})
		if err != nil || len(out.EventSourceMappings) != 1 {
			t.Fatalf("%d mappings, %v; want 1", len(out.EventSourceMappings), err)
		}
		if m := out.EventSourceMappings[0]; aws.ToString(m.EventSourceArn) != changes["QueueArn"] || *m.BatchSize != 10 {
			t.Errorf("batches of %d from %s, want 10 from %s", *m.BatchSize, aws.ToString(m.EventSourceArn), changes["QueueArn"])
		}
	})
	t.Run("rule", func(t *testing.T) {
		name := ids["CloudTrailRule"]
		out, err := eventbridge.NewFromConfig(e.Config()).ListTargetsByRule(t.Context(), &eventbridge.ListTargetsByRuleInput{Rule: &name})
		if err != nil || len(out.Targets) != 1 {
			t.Fatalf("%d targets, %v; want 1", len(out.Targets), err)
		}
		undelivered := attributes("EventsDeadLetterQueue")["QueueArn"]
		if target := out.Targets[0]; aws.ToString(target.Arn) != changes["QueueArn"] || aws.ToString(target.DeadLetterConfig.Arn) != undelivered {
			t.Errorf("the rule sends to %s and, failing that, to %v; want %s and %s", aws.ToString(target.Arn), target.DeadLetterConfig, changes["QueueArn"], undelivered)
		}
	})
}
