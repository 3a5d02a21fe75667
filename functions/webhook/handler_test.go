package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
)

// lines decodes what was written in lines of JSON.
func lines(t *testing.T, text string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(text) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatal(err)
		}
		all = append(all, object)
	}
	return all
}

// Each request makes one line in the log and one of metrics.
func TestReport(t *testing.T) {
	resign := func(e *events.APIGatewayV2HTTPRequest) { e.Headers["userhub-signature"] = "00" }
	unnamed := func(e *events.APIGatewayV2HTTPRequest) { delete(e.Headers, "userhub-action") }
	tests := []struct {
		name, action, body string
		change             func(*events.APIGatewayV2HTTPRequest)
		fault              error
		secrets            error
		wantLog            map[string]any
		wantMetrics        map[string]float64
	}{
		{name: "answered", action: "users.get", body: `{"id":"jane"}`,
			wantLog: map[string]any{"level": "INFO", "msg": "request answered", "status": 200.0, "action": "users.get"}, wantMetrics: nil},
		{name: "no such user", action: "users.get", body: `{"id":"joe"}`,
			wantLog: map[string]any{"level": "INFO", "msg": "request refused", "status": 404.0, "action": "users.get", "reason": "NOT_FOUND: id: no such user in the pool"}},
		{name: "switched off", action: "users.delete", body: `{"id":"jane"}`,
			wantLog: map[string]any{"level": "INFO", "msg": "request refused", "status": 501.0, "action": "users.delete", "reason": "UNIMPLEMENTED: this action is not available here"}},
		{name: "throttled", action: "users.get", body: `{"id":"jane"}`, fault: cognitotest.Throttled(),
			wantLog: map[string]any{"level": "ERROR", "msg": "request failed", "status": 429.0, "action": "users.get",
				"error": "RESOURCE_EXHAUSTED: the user pool is busy: try again later: look for the id: list users: throttled by the pool: TooManyRequestsException (request 00000000-0000-4000-8000-000000000000)"},
			wantMetrics: map[string]float64{"WebhookErrors": 1}},
		{name: "failing", action: "users.list", body: `{}`, fault: cognitotest.Denied(),
			wantLog: map[string]any{"level": "ERROR", "msg": "request failed", "status": 500.0, "action": "users.list",
				"error": "UNAVAILABLE: try again later: list users: AccessDeniedException (request 00000000-0000-4000-8000-000000000000)"},
			wantMetrics: map[string]float64{"WebhookErrors": 1}},
		{name: "secret unreadable", action: "jane@example.com", body: `{}`, secrets: errBroken,
			wantLog: map[string]any{"level": "ERROR", "msg": "request not verified", "status": 500.0,
				"error": "UNAVAILABLE: try again later: read webhook secret: read secret " + signingARN + ": broken on demand"},
			wantMetrics: map[string]float64{"WebhookErrors": 1}},
		{name: "badly signed", action: "jane@example.com", body: `{"id":"jane"}`, change: resign,
			wantLog:     map[string]any{"level": "INFO", "msg": "request is not UserHub's", "status": 500.0, "reason": "UNKNOWN: no signature matches"},
			wantMetrics: map[string]float64{"WebhookRefused": 1}},
		{name: "not UserHub's form", action: "x", body: `{}`, change: unnamed,
			wantLog:     map[string]any{"level": "INFO", "msg": "request is not UserHub's", "status": 500.0, "reason": "UNKNOWN: the UserHub-Action header is missing"},
			wantMetrics: map[string]float64{"WebhookRefused": 1}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(cognitotest.New())
				w.pool.Add("jane", map[string]string{"email": "jane@example.com", "name": "Jane Example", "phone_number": "+15555550100"})
				w.services.secrets = vault{tt.secrets}
				w.pool.Fail(func(cognitotest.Call) error { return tt.fault })
				e := event(tt.action, tt.body)
				if tt.change != nil {
					tt.change(&e)
				}
				if _, err := w.handler().Handle(t.Context(), e); err != nil {
					t.Fatal(err)
				}

				logs := lines(t, w.logs.String())
				for _, line := range logs {
					delete(line, "time")
					if text, ok := line["error"].(string); ok {
						line["error"], _, _ = strings.Cut(text, " (then: ") // how long a turn would take varies
					}
				}
				if diff := cmp.Diff([]map[string]any{tt.wantLog}, logs); diff != "" {
					t.Errorf("log (-want +got)\n%s", diff)
				}
				leaks(t, "the log", w.logs.String(), `"jane"`, `"joe"`, "Jane", "example.com", "5555550100", signingSecret)

				metrics := lines(t, w.metrics.String())
				want := map[string]float64{"WebhookRequests": 1}
				maps.Copy(want, tt.wantMetrics)
				got := map[string]float64{}
				for _, line := range metrics {
					for name, value := range line {
						if number, ok := value.(float64); ok {
							got[name] = number
						}
					}
				}
				if diff := cmp.Diff(want, got); diff != "" || len(metrics) != 1 || metrics[0]["Stack"] != "s" {
					t.Errorf("metrics %s (-want +got)\n%s", w.metrics.String(), diff)
				}
			})
		})
	}
}

// A challenge comes back byte for byte, in whatever form API Gateway hands it over.
func TestChallenge(t *testing.T) {
	for _, body := range []string{`{ "challenge":"abc" }`, "<&>\u2028", "\x00\xff"} {
		for _, isBase64 := range []bool{false, true} {
			e := event("challenge", body)
			if isBase64 {
				e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString([]byte(body)), true
			}
			answer, err := newWorld(cognitotest.New()).handler().Handle(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			wire, _ := json.Marshal(answer) // as it leaves the function
			var got events.APIGatewayV2HTTPResponse
			if err := json.Unmarshal(wire, &got); err != nil {
				t.Fatal(err)
			}
			text := got.Body
			if got.IsBase64Encoded {
				data, _ := base64.StdEncoding.DecodeString(got.Body)
				text = string(data)
			}
			if got.StatusCode != 200 || text != body {
				t.Errorf("%q, base64 %t: got %d %q", body, isBase64, got.StatusCode, text)
			}
			want := map[string]string{"Content-Type": "application/json", "Webhook-Agent": "poolsync/0.1.0"}
			if diff := cmp.Diff(want, got.Headers); diff != "" {
				t.Errorf("headers (-want +got)\n%s", diff)
			}
		}
	}
}

func TestMalformedEvent(t *testing.T) {
	e := event("challenge", "no base64")
	e.IsBase64Encoded = true
	if _, err := newWorld(cognitotest.New()).handler().Handle(t.Context(), e); err == nil {
		t.Error("got no error for an event that API Gateway cannot have made")
	}
}

// With everything on, no request is served without the second secret.
func TestSecondSecretGuardsEverything(t *testing.T) {
	w := newWorld(cognitotest.New())
	w.pool.Add("jane", nil)
	w.everything(cognito.Delete)
	h := w.handler()
	for _, action := range []string{"challenge", "users.list", "users.get", "users.create", "users.update", "users.delete", "events.handle"} {
		e := event(action, `{"id":"jane"}`)
		delete(e.Headers, "poolsync-secret")
		if got, _ := send(t, h, e); got != "500 UNKNOWN" {
			t.Errorf("%s without it: got %s, want 500 UNKNOWN", action, got)
		}
	}
	if calls := w.pool.AllCalls(); len(calls) != 0 {
		t.Errorf("calls %v, want none", calls)
	}
}

// A request is answered while somebody still waits for it, however slow the pool.
func TestAnswersInTime(t *testing.T) {
	tests := []struct {
		name    string
		left    time.Duration // of the invocation; 0 for no deadline
		latency time.Duration
		fault   error
		want    string
		within  time.Duration
	}{
		{"slow pool", 20 * time.Second, 7 * time.Second, nil, "200", 7 * time.Second},
		{"pool that hangs", 20 * time.Second, time.Minute, nil, "500 UNAVAILABLE", budget},
		{"pool that hangs, without a deadline", 0, time.Minute, nil, "500 UNAVAILABLE", budget},
		{"little time", 5 * time.Second, time.Minute, nil, "500 UNAVAILABLE", 4 * time.Second},
		{"no time", time.Second, 0, nil, "500 UNAVAILABLE", 0},
		{"busy pool", 20 * time.Second, 0, cognitotest.Throttled(), "429 RESOURCE_EXHAUSTED", budget},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(cognitotest.New(cognitotest.Latency(tt.latency)))
				w.pool.Add("jane", nil)
				w.pool.Fail(func(cognitotest.Call) error { return tt.fault })
				h := w.handler()
				ctx := t.Context()
				if tt.left > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.left)
					defer cancel()
				}
				began := time.Now()
				answer, err := h.Handle(ctx, event("users.get", `{"id":"jane"}`))
				if err != nil {
					t.Fatal(err)
				}
				var refusal struct{ Code string }
				json.Unmarshal([]byte(answer.Body), &refusal)
				if took := time.Since(began); took > tt.within || !strings.HasSuffix(tt.want, refusal.Code) {
					t.Errorf("got %d %s after %s, want %s within %s", answer.StatusCode, answer.Body, took, tt.want, tt.within)
				}
			})
		})
	}
}
