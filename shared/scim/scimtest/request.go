package scimtest

import (
	"net/http"
	"slices"
	"time"
)

// Request is one request as the stand-in saw it.
type Request struct {
	Time         time.Time
	Method, Path string // the path below the base address, without the query
	Query        string
	Header       http.Header
	Body         []byte
	Status       int // what was answered, 0 if nothing was
}

// record notes a request and returns its number, and the fault that waits for it.
func (s *Server) record(request Request) (int, Fault) {
	s.seen.Lock()
	defer s.seen.Unlock()
	s.requests = append(s.requests, request)
	number := len(s.requests) - 1
	if len(s.queued) == 0 {
		return number, nil
	}
	fault := s.queued[0]
	s.queued = s.queued[1:]
	if fault == nil {
		fault = func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }
	}
	return number, fault
}

func (s *Server) choose(queued Fault, request Request) Fault {
	s.seen.Lock()
	decide := s.decide
	s.seen.Unlock() // decide may ask the server
	if queued != nil || decide == nil {
		return queued
	}
	return decide(request)
}

func (s *Server) noteStatus(number, status int) {
	s.seen.Lock()
	defer s.seen.Unlock()
	s.requests[number].Status = status
}

// Requests returns what the stand-in saw so far, in order of arrival.
func (s *Server) Requests() []Request {
	s.seen.Lock()
	defer s.seen.Unlock()
	return slices.Clone(s.requests)
}

// count is how many requests have come.
func (s *Server) count() int {
	s.seen.Lock()
	defer s.seen.Unlock()
	return len(s.requests)
}

// Forget drops the record of requests.
func (s *Server) Forget() {
	s.seen.Lock()
	defer s.seen.Unlock()
	s.requests = nil
}

// statusWriter records the status before the client can learn it.
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
