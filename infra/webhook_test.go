package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWebhookMayRead shows everything that the webhook may do with every switch off. In
// Cognito, it may only list users of the one pool and prove that somebody is gone.
func TestWebhookMayRead(t *testing.T) {
	want := []string{
		"secretsmanager:GetSecretValue on " + exampleSigningSecretARN,
		"sqs:SendMessage on EventsQueue.Arn",
		"cognito-idp:AdminGetUser on UserPool.Arn",
		"cognito-idp:ListUsers on UserPool.Arn",
		"logs:CreateLogStream on WebhookFunctionLogs.Arn",
		"logs:PutLogEvents on WebhookFunctionLogs.Arn",
	}
	if diff := cmp.Diff(want, switchedOff().permissions()["WebhookFunctionRole"]); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got := switchedOff().property("IngestFunction", "Environment.Variables.OWN_ROLE_ARNS"); got != "" {
		t.Errorf("ingest ignores what %v does, though this stack has no role that writes", got)
	}
}

// TestDefaultPace shows that UserHub is told of no more users a second than the webhook
// can answer for: UserHub fetches a user after each event.
func TestDefaultPace(t *testing.T) {
	number := func(id, path string) float64 {
		n, err := strconv.ParseFloat(fmt.Sprint(attachedPool().property(id, path)), 64)
		if err != nil {
			t.Fatalf("%s %s: %v", id, path, err)
		}
		return n
	}
	told := number("UserhubDeliverFunction", "Environment.Variables.TARGET_RATE")
	if taken := number("WebhookStage", "DefaultRouteSettings.ThrottlingRateLimit"); told > taken {
		t.Errorf("UserHub is told of %v users a second, and the webhook takes %v", told, taken)
	}
}

func TestWebhookAPI(t *testing.T) {
	for path, want := range map[string]any{
		"WebhookApi ProtocolType":                                   "HTTP",
		"WebhookIntegration IntegrationUri":                         map[string]any{"Fn::GetAtt": []any{"WebhookFunction", "Arn"}},
		"WebhookIntegration PayloadFormatVersion":                   "2.0",
		"WebhookRoute RouteKey":                                     "POST /webhook",
		"WebhookStage DefaultRouteSettings.ThrottlingRateLimit":     9.0,
		"WebhookStage DefaultRouteSettings.ThrottlingBurstLimit":    18.0,
		"WebhookStage AccessLogSettings.DestinationArn":             map[string]any{"Fn::GetAtt": []any{"WebhookApiLogs", "Arn"}},
		"IngestFunction Environment.Variables.OWN_ROLE_ARNS":        map[string]any{"Fn::GetAtt": []any{"WebhookFunctionRole", "Arn"}},
		"WebhookFunction Environment.Variables.ALLOW_CREATE":        "true",
		"WebhookFunction Environment.Variables.ALLOW_UPDATE":        "true",
		"WebhookFunction Environment.Variables.INVITE":              "true",
		"WebhookFunction Environment.Variables.DELETE_POLICY":       "delete",
		"WebhookFunction Environment.Variables.EVENT_BUS_NAME":      "default",
		"WebhookFunction Environment.Variables.TABLE_NAME":          map[string]any{"Ref": "LedgerTable"},
		"WebhookFunction Environment.Variables.USERHUB_EXTERNAL_ID": "sub",
	} {
		id, property, _ := strings.Cut(path, " ")
		if diff := cmp.Diff(want, everySet().property(id, property)); diff != "" {
			t.Errorf("%s: -want +got\n%s", path, diff)
		}
	}
}

// elsewhere returns the ARN of a secret of everySet, whose secrets are in an account of
// their own.
func elsewhere(arn string) string { return strings.Replace(arn, "111122223333", "444455556666", 1) }

func TestWebhookSetup(t *testing.T) {
	const url = "WebhookApi.ApiEndpoint/webhook"
	if got := everySet().output("WebhookUrl"); got != url {
		t.Errorf("WebhookUrl = %s, want %s", got, url)
	}
	want := "1. Under Developers > Connections, add a connection of the type Webhook with the URL " + url + " .\n" +
		"2. Give it a header Poolsync-Secret with the value of the secret " + elsewhere(exampleHeaderSecretARN) + " .\n" +
		"3. Store its signing secret as plain text in " + elsewhere(exampleSigningSecretARN) + " . Within five minutes it takes effect, and UserHub's challenge succeeds.\n" +
		"4. Add a connection of the type Custom Users that uses this webhook.\n" +
		"5. If the id of the Custom Users connection is not conn_26yEiYymqy6ZmG , set it as the target's connectionId and deploy again."
	if diff := cmp.Diff(want, everySet().output("WebhookSetup")); diff != "" {
		t.Errorf("WebhookSetup: -want +got\n%s", diff)
	}
	if got := switchedOff().output("WebhookSetup"); strings.Contains(got, "Poolsync-Secret") || !strings.Contains(got, "\n4. If the id") {
		t.Errorf("without a second secret, WebhookSetup =\n%s", got)
	}
	source, err := os.ReadFile("../functions/webhook/connect.go")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(source), `"Poolsync-Secret"`) {
		t.Error("functions/webhook does not read the header Poolsync-Secret")
	}
}
