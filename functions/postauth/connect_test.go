package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/nettest"
)

// standIn is an SQS on a network in memory that behaves like the real one: it takes a
// few milliseconds, on the test's clock.
type standIn struct {
	network *nettest.Network
	dialled int             // connections asked for
	most    int             // how many of those it accepts
	sent    atomic.Int32    // requests
	answer  func(nth int32) // what happens to a request before its answer
	status  func(nth int32) int
}

// newStandIn returns a stand-in that runs until the test ends. Call it in a bubble.
func newStandIn(t *testing.T) *standIn {
	s := &standIn{network: nettest.New(), most: 10, answer: func(int32) {}, status: func(int32) int { return http.StatusOK }}
	server := &http.Server{Handler: s}
	go server.Serve(s.network)
	t.Cleanup(func() { server.Close() })
	return s
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	nth := s.sent.Add(1)
	time.Sleep(5 * time.Millisecond)
	s.answer(nth)
	if status := s.status(nth); status != http.StatusOK {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		io.WriteString(w, `{"__type":"com.amazonaws.sqs#AccessDeniedException"}`)
		return
	}
	stored(w)
}

// dial is a dialer.
func (s *standIn) dial(ctx context.Context, network, address string) (net.Conn, error) {
	s.dialled++
	if s.dialled > s.most {
		return nil, errors.New("connection refused")
	}
	return s.network.DialContext(ctx, network, address)
}

// connect does what connect does, on the network in memory.
func (s *standIn) connect(ctx context.Context) queue {
	at := settings{QueueURL: config.URL("http://sqs.example.com/111122223333/changes"), Region: "us-east-1"}
	return newQueue(at, dialAhead(ctx, at.QueueURL.Origin(), s.dial))
}

func stored(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	io.WriteString(w, `{"MessageId":"m"}`)
}

func change() directory.Change {
	return directory.Change{ID: "1", Kind: directory.SignIn, Sub: "s", ObservedAt: time.Unix(1_700_000_000, 0), Origin: directory.Trigger}
}

// bubble runs a test on a clock of its own, with credentials in the environment.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	synctest.Test(t, test)
}

// TestConnectIsWarm has the stand-in accept nobody after connect: every change uses
// the connection made before.
func TestConnectIsWarm(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStandIn(t)
		s.most = 1
		q := s.connect(t.Context())
		if s.dialled != 1 {
			t.Fatalf("connect made %d connections, want 1", s.dialled)
		}
		for range 3 {
			if err := q.Send(t.Context(), change()); err != nil {
				t.Fatal(err)
			}
		}
		if s.dialled != 1 || s.sent.Load() != 3 {
			t.Errorf("%d requests over %d connections, want 3 over 1", s.sent.Load(), s.dialled)
		}
	})
}

// TestSilentConnection shows that a connection that died while the function was
// frozen costs one attempt, not the sign-in's whole budget.
func TestSilentConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStandIn(t)
		s.answer = func(nth int32) {
			if nth == 1 {
				time.Sleep(time.Hour)
			}
		}
		q := s.connect(t.Context())
		began := time.Now()
		if err := q.Send(t.Context(), change()); err != nil {
			t.Fatal(err)
		}
		if end, most := time.Since(began), firstTimeout+5*time.Millisecond; s.sent.Load() != 2 || s.dialled != 2 || end > most {
			t.Errorf("%d attempts over %d connections in %v, want 2 over 2 in at most %v", s.sent.Load(), s.dialled, end, most)
		}
		time.Sleep(time.Hour) // the first attempt's answer, which nobody waits for
	})
}

func TestQueueOutOfReach(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s := newStandIn(t)
		s.most = 0
		q := s.connect(t.Context())
		if err := q.Send(t.Context(), change()); err == nil {
			t.Error("Send without a connection: no error")
		}
		if want := 1 + maxAttempts; s.dialled != want {
			t.Errorf("%d connections were tried, want %d", s.dialled, want)
		}
	})
}

// TestDialAheadWithTLS has a TLS server accept nobody after the connection was opened
// ahead: requests use that connection.
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
	dial := dialAhead(t.Context(), s.URL, newDialer(s.URL, config))
	client := &http.Client{Transport: &http.Transport{DialTLSContext: dial}}
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
