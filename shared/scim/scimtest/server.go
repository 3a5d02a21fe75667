// Package scimtest is a stand-in for a SCIM 2.0 service. It speaks the real wire format,
// differs in every way in which services do, fails on demand and records what it saw. What
// it does unless told otherwise is what a real service does: see reference.
//
// It shares no code with shared/scim, so that a mistake there is not repeated here.
package scimtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// Token is the bearer token that a new stand-in accepts.
	Token = "token"
	// basePath is where the service lives, TokenPath where it gives out tokens.
	basePath  = "/v2"
	TokenPath = "/oauth2/token"
	maxBody   = 1 << 20
)

// Server is a SCIM service. It is an [http.Handler]; [Start] also puts it on a port.
type Server struct {
	// URL is the base address, without a slash at the end; it is a made-up one unless
	// the server came from [Start].
	URL string

	behaviour Behaviour
	http      *http.Server
	life      context.Context
	end       context.CancelFunc

	mu     sync.Mutex // guards what follows, and is held while a request is answered
	tokens issuer
	users  []*record
	made   int

	seen     sync.Mutex // guards what follows
	requests []Request
	queued   []Fault
	decide   func(Request) Fault
}

// New returns a service that holds nobody and does not listen anywhere.
func New(b Behaviour) *Server {
	s := &Server{URL: "http://scim.example.com" + basePath, behaviour: b, tokens: newIssuer()}
	s.life, s.end = context.WithCancel(context.Background())
	s.http = &http.Server{Handler: s}
	return s
}

// Start returns a service that listens on a free loopback port until it is closed.
func Start(b Behaviour) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start stand-in for a SCIM service: %w", err)
	}
	s := New(b)
	s.URL = "http://" + listener.Addr().String() + basePath
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

// TokenURL is the address that gives out tokens.
func (s *Server) TokenURL() string { return strings.TrimSuffix(s.URL, basePath) + TokenPath }

// Next applies the given faults to the next requests, one each. They go before those of
// [Server.Decide]. With a nil fault nothing happens to the request.
func (s *Server) Next(faults ...Fault) {
	s.seen.Lock()
	defer s.seen.Unlock()
	s.queued = append(s.queued, faults...)
}

// Decide has a function choose the fault of each request from now on; nil ends that. Every
// request calls it in its own goroutine.
func (s *Server) Decide(decide func(Request) Fault) {
	s.seen.Lock()
	defer s.seen.Unlock()
	s.decide = decide
}

// ServeHTTP records the request, lets its fault happen, and answers it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, "the body is too long or was cut short", http.StatusBadRequest)
		return
	}
	path, _ := strings.CutPrefix(r.URL.Path, basePath)
	request := Request{Time: time.Now(), Method: r.Method, Path: path, Query: r.URL.RawQuery, Header: r.Header, Body: body}
	number, fault := s.record(request)
	w = &statusWriter{w, func(status int) { s.noteStatus(number, status) }}
	answers := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, request) })
	if fault = s.choose(fault, request); fault != nil {
		fault(w, r, answers)
		return
	}
	answers(w, r)
}

// write answers with a JSON body.
func (s *Server) write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/scim+json")
	if s.behaviour.PlainJSON {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
