package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/ledger"
)

// TestTable shows that the ledger has the form that the code expects, and that it
// is hard to lose.
func TestTable(t *testing.T) {
	const id = "LedgerTable"
	for path, want := range map[string]any{
		"BillingMode":               "PAY_PER_REQUEST",
		"DeletionProtectionEnabled": true,
		"PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled": true,
		"TimeToLiveSpecification":                                     map[string]any{"AttributeName": ledger.ExpiryAttribute, "Enabled": true},
		"KeySchema": []any{
			map[string]any{"AttributeName": ledger.PartitionKey, "KeyType": "HASH"},
			map[string]any{"AttributeName": ledger.SortKey, "KeyType": "RANGE"},
		},
	} {
		if diff := cmp.Diff(want, newPool().property(id, path)); diff != "" {
			t.Errorf("%s: -want +got\n%s", path, diff)
		}
	}
	if got := newPool().Resources[id].DeletionPolicy; got != "Retain" {
		t.Errorf("deletion policy %q, want Retain", got)
	}
}

func TestStateMachine(t *testing.T) {
	const id = "FullsyncStateMachine"
	definition, _ := newPool().property(id, "DefinitionString").(string)
	if !json.Valid([]byte(definition)) {
		t.Errorf("the definition is not JSON:\n%s", definition)
	}
	given, _ := newPool().property(id, "DefinitionSubstitutions").(map[string]any)
	used := map[string]any{}
	for _, placeholder := range regexp.MustCompile(`\$\{(\w+)\}`).FindAllStringSubmatch(definition, -1) {
		used[placeholder[1]] = given[placeholder[1]]
	}
	if diff := cmp.Diff(used, given); diff != "" {
		t.Errorf("substitutions: -used +given\n%s", diff)
	}
	for path, want := range map[string]any{
		"StateMachineType":                          "STANDARD",
		"LoggingConfiguration.IncludeExecutionData": false,
		"DefinitionSubstitutions.Function":          map[string]any{"Fn::GetAtt": []any{"FullsyncFunction", "Arn"}},
	} {
		if diff := cmp.Diff(want, newPool().property(id, path)); diff != "" {
			t.Errorf("%s: -want +got\n%s", path, diff)
		}
	}
}

// TestRefusedInputIsNotTriedAgain shows that the state machine gives up at once on an
// input that no second try would read otherwise. functions/fullsync has the error.
func TestRefusedInputIsNotTriedAgain(t *testing.T) {
	var definition struct {
		States struct {
			Start struct {
				Retry []struct {
					ErrorEquals []string
					MaxAttempts int
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(fullsyncDefinition), &definition); err != nil {
		t.Fatal(err)
	}
	for _, retry := range definition.States.Start.Retry { // the first that fits counts
		if slices.Contains(retry.ErrorEquals, "RefusedInput") || slices.Contains(retry.ErrorEquals, "States.ALL") {
			if retry.MaxAttempts != 0 {
				t.Errorf("the error RefusedInput is tried again %d times, want never", retry.MaxAttempts)
			}
			return
		}
	}
}

func TestSchedule(t *testing.T) {
	const id = "FullsyncSchedule"
	for path, want := range map[string]any{
		"ScheduleExpression":         "rate(1 hour)",
		"ScheduleExpressionTimezone": "UTC",
		"Target.Arn":                 map[string]any{"Fn::GetAtt": []any{"FullsyncStateMachine", "Arn"}},
		"Target.Input":               "{}",
		"Target.RetryPolicy":         map[string]any{"MaximumEventAgeInSeconds": 900.0, "MaximumRetryAttempts": 5.0},
	} {
		if diff := cmp.Diff(want, newPool().property(id, path)); diff != "" {
			t.Errorf("%s: -want +got\n%s", path, diff)
		}
	}
}

// TestStartCommands shows that each command can be pasted into a shell.
func TestStartCommands(t *testing.T) {
	for output, want := range map[string]string{
		"StartSync":              `{}`,
		"StartSyncDryRun":        `{"dryRun":true}`,
		"StartSyncAllowRemovals": `{"allowRemovals":true}`,
		"StartSyncRetryRejected": `{"retryRejected":true}`,
	} {
		want = "aws stepfunctions start-execution --region AWS::Region" +
			" --state-machine-arn FullsyncStateMachine.Arn --input '" + want + "'"
		if got := newPool().output(output); got != want {
			t.Errorf("%s:\n got %s\nwant %s", output, got, want)
		}
	}
}

// TestFullsyncReads shows that a run may ask the pool what it does ask, and that
// only a run that removes may make a user billable.
func TestFullsyncReads(t *testing.T) {
	for _, tt := range []struct {
		name, policy, groups string
		want                 []string
	}{
		{"everybody", "full", "", []string{"ListUsers", "DescribeUserPool", "AdminGetUser"}},
		{"everybody, nobody removed", "upsert-only", "", []string{"ListUsers", "DescribeUserPool"}},
		{"members", "full", "a", []string{"ListUsersInGroup", "AdminGetUser", "AdminListGroupsForUser"}},
		{"members, nobody removed", "upsert-only", "a,b", []string{"ListUsersInGroup"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := stack{config: config{syncConfig: syncConfig{syncPolicy: tt.policy, syncGroups: tt.groups}}}
			for i := range tt.want {
				tt.want[i] = "cognito-idp:" + tt.want[i]
			}
			if diff := cmp.Diff(tt.want, s.fullsyncReads()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestScheduleForms(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"rate(10 minutes)", ""},
		{"rate(1 hour)", ""},
		{"rate(2 days)", ""},
		{"cron(0 4 * * ? *)", ""},
		{"cron(0/20 6-22 ? * MON-FRI 2030-2035)", ""},
		{"cron(0 4 L * ? *)", ""},
		{"rate(9 minutes)", "is more often than every 10 minutes"},
		{"rate(0 hours)", "is no schedule"},
		{"rate(1 week)", "is no schedule"},
		{"at(2030-01-01T00:00:00)", "is no schedule"},
		{"cron(0 4 * * ?)", "is no schedule"},
		{"0 4 * * *", "is no schedule"},
		{"cron(0 4 * * * *)", "needs a ? for one of its two days, and for one only"},
		{"cron(0 4 ? * ? *)", "needs a ? for one of its two days, and for one only"},
	} {
		var got string
		err := schedule(&got, tt.in)
		if fmt.Sprint(err) != tt.want && (err != nil || tt.want != "" || got != tt.in) {
			t.Errorf("schedule(%q) = %q, %v; want %q", tt.in, got, err, tt.want)
		}
	}
}

func TestGroups(t *testing.T) {
	var got string
	if err := groups(&got, " customers, partners "); err != nil || got != "customers,partners" {
		t.Errorf("groups = %q, %v; want customers,partners", got, err)
	}
	for _, in := range []string{"a,,b", "a b", "a,a", strings.Repeat("x", 3000)} {
		if err := groups(new(string), in); err == nil {
			t.Errorf("groups(%.20q) is accepted", in)
		}
	}
}
