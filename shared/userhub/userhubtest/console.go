package userhubtest

import (
	"context"
	"fmt"
	"time"
)

// EditUser does what happens when an admin edits a connected user in UserHub's
// console: the webhook is told, and its answer is taken over. The edit is applied to
// a copy of the profile.
func (s *Server) EditUser(ctx context.Context, externalID string, edit func(*Profile)) error {
	user, ok := s.User(externalID)
	if !ok {
		return fmt.Errorf("edit user: not connected")
	}
	edit(&user.Profile)
	var result externalUser
	if err := s.call(ctx, "users.update", user.Profile.external(externalID), &result); err != nil {
		return err
	}
	return s.take(result)
}

// CreateUser does what happens when an admin creates a user for the connection in
// UserHub's console. It returns the user's external id.
func (s *Server) CreateUser(ctx context.Context, p Profile) (string, error) {
	var result externalUser
	if err := s.call(ctx, "users.create", p.external(""), &result); err != nil {
		return "", err
	}
	return result.ID, s.take(result)
}

// DeleteUser does what happens when an admin deletes a user in UserHub's console
// together with their record at the provider: the webhook is told, and the user is
// lost once it agrees. A user that the webhook no longer knows is lost, too.
func (s *Server) DeleteUser(ctx context.Context, externalID string) error {
	err := s.call(ctx, "users.delete", map[string]string{"id": externalID}, &struct{}{})
	if err != nil && !isNotFound(err) {
		return err
	}
	s.lose(externalID)
	return nil
}

// SendEvent tells the webhook that a connected user has changed.
func (s *Server) SendEvent(ctx context.Context, externalID string) error {
	user, ok := s.User(externalID)
	if !ok {
		return fmt.Errorf("send event: not connected")
	}
	s.mu.Lock()
	id := fmt.Sprintf("evt_%014d", len(s.calls)+1)
	s.mu.Unlock()
	event := map[string]any{
		"id": id, "time": time.Now().UTC(), "type": "users.changed",
		"usersChanged": map[string]any{"user": user},
	}
	return s.call(ctx, "events.handle", event, &struct{}{})
}
