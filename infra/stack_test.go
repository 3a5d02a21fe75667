package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/scim/client"

	"github.com/poolsync/poolsync/infra/local/golden"
)

// TestPermissions shows everything that each role may do. A new line in the golden file
// is a new permission in somebody's account.
func TestPermissions(t *testing.T) {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(configurations)) {
		fmt.Fprintf(&b, "# %s\n", name)
		permissions := configurations[name]().permissions()
		for _, role := range slices.Sorted(maps.Keys(permissions)) {
			fmt.Fprintf(&b, "\n%s\n  %s\n", role, strings.Join(permissions[role], "\n  "))
		}
		b.WriteString("\n")
	}
	golden.Compare(t, "testdata/permissions.golden.txt", b.String())
}

// permissions returns each role's permissions. It lists managed policies too, whose
// contents it cannot see.
func (t template) permissions() map[string][]string {
	all := map[string][]string{}
	for _, id := range t.ofType("AWS::IAM::Role") {
		for _, managed := range list(t.property(id, "ManagedPolicyArns")) {
			all[id] = append(all[id], "managed policy "+name(managed))
		}
		for _, policy := range list(t.property(id, "Policies")) {
			document := policy.(map[string]any)["PolicyDocument"].(map[string]any)
			for _, statement := range list(document["Statement"]) {
				all[id] = append(all[id], granted(statement.(map[string]any))...)
			}
		}
	}
	for _, id := range t.ofType("AWS::IAM::Policy") {
		document := t.property(id, "PolicyDocument").(map[string]any)
		for _, role := range list(t.property(id, "Roles")) {
			for _, statement := range list(document["Statement"]) {
				all[name(role)] = append(all[name(role)], granted(statement.(map[string]any))...)
			}
		}
	}
	return all
}

// granted returns what a statement grants, one line per action.
func granted(statement map[string]any) []string {
	var lines []string
	for _, action := range list(statement["Action"]) {
		for _, on := range list(statement["Resource"]) {
			line := fmt.Sprintf("%s on %s", action, name(on))
			if condition := statement["Condition"]; condition != nil {
				line += fmt.Sprintf(" if %v", condition)
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func TestFunctions(t *testing.T) {
	wantProperties := map[string]any{
		"Runtime":                      "provided.al2023",
		"Architectures":                []any{"arm64"},
		"LoggingConfig.LogFormat":      "JSON",
		"TracingConfig":                nil,
		"ReservedConcurrentExecutions": nil,
	}
	for _, id := range newPool().ofType("AWS::Lambda::Function") {
		for path, want := range wantProperties {
			if diff := cmp.Diff(want, newPool().property(id, path)); diff != "" {
				t.Errorf("%s %s: -want +got\n%s", id, path, diff)
			}
		}
		logs := name(newPool().property(id, "LoggingConfig.LogGroup"))
		if days := newPool().property(logs, "RetentionInDays"); days != 30.0 {
			t.Errorf("%s logs to %s, which keeps for %v days, want 30", id, logs, days)
		}
		if text, _ := newPool().property(id, "Description").(string); !strings.HasPrefix(text, "poolsync: ") {
			t.Errorf("%s is described as %q", id, text)
		}
	}
}

func TestQueues(t *testing.T) {
	number := func(id, path string) float64 {
		n, ok := newPool().property(id, path).(float64)
		if !ok {
			t.Errorf("%s has no %s", id, path)
		}
		return n
	}
	const day = 24 * 60 * 60
	for _, q := range []struct{ id, deadLetters, function string }{
		{"UserhubLiveQueue", "UserhubDeadLetterQueue", "UserhubDeliverFunction"},
		{"UserhubBulkQueue", "UserhubDeadLetterQueue", "UserhubDeliverFunction"},
		{"EventsQueue", "EventsDeadLetterQueue", "IngestFunction"},
	} {
		if got, timeout := number(q.id, "VisibilityTimeout"), number(q.function, "Timeout"); got < 6*timeout {
			t.Errorf("%s hides messages for %v s, want six times the function's timeout of %v s", q.id, got, timeout)
		}
		if got := number(q.id, "RedrivePolicy.maxReceiveCount"); got < 5 {
			t.Errorf("%s: %v receives, want at least 5", q.id, got)
		}
		if got := name(newPool().property(q.id, "RedrivePolicy.deadLetterTargetArn")); got != q.deadLetters+".Arn" {
			t.Errorf("dead letters of %s go to %s", q.id, got)
		}
		if got := number(q.deadLetters, "MessageRetentionPeriod"); got != 14*day {
			t.Errorf("%s keeps messages for %v s, want 14 days", q.deadLetters, got)
		}
		if got := number(q.id, "MessageRetentionPeriod"); got > 7*day {
			t.Errorf("%s keeps messages for %v s, which leaves less than 7 days as dead letters", q.id, got)
		}
	}
	for _, id := range newPool().ofType("AWS::SQS::Queue") {
		if newPool().property(id, "SqsManagedSseEnabled") != true {
			t.Errorf("%s is not encrypted", id)
		}
	}
}

func TestSubscriptions(t *testing.T) {
	for name, tt := range map[string]struct {
		synthesis
		targets map[string]float64 // their concurrency
	}{
		"new pool":   {newPool(), map[string]float64{"Userhub": 4}},
		"everything": {everySet(), map[string]float64{"Customers": 2, "Domain": 4, "Feed": 4}},
	} {
		t.Run(name, func(t *testing.T) {
			mapping := func(queue, function string, concurrency float64) map[string]any {
				return map[string]any{
					"BatchSize":             10.0,
					"EventSourceArn":        map[string]any{"Fn::GetAtt": []any{queue, "Arn"}},
					"FunctionName":          map[string]any{"Ref": function},
					"FunctionResponseTypes": []any{"ReportBatchItemFailures"},
					"ScalingConfig":         map[string]any{"MaximumConcurrency": concurrency},
				}
			}
			want := map[string]map[string]any{"IngestSubscription": mapping("EventsQueue", "IngestFunction", 2)}
			for target, concurrency := range tt.targets {
				want[target+"LiveSubscription"] = mapping(target+"LiveQueue", target+"DeliverFunction", concurrency)
				want[target+"BulkSubscription"] = mapping(target+"BulkQueue", target+"DeliverFunction", concurrency)
			}
			got := map[string]map[string]any{}
			for _, id := range tt.ofType("AWS::Lambda::EventSourceMapping") {
				got[id] = tt.Resources[id].Properties
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestLoop shows that Lambda lets only the functions that work on queues send messages
// to themselves, and stops every other loop.
func TestLoop(t *testing.T) {
	for _, id := range newPool().ofType("AWS::Lambda::Function") {
		var want any
		if id == "UserhubDeliverFunction" || id == "IngestFunction" {
			want = "Allow"
		}
		if got := newPool().property(id, "RecursiveLoop"); got != want {
			t.Errorf("%s: RecursiveLoop = %v, want %v", id, got, want)
		}
	}
}

func TestPoolCallsPostauth(t *testing.T) {
	want := map[string]any{
		"PostAuthentication": map[string]any{"Fn::GetAtt": []any{"PostauthFunction", "Arn"}},
		"PostConfirmation":   map[string]any{"Fn::GetAtt": []any{"PostauthFunction", "Arn"}},
	}
	if diff := cmp.Diff(want, newPool().property("UserPool", "LambdaConfig")); diff != "" {
		t.Errorf("triggers: -want +got\n%s", diff)
	}
	want = map[string]any{
		"Action":        "lambda:InvokeFunction",
		"FunctionName":  map[string]any{"Fn::GetAtt": []any{"PostauthFunction", "Arn"}},
		"Principal":     "cognito-idp.amazonaws.com",
		"SourceAccount": map[string]any{"Ref": "AWS::AccountId"},
		"SourceArn":     map[string]any{"Fn::GetAtt": []any{"UserPool", "Arn"}},
	}
	permissions := newPool().ofType("AWS::Lambda::Permission")
	if len(permissions) != 1 {
		t.Fatalf("permissions %v, want one", permissions)
	}
	if diff := cmp.Diff(want, newPool().Resources[permissions[0]].Properties); diff != "" {
		t.Errorf("permission: -want +got\n%s", diff)
	}
}

// TestSettingsArrive shows that each setting ends up where it belongs.
func TestSettingsArrive(t *testing.T) {
	for path, want := range map[string]any{
		"CustomersDeliverFunction Environment.Variables.REMOVAL_POLICY":         "none",
		"CustomersDeliverFunction Environment.Variables.SCOPE_GROUPS":           "customers,partners",
		"CustomersDeliverFunction Environment.Variables.SCOPE_STATUSES":         "CONFIRMED,EXTERNAL_PROVIDER,FORCE_CHANGE_PASSWORD",
		"CustomersDeliverFunction Environment.Variables.TARGET_RATE":            "8",
		"CustomersDeliverFunction Environment.Variables.TARGET_RATE_PER_MINUTE": "300",
		"CustomersDeliverFunction Environment.Variables.STACK_NAME":             "poolsync-staging",
		"FullsyncFunction Environment.Variables.SYNC_RATE":                      "12",
		"FullsyncSchedule ScheduleExpression":                                   "cron(30 3 ? * MON-FRI *)",
		"FullsyncSchedule ScheduleExpressionTimezone":                           "Europe/Berlin",
		"PostauthFunction Environment.Variables.STACK_NAME":                     "poolsync-staging",
		"PostauthFunction LoggingConfig.ApplicationLogLevel":                    "DEBUG",
		"CustomersDeliverFunctionLogs RetentionInDays":                          90.0,
		"UserPool UserPoolName":                                                 "poolsync-staging",
	} {
		id, property, _ := strings.Cut(path, " ")
		if diff := cmp.Diff(want, everySet().property(id, property)); diff != "" {
			t.Errorf("%s: -want +got\n%s", path, diff)
		}
	}
}

// TestTargetsArrive shows that all that functions are told of targets is what the
// settings say.
func TestTargetsArrive(t *testing.T) {
	customers := func(more map[string]any) map[string]any {
		hub := map[string]any{"connectionId": "conn_26yEiYymqy6ZmG", "externalId": "sub", "provider": true}
		maps.Copy(hub, more)
		return hub
	}
	connected := customers(map[string]any{"keySecretArn": elsewhere(exampleSecretARN), "baseUrl": "https://userhub.example.com"})
	limits := func(percent, count, floor float64) map[string]any {
		return map[string]any{"percent": percent, "count": count, "floor": floor}
	}
	feed := map[string]any{"bus": "arn:aws:events:us-east-1:666677778888:event-bus/users", "attributes": []any{"username", "email"}}
	announcing := maps.Clone(feed)
	announcing["announceExisting"] = true
	described := map[string]any{
		"baseUrl": "https://idcs-example.identity.example.com/admin/v1", "profile": "oci", "userName": "email", "unverifiedEmail": true,
		"attributes": map[string]any{"custom:department": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"},
	}
	service := maps.Clone(described)
	maps.Copy(service, map[string]any{
		"auth": "oauth", "clientId": "4f1c0e7a", "keySecretArn": elsewhere("arn:aws:secretsmanager:us-east-1:111122223333:secret:oci-client-AbCdEf"),
		"tokenUrl": "https://idcs-example.identity.example.com/oauth2/v1/token", "scopes": []any{"urn:opc:idm:__myscopes__"},
		"adopt": "own", "leavers": "delete",
	})
	for variable, want := range map[string]any{
		"CustomersDeliverFunction TARGET": map[string]any{"name": "customers", "userhub": connected},
		"FeedDeliverFunction TARGET":      map[string]any{"name": "feed", "bus": announcing},
		"DomainDeliverFunction TARGET":    map[string]any{"name": "domain", "scim": service},
		"FullsyncFunction TARGETS": []any{
			map[string]any{
				"name": "customers", "userhub": customers(nil), "queueUrl": "CustomersBulkQueue", "policy": "upsert-only", "limits": limits(5, 100, 0),
				"maxBacklog": 50.0, "sixHours": 6 * 60 * 300.0, "groups": []any{"customers", "partners"},
				"statuses": []any{"CONFIRMED", "EXTERNAL_PROVIDER", "FORCE_CHANGE_PASSWORD"},
			},
			map[string]any{
				"name": "domain", "scim": described, "queueUrl": "DomainBulkQueue", "policy": "full", "limits": limits(10, 500, 5),
				"maxBacklog": 1000.0, "sixHours": 6 * 60 * 150.0,
				"statuses": []any{"CONFIRMED", "ARCHIVED", "COMPROMISED", "UNKNOWN", "RESET_REQUIRED", "FORCE_CHANGE_PASSWORD", "EXTERNAL_PROVIDER"},
			},
			map[string]any{
				"name": "feed", "bus": feed, "queueUrl": "FeedBulkQueue", "policy": "full", "limits": limits(10, 500, 5),
				"maxBacklog": 1000.0, "sixHours": 432_000.0,
			},
		},
		"IngestFunction TARGETS": []any{
			map[string]any{"name": "userhub:conn_26yEiYymqy6ZmG", "queueUrl": "CustomersLiveQueue"},
			map[string]any{"name": client.TargetName("https://idcs-example.identity.example.com/admin/v1"), "queueUrl": "DomainLiveQueue"},
			map[string]any{"name": "bus:arn:aws:events:us-east-1:666677778888:event-bus/users", "queueUrl": "FeedLiveQueue"},
		},
		"CheckFunction TARGETS": []any{
			map[string]any{"name": "customers", "userhub": connected, "liveQueueUrl": "CustomersLiveQueue", "bulkQueueUrl": "CustomersBulkQueue"},
			map[string]any{"name": "domain", "scim": service, "liveQueueUrl": "DomainLiveQueue", "bulkQueueUrl": "DomainBulkQueue"},
			map[string]any{"name": "feed", "bus": announcing, "liveQueueUrl": "FeedLiveQueue", "bulkQueueUrl": "FeedBulkQueue"},
		},
	} {
		function, name, _ := strings.Cut(variable, " ")
		var got any
		if err := json.Unmarshal([]byte(joined(everySet().property(function, "Environment.Variables."+name))), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", variable, diff)
		}
	}
}

// TestSwitchedOff shows that what is switched off leaves nothing in the template.
func TestSwitchedOff(t *testing.T) {
	for _, id := range []string{"FullsyncSchedule", "FullsyncScheduleRole", "CloudTrailRule", "CheckFunction"} {
		if newPool().Resources[id].Type == "" {
			t.Errorf("%s is not there by default", id)
		}
		if got := switchedOff().Resources[id].Type; got != "" {
			t.Errorf("%s, %s, is there", id, got)
		}
	}
}

// TestNothingToIngest shows that without events and without a webhook there is neither
// a queue of events nor a function to read it.
func TestNothingToIngest(t *testing.T) {
	quiet := deployment(example("new-pool"), map[string]string{"events.cloudTrail": "false"})()
	for _, id := range []string{"EventsQueue", "EventsDeadLetterQueue", "IngestFunction", "AlarmEventsDead"} {
		if newPool().Resources[id].Type == "" {
			t.Errorf("%s is not there by default", id)
		}
		if got := quiet.Resources[id].Type; got != "" {
			t.Errorf("%s, %s, is there", id, got)
		}
	}
}

// list returns v as a list: a policy states a single action or resource without one.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// name returns a short form of a reference: an id, or an id and an attribute.
func name(v any) string {
	object, _ := v.(map[string]any)
	if id, ok := object["Ref"].(string); ok {
		return id
	}
	if attribute, ok := object["Fn::GetAtt"].([]any); ok {
		return fmt.Sprintf("%v.%v", attribute...)
	}
	return fmt.Sprint(v)
}
