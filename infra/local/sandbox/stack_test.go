package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/poolsync/poolsync/infra/local/signin"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

const (
	password = "correct-Horse-7-battery"
	// triggerLimit is how long Cognito waits for a trigger before it calls it again.
	// A sign-in that waited for a hanging UserHub would take that long.
	triggerLimit = 5 * time.Second
)

// start brings up the stack with short waits.
func start(t *testing.T, options ...Option) *Stack {
	t.Helper()
	short := []Option{
		WithDelivery("Userhub", 5*time.Second, 5*time.Second), WithDelivery("Feed", 5*time.Second, 5*time.Second),
		WithVisibility("EventsQueue", 12*time.Second), WithTimeout("IngestFunction", 12*time.Second),
	}
	options = append(short, options...)
	s, err := Start(t.Context(), options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	t.Cleanup(func() {
		if t.Failed() {
			for _, name := range []string{"postauth", "ingest", "userhub-deliver", "fullsync"} {
				for _, line := range s.Functions.Logs(name) {
					t.Logf("%s: %s", name, line.Text)
				}
			}
		}
	})
	return s
}

// addUsers adds users to the pool and returns their names in UserHub, by the names that
// they sign in with.
func addUsers(t *testing.T, s *Stack, names ...string) map[string]string {
	t.Helper()
	usernames := map[string]string{}
	for _, name := range names {
		username, err := s.Pool.AddUser(t.Context(), name, password)
		if err != nil {
			t.Fatal(err)
		}
		usernames[name] = username
	}
	return usernames
}

func signIn(t *testing.T, s *Stack, name string) signin.Call {
	t.Helper()
	call, err := s.Pool.SignIn(t.Context(), name, password)
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// await waits for something that the stack does by itself. The limit only stops a test
// that would never end.
func await(t *testing.T, s *Stack, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	if err := s.Await(ctx, done); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// told reports whether UserHub was told of a kind of event about a user.
func told(s *Stack, kind, username string) bool {
	return slices.ContainsFunc(s.UserHub.Events(), func(e userhubtest.Request) bool {
		return e.Kind == kind && e.ExternalID == username
	})
}

func TestSignInReachesUserHub(t *testing.T) {
	s := start(t)
	usernames := addUsers(t, s, "jane@example.com")
	signIn(t, s, "jane@example.com")
	await(t, s, "sign-in", func() bool { return told(s, "SIGNIN", usernames["jane@example.com"]) })
}

func TestSignUpReachesUserHub(t *testing.T) {
	s := start(t)
	if _, err := s.Pool.SignUp(t.Context(), "john@example.com", password, nil); err != nil {
		t.Fatal(err)
	}
	await(t, s, "sign-up", func() bool { return len(s.UserHub.Events()) > 0 })
	if event := s.UserHub.Events()[0]; event.Kind != "SIGNUP" || !event.Wait {
		t.Errorf("got event %s with wait %t, want SIGNUP with wait", event.Kind, event.Wait)
	}
}

// UserHub answers nothing until every sign-in has succeeded, so a sign-in that waited for
// it in any way would never succeed.
func TestHangingUserHubHoldsNoSignIn(t *testing.T) {
	s := start(t)
	names := []string{"a@example.com", "b@example.com", "c@example.com", "d@example.com"}
	usernames := addUsers(t, s, names...)
	s.UserHub.Always(userhubtest.Hang())
	for _, name := range names {
		if call := signIn(t, s, name); call.Tries != 1 || call.Held > triggerLimit {
			t.Errorf("sign-in: got %d tries in %v, want one within %v", call.Tries, call.Held, triggerLimit)
		}
	}
	if events := s.UserHub.Events(); len(events) != 0 {
		t.Errorf("UserHub answered %d events while it hung", len(events))
	}
	s.UserHub.Always(nil)
	for _, username := range usernames {
		await(t, s, "sign-in after UserHub's return", func() bool { return told(s, "SIGNIN", username) })
	}
}

func TestDeliverKilledInMidBatchLosesNothing(t *testing.T) {
	s := start(t)
	names := []string{"a@example.com", "b@example.com", "c@example.com", "d@example.com", "e@example.com"}
	usernames := addUsers(t, s, names...)
	s.Pause() // so that the changes come as one batch
	for _, name := range names {
		signIn(t, s, name)
	}
	var hangs atomic.Bool
	s.UserHub.Decide(func(r userhubtest.Request) userhubtest.Fault {
		if r.ExternalID == usernames[names[0]] || r.ExternalID == usernames[names[1]] {
			return nil
		}
		hangs.Store(true)
		return userhubtest.Hang()
	})
	s.Resume()
	await(t, s, "half of the batch", func() bool { return hangs.Load() && len(s.UserHub.Events()) >= 2 })
	if killed := s.Functions.Kill("userhub-deliver"); killed == 0 {
		t.Error("found no process of deliver to kill")
	}
	s.UserHub.Decide(nil)
	for _, username := range usernames {
		await(t, s, "sign-in after the kill", func() bool { return told(s, "SIGNIN", username) })
	}
	awaitEmptyQueue(t, s)
}

// awaitEmptyQueue waits until every event and every change is done, but for what is to be
// looked into again later.
func awaitEmptyQueue(t *testing.T, s *Stack) {
	t.Helper()
	awaitNone(t, s, s.UnderWay)
}

// awaitNone waits until there is nothing to count any more.
func awaitNone(t *testing.T, s *Stack, count func(context.Context) (int, error)) {
	t.Helper()
	await(t, s, "empty queues", func() bool {
		waiting, err := count(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return waiting == 0
	})
}

// Three events on the bus go through the template's pattern to the queue: of a call, of a
// call that failed after its write, and of a challenge's answer, which names no pool.
func TestCloudTrailEventReachesUserHub(t *testing.T) {
	s := start(t)
	tests := []struct{ operation, parameter, value, errorCode string }{
		{"AdminDisableUser", "userPoolId", s.Ref("UserPool"), ""},
		{"AdminCreateUser", "userPoolId", s.Ref("UserPool"), "CodeDeliveryFailureException"},
		{"RespondToAuthChallenge", "challengeName", "NEW_PASSWORD_REQUIRED", ""},
	}
	for i, tt := range tests {
		email := fmt.Sprintf("jane%d@example.com", i)
		username := addUsers(t, s, email)[email]
		detail, err := json.Marshal(map[string]any{
			"eventSource": "cognito-idp.amazonaws.com", "eventName": tt.operation,
			"eventID":             fmt.Sprintf("33333333-3333-3333-3333-%012d", i),
			"eventTime":           time.Now().UTC().Format(time.RFC3339),
			"errorCode":           tt.errorCode,
			"requestParameters":   map[string]any{tt.parameter: tt.value, "username": "HIDDEN_DUE_TO_SECURITY_REASONS"},
			"additionalEventData": map[string]any{"sub": username},
			"userIdentity":        map[string]any{"type": "IAMUser"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := eventbridge.NewFromConfig(s.AWS.Config()).PutEvents(t.Context(), &eventbridge.PutEventsInput{
			Entries: []types.PutEventsRequestEntry{{
				Source: aws.String("aws.cognito-idp"), DetailType: aws.String("AWS API Call via CloudTrail"), Detail: aws.String(string(detail)),
			}},
		}); err != nil {
			t.Fatal(err)
		}
		await(t, s, "change of "+tt.operation, func() bool { return told(s, "CHANGED", username) })
	}
}

// Whatever happens to the change, Cognito gets its event back byte for byte.
func TestTriggerEchoesItsEvent(t *testing.T) {
	s := start(t)
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // otherwise nobody notices that the client is gone
		<-r.Context().Done()
	}))
	defer hanging.Close()
	tests := []struct {
		name  string
		spoil func(environment map[string]string)
	}{
		{"queue is well", func(map[string]string) {}},
		{"queue is down", func(e map[string]string) { e["QUEUE_URLS"] = down.URL + "/queue" }},
		{"queue hangs", func(e map[string]string) { e["QUEUE_URLS"] = hanging.URL + "/queue" }},
		{"queue is not configured", func(e map[string]string) { delete(e, "QUEUE_URLS") }},
		{"credentials are missing", func(e map[string]string) { delete(e, "AWS_ACCESS_KEY_ID"); delete(e, "AWS_SECRET_ACCESS_KEY") }},
	}
	events, err := filepath.Glob("testdata/events/*.json")
	if err != nil || len(events) == 0 {
		t.Fatalf("got events %v and error %v, want some", events, err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			spoilt, err := s.Functions.Describe("postauth")
			if err != nil {
				t.Fatal(err)
			}
			spoilt.Name = "spoilt"
			tt.spoil(spoilt.Environment)
			if err := s.Functions.Deploy(spoilt); err != nil {
				t.Fatal(err)
			}
			for _, file := range events {
				checkEcho(t, s, file)
			}
		})
	}
}

func checkEcho(t *testing.T, s *Stack, file string) {
	t.Helper()
	event, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Functions.Invoke(t.Context(), "spoilt", event)
	if err != nil {
		t.Fatal(err)
	}
	if got.FunctionError != "" || string(got.Payload) != string(event) {
		t.Errorf("%s: got %s (%s), want the event as it was", file, got.Payload, got.FunctionError)
	}
	if got.Duration > triggerLimit {
		t.Errorf("%s: took %v, want %v at most", file, got.Duration, triggerLimit)
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := Start(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got stack %v and error %v, want %v", s, err, context.Canceled)
	}
}
