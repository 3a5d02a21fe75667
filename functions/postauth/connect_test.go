package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/directory"
)

// standIn is an SQS that counts connections and requests.
type standIn struct {
	*httptest.Server
	connections, warmed, sent atomic.Int32
}

func newStandIn(t *testing.T, answer func(nth int32, w http.ResponseWriter, r *http.Request)) *standIn {
	t.Helper()
	s := &standIn{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			s.warmed.Add(1)
			http.Error(w, "no such page", http.StatusNotFound)
			return
		}
		io.Copy(io.Discard, r.Body)
		answer(s.sent.Add(1), w, r)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	return s
}

func stored(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	io.WriteString(w, `{"MessageId":"m"}`)
}

func (s *standIn) settings() settings {
	return settings{QueueURL: config.URL(s.URL + "/111122223333/changes"), Region: "us-east-1"}
}

func change() directory.Change {
	return directory.Change{ID: "1", Kind: directory.SignIn, Sub: "s", ObservedAt: time.Unix(1_700_000_000, 0), Origin: directory.Trigger}
}

func TestConnectIsWarm(t *testing.T) {
	s := newStandIn(t, func(_ int32, w http.ResponseWriter, _ *http.Request) { stored(w) })
	q := connect(t.Context(), s.settings())
	if got := s.warmed.Load(); got != 1 {
		t.Fatalf("%d requests while connecting, want 1", got)
	}
	for range 3 {
		if err := q.Send(t.Context(), change()); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.connections.Load(); got != 1 {
		t.Errorf("%d connections for the warm-up and 3 changes, want 1", got)
	}
}

// TestSilentConnection shows that a connection which died while the function was
// frozen costs one attempt and not the sign-in's whole budget.
func TestSilentConnection(t *testing.T) {
	release := make(chan struct{})
	s := newStandIn(t, func(nth int32, w http.ResponseWriter, r *http.Request) {
		if nth == 1 {
			select {
			case <-release:
			case <-r.Context().Done():
			}
			return
		}
		stored(w)
	})
	defer close(release)
	q := connect(t.Context(), s.settings())
	if err := q.Send(t.Context(), change()); err != nil {
		t.Fatal(err)
	}
	if got := s.sent.Load(); got != 2 {
		t.Errorf("%d attempts, want 2", got)
	}
}

func TestQueueOutOfReach(t *testing.T) {
	s := newStandIn(t, func(_ int32, w http.ResponseWriter, _ *http.Request) { stored(w) })
	s.Close()
	q := connect(t.Context(), s.settings())
	if err := q.Send(t.Context(), change()); err == nil {
		t.Error("Send to a closed port: no error")
	}
}
