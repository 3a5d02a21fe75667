package userhub_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/nettest"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/userhub"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

const sub = "11111111-2222-3333-4444-555555555555"

// staticKey is a key that is never rotated.
type staticKey string

func (k staticKey) Value(context.Context) (string, error)           { return string(k), nil }
func (k staticKey) Refresh(context.Context, string) (string, error) { return string(k), nil }

// rotatedKey answers with a newer key once the first was refused.
type rotatedKey struct {
	old, fresh string
	err        error // of the refresh
	refreshed  int
}

func (k *rotatedKey) Value(context.Context) (string, error) { return k.old, nil }
func (k *rotatedKey) Refresh(context.Context, string) (string, error) {
	k.refreshed++
	return k.fresh, k.err
}

// brokenKey cannot be read.
type brokenKey struct{ staticKey }

func (brokenKey) Value(context.Context) (string, error) { return "", errors.New("secret not readable") }

func start(t *testing.T) *userhubtest.Server {
	t.Helper()
	server, err := userhubtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server
}

// connect returns a client of the server that does not wait between tries.
func connect(t *testing.T, server *userhubtest.Server, options ...userhub.Option) *userhub.Client {
	transport := userhub.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	options = append([]userhub.Option{
		userhub.WithBaseURL(server.URL + "/"),
		userhub.WithTransport(transport),
		userhub.WithBackoff(func(int) time.Duration { return 0 }),
	}, options...)
	return userhub.NewClient(staticKey(userhubtest.DefaultKey), userhubtest.DefaultConnection, options...)
}

func delivery(kind directory.Kind, username string, confirm bool) reconcile.Delivery {
	return reconcile.Delivery{
		Change:  directory.Change{Kind: kind, Sub: sub, Username: username},
		Confirm: confirm,
	}
}

func TestDeliver(t *testing.T) {
	tests := []struct {
		name       string
		kind       directory.Kind
		username   string
		confirm    bool
		externalID userhub.ExternalID
		path, body string
	}{
		{"sign-in", directory.SignIn, "jane", false, userhub.ByUsername, "jane@conn_test", `{"type":"SIGNIN"}`},
		{"sign-up", directory.SignUp, "jane", true, userhub.ByUsername, "jane@conn_test", `{"type":"SIGNUP","wait":true}`},
		{"change", directory.Changed, "jane", true, userhub.ByUsername, "jane@conn_test", `{"type":"CHANGED","wait":true}`},
		{"removal", directory.Removed, "jane", true, userhub.ByUsername, "jane@conn_test", `{"type":"CHANGED","wait":true}`},
		{"by sub", directory.SignIn, "jane", false, userhub.BySub, sub + "@conn_test", `{"type":"SIGNIN"}`},
		{"pipe", directory.SignIn, "auth0|1", false, userhub.ByUsername, "auth0%7C1@conn_test", `{"type":"SIGNIN"}`},
		{"blank and slash", directory.SignIn, "a b/c", false, userhub.ByUsername, "a%20b%2Fc@conn_test", `{"type":"SIGNIN"}`},
		{"e-mail address", directory.SignIn, "jane@example.com", false, userhub.ByUsername, "jane@example.com@conn_test", `{"type":"SIGNIN"}`},
		{"colon", directory.SignIn, "x:y", false, userhub.ByUsername, "x:y@conn_test", `{"type":"SIGNIN"}`},
		{"not ASCII", directory.SignIn, "é%", false, userhub.ByUsername, "%C3%A9%25@conn_test", `{"type":"SIGNIN"}`},
		{"query and fragment", directory.SignIn, "a;b,c?d#e", false, userhub.ByUsername, "a%3Bb%2Cc%3Fd%23e@conn_test", `{"type":"SIGNIN"}`},
		{"dots", directory.SignIn, "..", false, userhub.ByUsername, "..@conn_test", `{"type":"SIGNIN"}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := start(t)
			client := connect(t, server, userhub.WithExternalID(tt.externalID))
			if _, err := client.Deliver(t.Context(), delivery(tt.kind, tt.username, tt.confirm)); err != nil {
				t.Fatalf("Deliver: %v", err)
			}
			got := server.Events()
			if len(got) != 1 {
				t.Fatalf("got %d events, want 1", len(got))
			}
			if want := "/admin/v1/users/" + tt.path + ":event"; got[0].Path != want {
				t.Errorf("path: got %s, want %s", got[0].Path, want)
			}
			if diff := cmp.Diff(tt.body, string(got[0].Body)); diff != "" {
				t.Errorf("body (-want +got)\n%s", diff)
			}
			if want := tt.externalID.Of(sub, tt.username); got[0].ExternalID != want {
				t.Errorf("external id as UserHub reads it: got %q, want %q", got[0].ExternalID, want)
			}
		})
	}
}

// testdata holds the requests of the official Go SDK v0.8.2, as captured. Ours differ
// only in the headers listed here.
func TestRequestIsTheSDKs(t *testing.T) {
	ours := map[string]string{
		"User-Agent": "poolsync/0.1.0",
		"Accept":     "application/json",
	}
	tests := []struct {
		file string
		in   reconcile.Delivery
	}{
		{"event-signin.http", delivery(directory.SignIn, "auth0|1", false)},
		{"event-signup-wait.http", delivery(directory.SignUp, "jane@example.com", true)},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			file, err := os.Open(filepath.Join("testdata", tt.file))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			captured, err := http.ReadRequest(bufio.NewReader(file))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(captured.Body)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range ours {
				captured.Header.Set(name, value)
			}

			server := start(t)
			if _, err := connect(t, server).Deliver(t.Context(), tt.in); err != nil {
				t.Fatal(err)
			}
			got := server.Requests()[0]
			if diff := cmp.Diff(captured.Method+" "+captured.RequestURI, got.Method+" "+got.Path); diff != "" {
				t.Errorf("request line (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(captured.Header, got.Header); diff != "" {
				t.Errorf("header (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(string(body), string(got.Body)); diff != "" {
				t.Errorf("body (-want +got)\n%s", diff)
			}
		})
	}
}

func TestDeliverFails(t *testing.T) {
	tests := []struct {
		name     string
		fault    userhubtest.Fault
		want     error
		requests int
	}{
		{"refused for good", says(400, `{"code":"INVALID_ARGUMENT","param":"user.email"}`), reconcile.ErrRejected, 1},
		{"refused for now", userhubtest.Fail(409, "ALREADY_EXISTS"), reconcile.ErrBlocked, 1},
		{"user unknown", userhubtest.Fail(404, "NOT_FOUND"), reconcile.ErrBlocked, 1},
		{"key refused", userhubtest.Fail(401, "UNAUTHENTICATED"), reconcile.ErrUnauthorized, 1},
		{"key lacks a right", userhubtest.Fail(403, "PERMISSION_DENIED"), reconcile.ErrUnauthorized, 1},
		{"throttled", userhubtest.Throttle(""), reconcile.ErrThrottled, 4},
		{"throttled without JSON", userhubtest.ThrottlePlain("0"), reconcile.ErrThrottled, 4},
		{"failed", userhubtest.Fail(500, "INTERNAL"), reconcile.ErrUnavailable, 4},
		{"not implemented", userhubtest.Fail(501, "UNIMPLEMENTED"), reconcile.ErrUnavailable, 1},
		{"bad gateway", userhubtest.FailPlain(502), reconcile.ErrUnavailable, 4},
		{"reset", userhubtest.Reset(), reconcile.ErrUnavailable, 4},
		{"redirected", userhubtest.Redirect("/admin/v1/users/other@conn_test:event"), reconcile.ErrUnavailable, 1},
		{"someone else's 404", userhubtest.FailPlain(404), reconcile.ErrUnavailable, 1},
		{"a gateway's 404", userhubtest.FailWithoutCode(404), reconcile.ErrUnavailable, 1},
		{"a gateway's 402", userhubtest.FailWithoutCode(402), reconcile.ErrUnavailable, 1},
		{"someone else's 200", userhubtest.FailPlain(200), reconcile.ErrUnavailable, 1},
	}
	sentinels := []error{reconcile.ErrRejected, reconcile.ErrBlocked, reconcile.ErrUnauthorized, reconcile.ErrThrottled, reconcile.ErrUnavailable}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := start(t)
			server.Always(tt.fault)
			_, err := connect(t, server).Deliver(t.Context(), delivery(directory.Changed, "jane@example.com", true))
			for _, sentinel := range sentinels {
				if got := errors.Is(err, sentinel); got != (sentinel == tt.want) {
					t.Errorf("%v is %q: got %t, want %t", err, sentinel, got, !got)
				}
			}
			if got := len(server.Requests()); got != tt.requests {
				t.Errorf("got %d requests, want %d", got, tt.requests)
			}
			if err != nil && strings.Contains(err.Error(), "jane") {
				t.Errorf("the error names the user: %v", err)
			}
		})
	}
}

func TestDeliverRecovers(t *testing.T) {
	tests := []struct {
		name   string
		faults []userhubtest.Fault
	}{
		{"from throttling", []userhubtest.Fault{userhubtest.Throttle("0"), userhubtest.ThrottlePlain("")}},
		{"from failures", []userhubtest.Fault{userhubtest.Fail(500, "INTERNAL"), userhubtest.FailPlain(503)}},
		{"from a reset connection", []userhubtest.Fault{userhubtest.Reset(), userhubtest.LoseAnswer()}},
		{"at the last try", []userhubtest.Fault{userhubtest.Reset(), userhubtest.FailPlain(502), userhubtest.Throttle("")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := start(t)
			server.Next(tt.faults...)
			if _, err := connect(t, server).Deliver(t.Context(), delivery(directory.SignIn, "jane", false)); err != nil {
				t.Errorf("Deliver: %v", err)
			}
			if got, want := len(server.Requests()), len(tt.faults)+1; got != want {
				t.Errorf("got %d requests, want %d", got, want)
			}
		})
	}
}

// Only an answer that the user is not there confirms a removal: the ledger forgets
// the user then.
func TestDeliverRemoval(t *testing.T) {
	tests := []struct {
		name  string
		fault userhubtest.Fault
		want  error
	}{
		{"user unknown", userhubtest.Fail(404, "NOT_FOUND"), nil},
		{"user to be deleted", says(400, `{"code":"FAILED_PRECONDITION","reason":"USER_PENDING_DELETION"}`), nil},
		{"the same in short", says(400, `{"code":"FAILED_PRECONDITION","reason":"PENDING_DELETION"}`), nil},
		{"connection unknown", says(404, `{"code":"NOT_FOUND","param":"connectionId"}`), reconcile.ErrUnavailable},
		{"key lacks a right", userhubtest.Fail(403, "NOT_FOUND"), reconcile.ErrUnauthorized},
		{"refused", userhubtest.Fail(400, "FAILED_PRECONDITION"), reconcile.ErrBlocked},
		{"someone else's 404", userhubtest.FailPlain(404), reconcile.ErrUnavailable},
		{"a gateway's 404", userhubtest.FailWithoutCode(404), reconcile.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := start(t)
			server.Always(tt.fault)
			_, err := connect(t, server).Deliver(t.Context(), delivery(directory.Removed, "jane", true))
			if !errors.Is(err, tt.want) {
				t.Errorf("Deliver error = %v, want %v", err, tt.want)
			}
		})
	}
}

func TestDeliverWithoutExternalID(t *testing.T) {
	server := start(t)
	_, err := connect(t, server).Deliver(t.Context(), delivery(directory.SignIn, "", false))
	if !errors.Is(err, reconcile.ErrRejected) || len(server.Requests()) != 0 {
		t.Errorf("got %v after %d requests, want a rejection after none", err, len(server.Requests()))
	}
}

func TestKeyIsRotated(t *testing.T) {
	tests := []struct {
		name      string
		key       *rotatedKey
		faults    []userhubtest.Fault
		want      error
		requests  int
		refreshed int
	}{
		{"newer key is accepted", &rotatedKey{old: "sk_old", fresh: "sk_test"}, nil, nil, 2, 1},
		{"newer key is refused too", &rotatedKey{old: "sk_old", fresh: "sk_wrong"}, nil, reconcile.ErrUnauthorized, 2, 1},
		{"there is no newer key", &rotatedKey{old: "sk_old", fresh: "sk_old"}, nil, reconcile.ErrUnauthorized, 1, 1},
		{"newer key cannot be read", &rotatedKey{old: "sk_old", err: errors.New("down")}, nil, reconcile.ErrUnauthorized, 1, 1},
		{"key is accepted", &rotatedKey{old: "sk_test", fresh: "sk_other"}, nil, nil, 1, 0},
		{"key lacks a right", &rotatedKey{old: "sk_test", fresh: "sk_other"},
			[]userhubtest.Fault{userhubtest.Fail(403, "PERMISSION_DENIED")}, reconcile.ErrUnauthorized, 1, 0},
		{"newer key is refused later", &rotatedKey{old: "sk_old", fresh: "sk_test"},
			[]userhubtest.Fault{userhubtest.Fail(401, "UNAUTHENTICATED"), userhubtest.Fail(503, "UNAVAILABLE"), userhubtest.Fail(401, "UNAUTHENTICATED")},
			reconcile.ErrUnauthorized, 3, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := start(t)
			server.Next(tt.faults...)
			client := userhub.NewClient(tt.key, userhubtest.DefaultConnection, userhub.WithBaseURL(server.URL),
				userhub.WithBackoff(func(int) time.Duration { return 0 }))
			_, err := client.Deliver(t.Context(), delivery(directory.SignIn, "jane", false))
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if got := len(server.Requests()); got != tt.requests || tt.key.refreshed != tt.refreshed {
				t.Errorf("got %d requests and %d refreshes, want %d and %d", got, tt.key.refreshed, tt.requests, tt.refreshed)
			}
			if err != nil && strings.Contains(err.Error(), "sk_") {
				t.Errorf("the error holds the key: %v", err)
			}
		})
	}
}

func TestKeyIsUnreadable(t *testing.T) {
	server := start(t)
	client := userhub.NewClient(brokenKey{}, userhubtest.DefaultConnection, userhub.WithBaseURL(server.URL))
	_, err := client.Deliver(t.Context(), delivery(directory.SignIn, "jane", false))
	if !errors.Is(err, reconcile.ErrUnavailable) || len(server.Requests()) != 0 {
		t.Errorf("got %v after %d requests, want unavailable after none", err, len(server.Requests()))
	}
}

func TestTiming(t *testing.T) {
	const second = time.Second
	soon := func(after time.Duration) func() string {
		return func() string { return time.Now().Add(after).UTC().Format(http.TimeFormat) }
	}
	seconds := func(n int) func() string { return func() string { return strconv.Itoa(n) } }
	failure := func() userhubtest.Fault { return userhubtest.FailPlain(503) }
	throttle := func(after func() string) func() userhubtest.Fault {
		return func() userhubtest.Fault { return userhubtest.Throttle(after()) }
	}
	// Attempts start at these times; unless UserHub asks for a delay, the backoff
	// of this test is a second times the number of the attempt.
	tests := []struct {
		name   string
		budget time.Duration // 0: none
		fault  func() userhubtest.Fault
		want   []time.Duration
		end    time.Duration
		err    error
	}{
		{"backoff", 0, failure, []time.Duration{0, 1 * second, 3 * second, 6 * second}, 6 * second, reconcile.ErrUnavailable},
		{"backoff within the budget", 4 * second, failure, []time.Duration{0, 1 * second, 3 * second}, 3 * second, reconcile.ErrUnavailable},
		{"no time to wait at all", second, failure, []time.Duration{0}, 0, reconcile.ErrUnavailable},
		{"Retry-After in seconds", 0, throttle(seconds(4)), []time.Duration{0, 4 * second, 8 * second, 12 * second}, 12 * second, reconcile.ErrThrottled},
		{"Retry-After as a date", 0, throttle(soon(5 * second)), []time.Duration{0, 5 * second, 7 * second, 10 * second}, 10 * second, reconcile.ErrThrottled},
		{"Retry-After below the backoff", 0, throttle(seconds(0)), []time.Duration{0, 1 * second, 3 * second, 6 * second}, 6 * second, reconcile.ErrThrottled},
		{"Retry-After in the past", 0, throttle(soon(-time.Hour)), []time.Duration{0, 1 * second, 3 * second, 6 * second}, 6 * second, reconcile.ErrThrottled},
		{"Retry-After beyond the budget", 3 * second, throttle(seconds(4)), []time.Duration{0}, 0, reconcile.ErrThrottled},
		{"Retry-After beyond patience", 0, throttle(seconds(6)), []time.Duration{0}, 0, reconcile.ErrThrottled},
		{"hanging", 3 * second, userhubtest.Hang, []time.Duration{0}, 3 * second, reconcile.ErrUnavailable},
		{"hanging without a budget", 0, userhubtest.Hang, []time.Duration{0, 11 * second, 23 * second, 36 * second}, 46 * second, reconcile.ErrUnavailable},
		{"slow", 3 * second, func() userhubtest.Fault { return userhubtest.Delay(2 * second) }, []time.Duration{0}, 2 * second, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := nettest.New()
				transport := userhub.NewTransport()
				transport.DialContext = network.DialContext
				server := userhubtest.New()
				server.Always(tt.fault())
				go server.Serve(network)
				defer server.Close()
				defer transport.CloseIdleConnections()

				ctx := t.Context()
				if tt.budget > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.budget)
					defer cancel()
				}
				client := userhub.NewClient(staticKey("sk_test"), "conn_test",
					userhub.WithBaseURL("http://userhub.example"), userhub.WithTransport(transport),
					userhub.WithBackoff(func(attempt int) time.Duration { return time.Duration(attempt) * second }))
				began := time.Now()
				_, err := client.Deliver(ctx, delivery(directory.SignIn, "jane", false))

				if end := time.Since(began); !errors.Is(err, tt.err) || end != tt.end {
					t.Errorf("got %v after %v, want %v after %v", err, end, tt.err, tt.end)
				}
				var got []time.Duration
				for _, request := range server.Requests() {
					got = append(got, request.Time.Sub(began))
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("attempts (-want +got)\n%s", diff)
				}
			})
		})
	}
}

// A long answer is cut off where the official SDKs cut it off.
func TestAnswerIsLimited(t *testing.T) {
	const limit = 5_242_880
	body := &endless{}
	transport := roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(body)}, nil
	})
	client := userhub.NewClient(staticKey("sk_test"), "conn_test", userhub.WithTransport(transport))
	if _, err := client.Deliver(t.Context(), delivery(directory.SignIn, "jane", false)); err != nil {
		t.Errorf("Deliver: %v", err)
	}
	if body.read != limit {
		t.Errorf("read %d bytes, want %d", body.read, limit)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// endless is a body of blanks that never ends.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}
