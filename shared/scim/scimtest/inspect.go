package scimtest

import (
	"encoding/json"
	"fmt"
)

// User is a user as the service holds one.
type User struct {
	ID, UserName, ExternalID string
	Active                   bool
	// Content is all that the service was told.
	Content map[string]any
}

// Users returns everybody whom the service holds, in the order in which they came.
func (s *Server) Users() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []User
	for _, u := range s.users {
		active, said := get(u.content, "active").(bool)
		all = append(all, User{u.id, u.text("userName"), u.text("externalId"), active || !said, deepCopy(u.content).(object)})
	}
	return all
}

// Add has the service hold a user as somebody else would have created them, by a JSON
// object, and returns the identifier. It panics if the JSON is malformed.
func (s *Server) Add(user string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &record{madeAt: -s.behaviour.LateIndex}
	if err := json.Unmarshal([]byte(user), &u.content); err != nil {
		panic(err)
	}
	s.made++
	u.id = fmt.Sprintf("u-%d", s.made)
	s.users = append(s.users, u)
	return u.id
}

// Edit changes a user behind everybody's back. It does nothing if there is none.
func (s *Server) Edit(id string, edit func(content map[string]any)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.find(id); u != nil {
		edit(u.content)
		u.version++
	}
}

// Drop deletes a user behind everybody's back.
func (s *Server) Drop(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.find(id); u != nil {
		s.drop(u)
	}
}
