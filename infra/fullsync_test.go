package main

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/ledger"
)

// TestTable shows that the ledger has the schema that the code expects, and that it is
// hard to lose.
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
