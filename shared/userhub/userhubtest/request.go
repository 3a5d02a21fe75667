package userhubtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Request is one request as the stand-in saw it.
type Request struct {
	// Time is when it had arrived as a whole.
	Time time.Time
	// Method, Path, Header and Body are as they were sent. The path is escaped.
	Method, Path string
	Query        url.Values
	Header       http.Header
	Body         []byte
	// Attempt counts the same request since it last succeeded, from 1.
	Attempt int
	// Status is what was answered, 0 if nothing was.
	Status int
	// Done says whether the request took effect, answered or not.
	Done bool

	// Action is the word after the colon, such as event; empty without one.
	Action string
	// User is the identifier in the path, unescaped; empty for the collection.
	User string
	// ExternalID and Connection are the parts of User in its form
	// externalId@connectionId.
	ExternalID, Connection string
	// Kind and Wait are what an event's body says: SIGNIN, SIGNUP or CHANGED.
	Kind string
	Wait bool

	number int // place in the record
}

// usersPath is where users live. Nothing else is served.
const usersPath = "/admin/v1/users"

// parse takes a request apart. It works on the escaped path, so that an escaped
// slash stays part of an identifier, and splits at the last colon and the last
// at sign: e-mail addresses are legal external ids, and so is x:y.
func parse(r *http.Request, body []byte) Request {
	q := Request{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.Query(), Header: r.Header, Body: body}
	segment, _ := strings.CutPrefix(strings.TrimPrefix(q.Path, usersPath), "/")
	if colon := strings.LastIndexByte(segment, ':'); r.Method == http.MethodPost && colon >= 0 {
		segment, q.Action = segment[:colon], segment[colon+1:]
	}
	q.User, _ = url.PathUnescape(segment)
	if at := strings.LastIndexByte(q.User, '@'); at >= 0 {
		q.ExternalID, q.Connection = q.User[:at], q.User[at+1:]
	}
	if q.Action == "event" {
		var event struct {
			Type string
			Wait bool
		}
		json.Unmarshal(body, &event) // a malformed body is answered later
		if event.Type == "" {
			event.Type = "CHANGED"
		}
		q.Kind, q.Wait = event.Type, event.Wait
	}
	return q
}

// identity is the same for a request and its repetition.
func (q Request) identity() string { return q.Method + " " + q.Path + " " + string(q.Body) }

// Requests returns what the stand-in saw so far, in order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Events returns the event requests that took effect, in order of arrival: what
// this UserHub has been told.
func (s *Server) Events() []Request {
	return slices.DeleteFunc(s.Requests(), func(q Request) bool { return q.Action != "event" || !q.Done })
}
