package conformance

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/go-cmp/cmp"
	"github.com/userhubdev/go-sdk/code"
	"github.com/userhubdev/go-sdk/connectionsv1"
	"github.com/userhubdev/go-sdk/eventsv1"
	"github.com/userhubdev/go-sdk/option"
	sdktypes "github.com/userhubdev/go-sdk/types"
	sdkwebhook "github.com/userhubdev/go-sdk/webhook"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/userhub"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// official is a webhook for the same users, made with UserHub's own SDK.
func official(users ...*connectionsv1.CustomUser) *sdkwebhook.Webhook {
	return sdkwebhook.New(signingSecret, option.WithOnError(nil)).
		OnListUsers(func(_ context.Context, r *connectionsv1.ListCustomUsersRequest) (*connectionsv1.ListCustomUsersResponse, error) {
			if r.PageToken != "" {
				return nil, sdktypes.NewError("unknown token").SetApiCode(code.InvalidArgument)
			}
			return &connectionsv1.ListCustomUsersResponse{Users: users}, nil
		}).
		OnGetUser(func(_ context.Context, r *connectionsv1.GetCustomUserRequest) (*connectionsv1.CustomUser, error) {
			for _, user := range users {
				if user.Id == r.Id {
					return user, nil
				}
			}
			return nil, sdktypes.NewError("no such user").SetApiCode(code.NotFound)
		}).
		OnEvent(func(context.Context, *eventsv1.Event) error { return nil })
}

// reply is an answer without the message of a refusal, because ours has its own wording.
type reply struct {
	Status int
	Body   any
}

func newReply(t *testing.T, status int, body []byte) reply {
	t.Helper()
	r := reply{Status: status, Body: string(body)} // the echo of a challenge can be anything
	var object map[string]any
	if json.Unmarshal(body, &object) == nil {
		if status != http.StatusOK {
			delete(object, "message")
		}
		r.Body = object
	}
	return r
}

// UserHub's own SDK and our binary answer the same signed requests. Ours runs on the
// Lambda host behind an API gateway, which hands over header names in lower case, repeated
// headers joined with commas, and the body as text or in base64.
func TestWebhookAnswersAsTheSDK(t *testing.T) {
	e := deployWebhook(t, nil)
	e.addUser(t, "jane", map[string]string{
		"name": "Jane Example", "email": "jane@example.com", "email_verified": "true", "phone_number": "+15555550100",
		"picture": "https://example.com/jane.png?a=b&c=d",
	})
	e.addUser(t, "zoë", map[string]string{"given_name": "Zoë", "family_name": "Example"})
	sdk := official(
		&connectionsv1.CustomUser{
			Id: "jane", DisplayName: "Jane Example", Email: "jane@example.com", EmailVerified: true, PhoneNumber: "+15555550100",
			ImageUrl: "https://example.com/jane.png?a=b&c=d",
		},
		&connectionsv1.CustomUser{Id: "zoë", DisplayName: "Zoë Example"},
	)

	type change = func(*http.Request)
	without := func(name string) change { return func(r *http.Request) { r.Header.Del(name) } }
	with := func(name string, values ...string) change {
		return func(r *http.Request) { r.Header[http.CanonicalHeaderKey(name)] = values }
	}
	none := func(*http.Request) {}
	refused := func(code string) *reply { return &reply{400, map[string]any{"code": code}} }
	right := []string{signingSecret}

	tests := []struct {
		name, action, body string
		secrets            []string
		skew               time.Duration
		change             change
		differs            string // why our answer differs
		want               *reply // our answer if it differs, or nil
	}{
		{"challenge", "challenge", `{ "challenge" : "abc123" }`, right, 0, none, "", nil},
		{"challenge that is not text", "challenge", "\x00\xff", right, 0, none, "", nil},
		{"list", "users.list", `{"pageSize":100}`, right, 0, none, "", nil},
		{"list with an unknown token", "users.list", `{"pageSize":100,"pageToken":"x"}`, right, 0, none, "", nil},
		{"get", "users.get", `{"id":"jane"}`, right, 0, none, "", nil},
		{"get somebody whose name is not ASCII", "users.get", `{"id":"zoë"}`, right, 0, none, "", nil},
		{"get nobody", "users.get", `{"id":"joe"}`, right, 0, none, "", nil},
		{"get without an id", "users.get", `{}`, right, 0, none, "a missing id is not a deleted user", refused("INVALID_ARGUMENT")},
		{"create, which is off", "users.create", `{"displayName":"Joe"}`, right, 0, none, "", nil},
		{"update, which is off", "users.update", `{"id":"jane"}`, right, 0, none, "", nil},
		{"delete, which is off", "users.delete", `{"id":"jane"}`, right, 0, none, "", nil},
		{"event", "events.handle", `{"id":"evt_1","type":"members.changed","membersChanged":{}}`, right, 0, none, "", nil},
		{"event of an unknown type", "events.handle", `{"id":"evt_1","type":"moons.changed"}`, right, 0, none, "", nil},
		{"unknown action", "users.explode", `{}`, right, 0, none, "", nil},
		{"not JSON", "users.get", `{"id":`, right, 0, none, "a retry would not help", refused("INVALID_ARGUMENT")},
		{"no body", "challenge", "", right, 0, none, "", nil},
		{"not a POST", "challenge", "{}", right, 0, func(r *http.Request) { r.Method = http.MethodPut }, "", nil},
		{"address names another action", "users.get", `{"id":"jane"}`, right, 0, func(r *http.Request) { r.URL.RawQuery = "action=users.delete" },
			"somebody changed one of the two, and we cannot trust either", refused("INVALID_ARGUMENT")},

		{"several signatures", "challenge", "{}", []string{"other", signingSecret}, 0, none, "", nil},
		{"several signatures, none right", "challenge", "{}", []string{"other", "another"}, 0, none, "", nil},
		{"wrong secret", "challenge", "{}", []string{"other"}, 0, none, "", nil},
		{"no signature", "challenge", "{}", nil, 0, none, "", nil},
		{"signature that is not hexadecimal", "challenge", "{}", right, 0, with("UserHub-Signature", "zz"), "", nil},
		{"no action", "challenge", "{}", right, 0, without("UserHub-Action"), "", nil},
		{"no timestamp", "challenge", "{}", right, 0, without("UserHub-Timestamp"), "", nil},
		{"timestamp that is not a number", "challenge", "{}", right, 0, with("UserHub-Timestamp", "now"), "", nil},
		{"290 s ahead", "challenge", "{}", right, 290 * time.Second, none, "", nil},
		{"330 s ahead", "challenge", "{}", right, 330 * time.Second, none, "", nil},
		{"290 s behind", "challenge", "{}", right, -290 * time.Second, none, "", nil},
		{"330 s behind", "challenge", "{}", right, -330 * time.Second, none, "", nil},
	}
	for _, tt := range tests {
		for _, contentType := range []string{"application/json", "application/octet-stream"} {
			t.Run(tt.name+"/"+contentType, func(t *testing.T) {
				request := func() *http.Request {
					r, err := userhubtest.Webhook{URL: e.url, Secrets: tt.secrets, Skew: tt.skew}.Request(t.Context(), tt.action, []byte(tt.body))
					if err != nil {
						t.Fatal(err)
					}
					r.Header.Set("Content-Type", contentType)
					tt.change(r)
					return r
				}
				theirs := httptest.NewRecorder()
				sdk.ServeHTTP(theirs, request())
				answer, err := http.DefaultTransport.RoundTrip(request())
				if err != nil {
					t.Fatal(err)
				}
				defer answer.Body.Close()
				body, err := io.ReadAll(answer.Body)
				if err != nil {
					t.Fatal(err)
				}

				want, got := newReply(t, theirs.Code, theirs.Body.Bytes()), newReply(t, answer.StatusCode, body)
				if tt.differs != "" {
					if cmp.Equal(want, got) {
						t.Errorf("the SDK gives the same answer, so drop the reason %q", tt.differs)
					}
					want = *tt.want
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("answer (-SDK +ours)\n%s", diff)
				}
				if tt.action == "challenge" && answer.StatusCode == http.StatusOK && string(body) != tt.body {
					t.Errorf("got %q, want the challenge byte for byte", body)
				}
				if got := answer.Header.Get("Webhook-Agent"); got == "" {
					t.Error("the answer names no agent")
				}
			})
		}
	}
	for _, line := range e.host.Logs("webhook") {
		if strings.Contains(line.Text, "example.com") || strings.Contains(line.Text, "zoë") {
			t.Errorf("the log holds personal data: %s", line.Text)
		}
	}
}

// The binary with everything switched on: UserHub is set up, an admin creates, edits and
// deletes a user there, and UserHub's event reaches the queue and the owner's bus.
func TestWebhookProvisions(t *testing.T) {
	bus := eventbridge.NewFromConfig(emulator.ForTest(t).Config())
	busName := "webhook-" + rand.Text()
	if _, err := bus.CreateEventBus(t.Context(), &eventbridge.CreateEventBusInput{Name: &busName}); err != nil {
		t.Fatal(err)
	}
	const second = "example-second-secret"
	secrets := &endpoint{secrets: secretsmanager.NewFromConfig(emulator.ForTest(t).Config())}
	e := deployWebhook(t, map[string]string{
		"ALLOW_CREATE": "true", "ALLOW_UPDATE": "true", "DELETE_POLICY": "disable", "EVENT_BUS_NAME": busName,
		"WEBHOOK_HEADER_SECRET_ARN": secrets.newSecret(t, second),
	})
	heard := e.newQueue(t)
	if _, err := bus.PutRule(t.Context(), &eventbridge.PutRuleInput{
		Name: &busName, EventBusName: &busName, EventPattern: aws.String(`{"source":["poolsync.userhub"]}`),
	}); err != nil {
		t.Fatal(err)
	}
	heardARN := "arn:aws:sqs:" + emulator.Region + ":" + emulator.AccountID + ":" + heard[strings.LastIndexByte(heard, '/')+1:]
	if _, err := bus.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: &busName, EventBusName: &busName, Targets: []eventtypes.Target{{Id: aws.String("owner"), Arn: &heardARN}},
	}); err != nil {
		t.Fatal(err)
	}
	e.addUser(t, "jane", map[string]string{"name": "Jane Example", "email": "jane@example.com"})

	hook := userhubtest.Webhook{URL: e.url, Secrets: []string{signingSecret}, Header: map[string]string{"Poolsync-Secret": second}}
	hub, err := userhubtest.Start(userhubtest.WithWebhook(hook))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hub.Close() })
	if err := hub.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}

	id, err := hub.CreateUser(t.Context(), userhubtest.Profile{DisplayName: "Joe", Email: "joe@example.com", EmailVerified: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.EditUser(t.Context(), "jane", func(p *userhubtest.Profile) { p.DisplayName, p.Email = "Janet", "janet@example.com" }); err != nil {
		t.Fatal(err)
	}
	if err := hub.EditUser(t.Context(), "jane", func(p *userhubtest.Profile) { p.Email = "joe@example.com" }); !isCode(err, "ALREADY_EXISTS") {
		t.Errorf("edit to another user's address: got %v, want ALREADY_EXISTS", err)
	}
	if _, err := e.users.AdminDisableUser(t.Context(), &cognitoidentityprovider.AdminDisableUserInput{
		UserPoolId: &e.pool, Username: aws.String("jane"), // which UserHub does not know yet
	}); err != nil {
		t.Fatal(err)
	}
	if err := hub.SendEvent(t.Context(), "jane"); err != nil {
		t.Fatal(err)
	}
	change, err := queue.Decode([]byte(e.receive(t, e.queue)))
	if err != nil || change.Kind != directory.Changed || change.Origin != directory.Webhook || change.Username != "jane" {
		t.Errorf("on the queue: %+v, %v, want jane changed", change, err)
	}
	var event struct {
		DetailType string `json:"detail-type"`
		Detail     struct{ Type string }
	}
	if err := json.Unmarshal([]byte(e.receive(t, heard)), &event); err != nil || event.DetailType != "users.changed" || event.Detail.Type != "users.changed" {
		t.Errorf("on the owner's bus: %+v, %v, want users.changed", event, err)
	}

	body, _ := json.Marshal(map[string]string{"id": id})
	if answer, err := hub.Call(t.Context(), "users.delete", body); err != nil || !bytes.Equal(answer, []byte("{}")) {
		t.Errorf("delete: got %s, %v", answer, err)
	}
	for name, want := range map[string]string{id: "Joe joe@example.com enabled=false", "jane": "Janet janet@example.com enabled=false"} {
		if got := e.describe(t, name); got != want {
			t.Errorf("the pool holds %s, want %s", got, want)
		}
	}

	hook.Header = nil
	hub.SetWebhook(hook)
	if err := hub.Challenge(t.Context()); !isCode(err, "UNKNOWN") {
		t.Errorf("without the second secret: got %v, want a refusal", err)
	}
}

func isCode(err error, code string) bool {
	refusal, ok := errors.AsType[*userhubtest.CallError](err)
	return ok && refusal.Code == code
}

// After a rotation, the old signing secret still works beside the new one, so that there
// is time to update UserHub's console.
func TestWebhookSecretIsRotated(t *testing.T) {
	e := deployWebhook(t, nil)
	if _, err := e.secrets.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: &e.secret, SecretString: aws.String("next")}); err != nil {
		t.Fatal(err)
	}
	for secret, ok := range map[string]bool{signingSecret: true, "next": true, "other": false} {
		hub := userhubtest.New(userhubtest.WithWebhook(userhubtest.Webhook{URL: e.url, Secrets: []string{secret}}))
		if err := hub.Challenge(t.Context()); (err == nil) != ok {
			t.Errorf("signed with %q: got %v, want ok %t", secret, err, ok)
		}
	}
}

// If UserHub knows users by sub, proving that somebody is gone takes the user name from
// the ledger.
func TestWebhookProvesAbsenceBySub(t *testing.T) {
	client := ledger.NewClient(emulator.ForTest(t).Config())
	table := createTable(t, client)
	e := deployWebhook(t, map[string]string{"USERHUB_EXTERNAL_ID": "sub", "TABLE_NAME": table})
	target := userhub.NewClient(nil, userhubtest.DefaultConnection)
	books := ledger.New(client, table, e.pool, target.Name())
	const known, unknown = "84e844c8-3041-70aa-1111-0123456789ab", "94e844c8-3041-70aa-1111-0123456789ab"
	if err := books.Confirm(t.Context(), plan.Entry{
		Sub: known, Username: "jane", Fingerprint: target.Fingerprint(directory.User{}), ObservedAt: time.Now(), DeliveredAt: time.Now(),
	}); err != nil {
		t.Fatal(err)
	}
	hub := userhubtest.New(userhubtest.WithWebhook(userhubtest.Webhook{URL: e.url, Secrets: []string{signingSecret}}))
	for sub, want := range map[string]string{known: "NOT_FOUND", unknown: "UNAVAILABLE"} {
		body, _ := json.Marshal(map[string]string{"id": sub})
		if _, err := hub.Call(t.Context(), "users.get", body); !isCode(err, want) {
			t.Errorf("get %s: got %v, want %s", sub, err, want)
		}
	}
}
