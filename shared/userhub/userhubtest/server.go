// Package userhubtest is a stand-in for UserHub on a loopback port. It speaks the
// real wire format, fails on demand and records what it saw. The official Go SDK
// drives it in its tests.
//
// It shares no code with shared/userhub, so that a mistake there is not repeated
// here.
package userhubtest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// DefaultKey is the Admin API key that a new stand-in accepts. The official
	// Go SDK v0.5.0 insists on the prefix.
	DefaultKey = "sk_test"
	// DefaultConnection is the connection that a new stand-in has.
	DefaultConnection = "conn_test"
	// maxBody limits request bodies, in bytes.
	maxBody = 5_242_880
)

// Server is a UserHub tenant with one connection. It is an [http.Handler]; [Start]
// also puts it on a port.
type Server struct {
	// URL is the base address of the API, without a trailing slash; empty unless
	// the server came from [Start].
	URL string

	connection string
	http       *http.Server
	background sync.WaitGroup // events that are processed after their answer
	life       context.Context
	end        context.CancelFunc

	mu       sync.Mutex // guards what follows
	key      string
	webhook  *Webhook // nil: the connection has no webhook
	calls    []Call
	users    store
	requests []Request
	attempts map[string]int // failed tries of the same request in a row
	queued   []Fault
	decide   func(Request) Fault
}

// Option changes a new [Server].
type Option func(*Server)

// WithConnection chooses the connection's identifier. Default: [DefaultConnection].
func WithConnection(id string) Option { return func(s *Server) { s.connection = id } }

// New returns an empty tenant that does not listen anywhere.
func New(options ...Option) *Server {
	s := &Server{key: DefaultKey, connection: DefaultConnection, users: newStore(), attempts: map[string]int{}}
	s.life, s.end = context.WithCancel(context.Background())
	for _, option := range options {
		option(s)
	}
	s.http = &http.Server{Handler: s}
	return s
}

// Start returns an empty tenant that listens on a free loopback port until it is
// closed.
func Start(options ...Option) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start stand-in for UserHub: %w", err)
	}
	s := New(options...)
	s.URL = "http://" + listener.Addr().String()
	go s.Serve(listener)
	return s, nil
}

// Serve answers requests on l until the server is closed.
func (s *Server) Serve(l net.Listener) error { return s.http.Serve(l) }

// Close stops listening and cuts every connection, also one that hangs.
func (s *Server) Close() error {
	s.end()
	return s.http.Close()
}

// SetKey rotates the key: any other is answered 401 from now on.
func (s *Server) SetKey(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
}

// Next applies the given faults to the next requests, one each, in this order. They
// go before those of [Server.Decide]. With a nil fault nothing happens to the
// request.
func (s *Server) Next(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queued = append(s.queued, faults...)
}

// Decide has a function choose the fault of each request from now on; nil ends that.
// Every request calls it in its own goroutine, and it may ask the server.
func (s *Server) Decide(decide func(Request) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decide = decide
}

// Always applies one fault to every request from now on; nil ends that.
func (s *Server) Always(fault Fault) {
	s.Decide(func(Request) Fault { return fault })
}

// ServeHTTP records the request, lets its fault happen, and answers it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		refuse(w, invalidArgument("", "the body is too long or was cut short"))
		return
	}
	request := parse(r, body)
	request.Time = time.Now()
	s.record(&request)

	w = &statusWriter{w, func(status int) { s.noteStatus(request.number, status) }}
	api := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serveAdmin(w, r, request) })
	if fault := s.fault(request); fault != nil {
		fault(w, r, api)
		return
	}
	api(w, r)
}

// record notes and numbers a request.
func (s *Server) record(request *Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.attempts[request.identity()]++
	request.Attempt = s.attempts[request.identity()]
	request.number = len(s.requests)
	s.requests = append(s.requests, *request)
}

// fault returns the fault to apply to a request, or nil.
func (s *Server) fault(request Request) Fault {
	s.mu.Lock()
	if len(s.queued) > 0 {
		defer s.mu.Unlock()
		fault := s.queued[0]
		s.queued = s.queued[1:]
		return fault
	}
	decide := s.decide
	s.mu.Unlock() // decide may ask the server
	if decide == nil {
		return nil
	}
	return decide(request)
}

// noteStatus notes how a request is answered.
func (s *Server) noteStatus(number, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests[number].Status = status
	if status/100 == 2 {
		delete(s.attempts, s.requests[number].identity())
	}
}

// statusWriter records the status before the client can learn it, so that whoever has
// seen the answer also finds it in the record.
type statusWriter struct {
	http.ResponseWriter
	note func(status int)
}

func (w *statusWriter) WriteHeader(status int) {
	w.note(status)
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets an [http.ResponseController] reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
