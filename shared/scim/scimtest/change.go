package scimtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

func (s *Server) create(w http.ResponseWriter, r Request) error {
	content, err := s.parse(r.Body)
	if err != nil {
		return err
	}
	u := &record{content: content}
	if err := s.admit(u); err != nil {
		return err
	}
	s.made++
	u.id, u.madeAt = fmt.Sprintf("u-%d", s.made), s.count()
	s.users = append(s.users, u)
	if location := s.location(u); !s.behaviour.NoLocation {
		w.Header().Set("Location", location)
	}
	if s.behaviour.NoBody {
		w.WriteHeader(http.StatusCreated)
		return nil
	}
	s.show(w, http.StatusCreated, u)
	return nil
}

func (s *Server) put(w http.ResponseWriter, r Request, u *record) error {
	content, err := s.parse(r.Body)
	if err != nil {
		return err
	}
	return s.change(w, u, content, true)
}

// change gives a user other content, if that is fit for one.
func (s *Server) change(w http.ResponseWriter, u *record, content object, show bool) error {
	after := *u
	after.content = content
	if err := s.admit(&after); err != nil {
		return err
	}
	u.content = after.content
	u.version++
	if show {
		s.show(w, http.StatusOK, u)
		return nil
	}
	s.version(w, u)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) changeStatus(w http.ResponseWriter, r Request) error {
	u := s.find(strings.TrimPrefix(r.Path, "/UserStatusChanger/"))
	var body struct{ Active *bool }
	if u == nil {
		return &refusal{Status: http.StatusNotFound, Detail: "no such user"}
	}
	if json.Unmarshal(r.Body, &body) != nil || body.Active == nil {
		return bad("invalidValue", "active: missing")
	}
	u.content["active"] = *body.Active
	u.version++
	s.show(w, http.StatusOK, u)
	return nil
}
