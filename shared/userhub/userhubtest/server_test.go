package userhubtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// post sends a request as a program without any SDK would. Status is 0 if no answer
// came.
func post(ctx context.Context, url, body string) (status int, answer string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.Header.Set("Authorization", "Bearer "+userhubtest.DefaultKey)
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	return response.StatusCode, string(data), err
}

func TestEventIsRecorded(t *testing.T) {
	tests := []struct {
		name, path, body string
		want             userhubtest.Request
		status           int
	}{
		{"with a body", "jane@conn_test:event", `{"type":"SIGNIN","wait":true}`,
			userhubtest.Request{ExternalID: "jane", Connection: "conn_test", Kind: "SIGNIN", Wait: true}, 200},
		{"without a body", "jane@conn_test:event", "",
			userhubtest.Request{ExternalID: "jane", Connection: "conn_test", Kind: "CHANGED"}, 200},
		{"e-mail address", "jane@example.com@conn_test:event", "{}",
			userhubtest.Request{ExternalID: "jane@example.com", Connection: "conn_test", Kind: "CHANGED"}, 200},
		{"slash", "a%20b%2Fc@conn_test:event", "{}",
			userhubtest.Request{ExternalID: "a b/c", Connection: "conn_test", Kind: "CHANGED"}, 200},
		{"colon", "x:y@conn_test:event", "{}",
			userhubtest.Request{ExternalID: "x:y", Connection: "conn_test", Kind: "CHANGED"}, 200},
		{"every sign escaped", "jane%40example.com%40conn_test:event", "{}",
			userhubtest.Request{ExternalID: "jane@example.com", Connection: "conn_test", Kind: "CHANGED"}, 200},
		{"semicolon as JavaScript leaves it", "a;b,c%3Fd%23e@conn_test:event", "{}",
			userhubtest.Request{ExternalID: "a;b,c?d#e", Connection: "conn_test", Kind: "CHANGED"}, 200},
		{"unknown type", "jane@conn_test:event", `{"type":"DELETED"}`,
			userhubtest.Request{ExternalID: "jane", Connection: "conn_test", Kind: "DELETED"}, 400},
		{"not JSON", "jane@conn_test:event", `type=SIGNIN`,
			userhubtest.Request{ExternalID: "jane", Connection: "conn_test", Kind: "CHANGED"}, 400},
		{"unknown connection", "jane@conn_other:event", "",
			userhubtest.Request{ExternalID: "jane", Connection: "conn_other", Kind: "CHANGED"}, 404},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := start(t)
			status, answer, err := post(t.Context(), server.URL+"/admin/v1/users/"+tt.path, tt.body)
			if err != nil || status != tt.status {
				t.Fatalf("got status %d %s, %v, want %d", status, answer, err, tt.status)
			}
			tt.want.Method, tt.want.Path, tt.want.Action = "POST", "/admin/v1/users/"+tt.path, "event"
			tt.want.User = tt.want.ExternalID + "@" + tt.want.Connection
			tt.want.Attempt, tt.want.Status, tt.want.Done = 1, tt.status, tt.status == 200
			ignored := cmpopts.IgnoreFields(userhubtest.Request{}, "Time", "Header", "Body", "Query")
			unexported := cmpopts.IgnoreUnexported(userhubtest.Request{})
			if diff := cmp.Diff([]userhubtest.Request{tt.want}, server.Requests(), ignored, unexported); diff != "" {
				t.Errorf("recorded (-want +got)\n%s", diff)
			}
			if _, known := server.User(tt.want.ExternalID); known != (status == 200) {
				t.Errorf("user known: got %t, want %t", known, status == 200)
			}
		})
	}
}

// Nobody is told the errors of an event that UserHub only queues.
func TestEventOfADeletedUser(t *testing.T) {
	for _, tt := range []struct {
		body   string
		status int
	}{
		{`{"wait":true}`, 400},
		{`{}`, 200},
	} {
		server := start(t)
		users, must := sdk(t, server), must(t)
		jane := must(users.ImportAccount(t.Context(), "jane@conn_test", nil))
		must(users.Delete(t.Context(), jane.Id, nil))
		status, answer, err := post(t.Context(), server.URL+"/admin/v1/users/jane@conn_test:event", tt.body)
		if err != nil || status != tt.status {
			t.Errorf("%s: got status %d %s, %v, want %d", tt.body, status, answer, err, tt.status)
		}
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name  string
		fault userhubtest.Fault
		want  int // status; 0 for no answer
		json  bool
		done  bool
	}{
		{"none", nil, 200, true, true},
		{"delay", userhubtest.Delay(time.Millisecond), 200, true, true},
		{"throttle", userhubtest.Throttle("1"), 429, true, false},
		{"throttle without JSON", userhubtest.ThrottlePlain(""), 429, false, false},
		{"failure", userhubtest.Fail(503, "UNAVAILABLE"), 503, true, false},
		{"failure without JSON", userhubtest.FailPlain(502), 502, false, false},
		{"redirect", userhubtest.Redirect("https://example.com/"), 307, false, false},
		{"reset", userhubtest.Reset(), 0, false, false},
		{"answer lost", userhubtest.LoseAnswer(), 0, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := start(t)
			server.Next(tt.fault)
			event := server.URL + "/admin/v1/users/jane@conn_test:event"
			status, answer, err := post(t.Context(), event, "")
			if status != tt.want || (err != nil) != (tt.want == 0) {
				t.Errorf("got status %d, %v, want %d", status, err, tt.want)
			}
			if tt.want == 0 && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("got %v, want a reset connection", err)
			}
			if got := strings.HasPrefix(answer, "{"); got != tt.json {
				t.Errorf("got answer %q, want JSON %t", answer, tt.json)
			}
			if got := len(server.Events()) == 1; got != tt.done {
				t.Errorf("took effect: got %t, want %t", got, tt.done)
			}

			// The fault hit only one request.
			if status, _, err := post(t.Context(), event, ""); status != 200 {
				t.Errorf("next request: got status %d, %v, want 200", status, err)
			}
		})
	}
}

func TestHangEndsWithTheServer(t *testing.T) {
	server := start(t)
	server.Always(userhubtest.Hang())
	ended := make(chan error)
	go func() {
		_, _, err := post(t.Context(), server.URL+"/admin/v1/users/jane@conn_test:event", "")
		ended <- err
	}()
	for len(server.Requests()) == 0 {
		select {
		case err := <-ended:
			t.Fatalf("the request ended by itself: %v", err)
		default:
		}
	}
	server.Close()
	if err := <-ended; err == nil {
		t.Error("got an answer, want none")
	}
}

func TestFaultByRequest(t *testing.T) {
	server := start(t)
	server.Decide(func(q userhubtest.Request) userhubtest.Fault {
		if q.ExternalID == "jane" && q.Attempt < 3 {
			return userhubtest.Fail(500, "INTERNAL")
		}
		return nil
	})
	var got []int
	for _, user := range []string{"jane", "joe", "jane", "jane", "jane"} {
		status, _, err := post(t.Context(), server.URL+"/admin/v1/users/"+user+"@conn_test:event", "")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, status)
	}
	if diff := cmp.Diff([]int{500, 200, 500, 200, 500}, got); diff != "" {
		t.Errorf("statuses (-want +got)\n%s", diff)
	}
}

func TestStrayRequests(t *testing.T) {
	server := start(t)
	for path, want := range map[string]int{
		"/":                                    404,
		"/jane@conn_test:event":                404,
		"/admin/v1/organizations":              404,
		"/admin/v1/users/a/b@conn_test:event":  404,
		"/admin/v1/users/:event":               404,
		"/admin/v1/users/@conn_test:event":     400,
		"/admin/v1/users/jane:event":           400,
		"/admin/v1/users/usr_1:purge":          501,
		"/admin/v1/users/jane@conn_test:Event": 501,
	} {
		if status, answer, err := post(t.Context(), server.URL+path, ""); err != nil || status != want {
			t.Errorf("POST %s: got %d %s, %v, want %d", path, status, answer, err, want)
		}
	}
	if got := server.Users(); len(got) != 0 {
		t.Errorf("got users %+v, want none", got)
	}
}
