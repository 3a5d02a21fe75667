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
	accepted          chan struct{} // gets one for each connection
	connections, sent atomic.Int32
}

func newStandIn(t *testing.T, answer func(nth int32, w http.ResponseWriter, r *http.Request)) *standIn {
	t.Helper()
	s := &standIn{accepted: make(chan struct{}, 10)}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		answer(s.sent.Add(1), w, r)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connections.Add(1)
			s.accepted <- struct{}{}
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

// TestConnectIsWarm has the stand-in accept nobody after connect: the first change
// goes over the connection that was made before.
func TestConnectIsWarm(t *testing.T) {
	s := newStandIn(t, func(_ int32, w http.ResponseWriter, _ *http.Request) { stored(w) })
	q := connect(t.Context(), s.settings())
	<-s.accepted
	s.Listener.Close()
	if err := q.Send(t.Context(), change()); err != nil {
		t.Fatal(err)
	}
	if connections, sent := s.connections.Load(), s.sent.Load(); connections != 1 || sent != 1 {
		t.Errorf("%d requests over %d connections, want 1 over 1", sent, connections)
	}
}

// TestDialAheadWithTLS shows the same of a connection with TLS.
func TestDialAheadWithTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { stored(w) }))
	accepted := make(chan struct{}, 1)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			accepted <- struct{}{}
		}
	}
	s.StartTLS()
	defer s.Close()
	config := s.Client().Transport.(*http.Transport).TLSClientConfig
	client := &http.Client{Transport: &http.Transport{DialTLSContext: dialAhead(t.Context(), s.URL, config)}}
	<-accepted
	s.Listener.Close()
	for range 2 {
		response, err := client.Get(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
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
