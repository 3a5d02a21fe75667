package userhubtest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// apiError is an error in the API's own form.
type apiError struct {
	status  int
	Code    string `json:"code"`
	Message string `json:"message"`
	Reason  string `json:"reason,omitempty"`
	Param   string `json:"param,omitempty"`
}

func invalidArgument(param, message string) *apiError {
	return &apiError{status: http.StatusBadRequest, Code: "INVALID_ARGUMENT", Message: message, Param: param}
}

func notFound(param string) *apiError {
	return &apiError{status: http.StatusNotFound, Code: "NOT_FOUND", Message: "no such thing", Param: param}
}

func refuse(w http.ResponseWriter, e *apiError) {
	body, _ := json.Marshal(e) // strings only: never fails
	reply(w, e.status, body)
}

func reply(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}

// serveAdmin answers a request as the Admin API does. It accepts a missing version
// header, a missing Content-Type and an empty body.
func (s *Server) serveAdmin(w http.ResponseWriter, r *http.Request, q Request) {
	body, err := s.answer(r.Context(), q)
	if err != nil {
		refuse(w, err)
		return
	}
	reply(w, http.StatusOK, body)
}

// answer carries a request out and returns what to say. Requests that ask the
// connection's webhook first do so without the lock.
func (s *Server) answer(ctx context.Context, q Request) ([]byte, *apiError) {
	if !s.authorized(q) {
		return nil, &apiError{status: http.StatusUnauthorized, Code: "UNAUTHENTICATED", Message: "not a valid key"}
	}
	q, err := s.consult(ctx, q)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()

	answer, err := s.dispatch(q)
	if err != nil {
		return nil, err
	}
	body, _ := json.Marshal(answer) // plain data: never fails
	s.requests[q.number].Done = true
	return body, nil
}

func (s *Server) authorized(q Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return q.Header.Get("Authorization") == "Bearer "+s.key
}

// dispatch finds the endpoint. Only event and import accept the identifier in its
// form externalId@connectionId: for the others that is not documented, so nothing may
// rely on it.
func (s *Server) dispatch(q Request) (any, *apiError) {
	rest, ok := strings.CutPrefix(q.Path, usersPath)
	inCollection := rest == ""
	if !ok || !inCollection && (q.User == "" || strings.LastIndexByte(rest, '/') != 0) {
		return nil, notFound("")
	}
	switch q.Method + " " + q.Action {
	case "POST event":
		return s.reportEvent(q)
	case "POST import":
		return s.importAccount(q)
	case "GET ":
		if inCollection {
			return s.list(q)
		}
		return s.existing(q, (*Server).get)
	case "POST ":
		if inCollection {
			return s.create(q)
		}
	case "PATCH ":
		return s.update(q)
	case "DELETE ":
		return s.existing(q, (*Server).remove)
	case "POST undelete":
		return s.existing(q, (*Server).undelete)
	case "POST connect":
		return s.existing(q, (*Server).connect)
	case "POST disconnect":
		return s.existing(q, (*Server).disconnect)
	}
	return nil, &apiError{status: http.StatusNotImplemented, Code: "UNIMPLEMENTED", Message: "the stand-in has no such method"}
}

// existing calls an endpoint with the user that the path names.
func (s *Server) existing(q Request, endpoint func(*Server, Request, *User) (any, *apiError)) (any, *apiError) {
	user := s.users.byID[q.User]
	if user == nil {
		return nil, &apiError{status: http.StatusNotFound, Code: "NOT_FOUND", Message: "no such user", Reason: "USER_NOT_FOUND", Param: "userId"}
	}
	return endpoint(s, q, user)
}

// decode reads a body; an empty one is an empty object.
func decode(body []byte, into any) *apiError {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return invalidArgument("", "the body is not the expected JSON object")
	}
	return nil
}

func (s *Server) create(q Request) (any, *apiError) {
	var p Profile
	if err := decode(q.Body, &p); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	if p.UniqueID != "" && s.users.byUniqueID(p.UniqueID) != nil {
		return nil, &apiError{status: http.StatusConflict, Code: "ALREADY_EXISTS", Message: "the unique id is taken", Param: "uniqueId"}
	}
	return s.users.add(p), nil
}

func (s *Server) get(_ Request, user *User) (any, *apiError) { return user, nil }

// update changes the members that are present, and with allowMissing creates the
// user whose unique id the path holds.
func (s *Server) update(q Request) (any, *apiError) {
	if s.users.byID[q.User] != nil || q.Query.Get("allowMissing") != "true" {
		return s.existing(q, (*Server).patch)
	}
	if user := s.users.byUniqueID(q.User); user != nil {
		return s.patch(q, user)
	}
	p := Profile{UniqueID: q.User}
	if err := decode(q.Body, &p); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	return s.users.add(p), nil
}

func (s *Server) patch(q Request, user *User) (any, *apiError) {
	p := user.Profile
	if p.Address != nil {
		address := *p.Address
		p.Address = &address
	}
	if err := decode(q.Body, &p); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	user.set(p)
	return user, nil
}

// remove marks the user for deletion.
func (s *Server) remove(_ Request, user *User) (any, *apiError) {
	user.State, user.DeleteTime = pendingDeletion, time.Now().UTC()
	return user, nil
}

func (s *Server) undelete(_ Request, user *User) (any, *apiError) {
	user.State, user.DeleteTime = active, time.Time{}
	user.set(user.Profile)
	return user, nil
}
