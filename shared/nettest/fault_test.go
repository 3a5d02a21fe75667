package nettest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/nettest"
)

// TestFaults shows what a client gets, and whether its request takes effect.
func TestFaults(t *testing.T) {
	const page, own = "text/html", "application/json"
	for _, tt := range []struct {
		name   string
		fault  nettest.Fault
		status int    // 0 for no answer
		kind   string // the Content-Type's beginning
		header [2]string
		body   string // a part of it
		done   bool
	}{
		{"delay", nettest.Delay(time.Millisecond), 201, own, [2]string{}, `{"done":true}`, true},
		{"throttled", nettest.ThrottlePlain("7"), 429, "text/plain", [2]string{"Retry-After", "7"}, "slow down", false},
		{"throttled without a time", nettest.ThrottlePlain(""), 429, "text/plain", [2]string{"Retry-After", ""}, "slow down", false},
		{"a page", nettest.FailPlain(502), 502, page, [2]string{}, "Bad Gateway", false},
		{"a gateway", nettest.FailGateway(404), 404, own, [2]string{}, `{"message":"Not Found"}`, false},
		{"redirect", nettest.Redirect("https://example.com/"), 307, "", [2]string{"Location", "https://example.com/"}, "", false},
		{"reset", nettest.Reset(), 0, "", [2]string{}, "", false},
		{"answer lost", nettest.LoseAnswer(), 0, "", [2]string{}, "", true},
		{"garbled", nettest.Garble(), 200, page, [2]string{}, "OK", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var done atomic.Bool
			answer, body, err := post(t, tt.fault, func(w http.ResponseWriter) {
				done.Store(true)
				w.Header().Set("Content-Type", own)
				w.WriteHeader(http.StatusCreated)
				io.WriteString(w, `{"done":true}`)
			})
			if done.Load() != tt.done {
				t.Errorf("took effect: got %t, want %t", done.Load(), tt.done)
			}
			if tt.status == 0 {
				if !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("got %v, want a reset connection", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if kind := answer.Header.Get("Content-Type"); answer.StatusCode != tt.status || !strings.HasPrefix(kind, tt.kind) || !strings.Contains(body, tt.body) {
				t.Errorf("got %d %s %q, want %d %s %q", answer.StatusCode, kind, body, tt.status, tt.kind, tt.body)
			}
			if got := answer.Header.Get(tt.header[0]); got != tt.header[1] {
				t.Errorf("%s: got %q, want %q", tt.header[0], got, tt.header[1])
			}
		})
	}
}

// post makes a request to a server with a fault, and returns its answer with the body.
func post(t *testing.T, fault nettest.Fault, effect func(http.ResponseWriter)) (*http.Response, string, error) {
	t.Helper()
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { effect(w) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fault(w, r, next) }))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return answer, string(body), err
}

// A delayed request takes effect at its time, and one that hangs only ends.
func TestFaultsTakeTheirTime(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault nettest.Fault
		took  time.Duration
		done  bool
	}{
		{"delay", nettest.Delay(3 * time.Second), 3 * time.Second, true},
		{"delay for longer than the client waits", nettest.Delay(20 * time.Second), 20 * time.Second, true},
		{"hang", nettest.Hang(), 10 * time.Second, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				began, done := time.Now(), false
				request := httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil)
				tt.fault(httptest.NewRecorder(), request, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { done = true }))
				if took := time.Since(began); took != tt.took || done != tt.done {
					t.Errorf("took %v and effect %t, want %v and %t", took, done, tt.took, tt.done)
				}
			})
		})
	}
}

// A connection that cannot be cut is an answer that says so, not one that looks right.
func TestResetNeedsAConnection(t *testing.T) {
	w := httptest.NewRecorder()
	nettest.Reset()(w, httptest.NewRequest(http.MethodPost, "/", nil), nil)
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "cannot be cut") {
		t.Errorf("got %d %q, want 500 and why", w.Code, w.Body)
	}
}
