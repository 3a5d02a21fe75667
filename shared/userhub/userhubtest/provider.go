package userhubtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// listSize is how many users the stand-in asks for at a time. UserHub's own figure
// is not documented.
const listSize = 100

// userNotFound is the reason for the state of a user that the webhook no longer
// knows. What UserHub does with such a user is not documented; the stand-in marks the
// user for deletion, and undoes that when the user returns.
const userNotFound = "USER_NOT_FOUND"

// externalUser is a user as the webhook knows them.
type externalUser struct {
	ID                  string `json:"id"`
	DisplayName         string `json:"displayName"`
	Email               string `json:"email"`
	EmailVerified       bool   `json:"emailVerified"`
	PhoneNumber         string `json:"phoneNumber"`
	PhoneNumberVerified bool   `json:"phoneNumberVerified"`
	ImageURL            string `json:"imageUrl"`
	Disabled            bool   `json:"disabled"`
}

// external is the part of a profile that the webhook gets.
func (p Profile) external(id string) externalUser {
	return externalUser{id, p.DisplayName, p.Email, p.EmailVerified, p.PhoneNumber, p.PhoneNumberVerified, p.ImageURL, p.Disabled}
}

// with returns the profile with what the webhook says.
func (p Profile) with(e externalUser) Profile {
	p.DisplayName, p.Email, p.EmailVerified = e.DisplayName, e.Email, e.EmailVerified
	p.PhoneNumber, p.PhoneNumberVerified = e.PhoneNumber, e.PhoneNumberVerified
	p.ImageURL, p.Disabled = e.ImageURL, e.Disabled
	return p
}

// Challenge checks that the webhook works, as UserHub does at set-up and from time
// to time: it must echo the body byte for byte.
func (s *Server) Challenge(ctx context.Context) error {
	body := fmt.Appendf(nil, `{ "challenge": "%d" }`, time.Now().UnixNano())
	answer, err := s.Call(ctx, "challenge", body)
	if err != nil {
		return fmt.Errorf("challenge: %w", err)
	}
	if !bytes.Equal(answer, body) {
		return errors.New("challenge: the answer differs from the request")
	}
	return nil
}

// Setup is what happens when the connection is made: a challenge, then every user
// is imported.
func (s *Server) Setup(ctx context.Context) error {
	if err := s.Challenge(ctx); err != nil {
		return err
	}
	return s.Sync(ctx)
}

// Run does what UserHub does by itself until the context ends: [Server.Setup] at once
// and then every period. It passes failures to report, if that is not nil.
func (s *Server) Run(ctx context.Context, period time.Duration, report func(error)) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		if err := s.Setup(ctx); err != nil && ctx.Err() == nil && report != nil {
			report(err)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// Sync lists every user and takes over what the webhook says, then asks for the
// missing ones one by one.
func (s *Server) Sync(ctx context.Context) error {
	listed, err := s.listAll(ctx)
	if err != nil {
		return err
	}
	for _, user := range s.Users() {
		id := user.externalID(s.connection)
		if id == "" || listed[id] {
			continue
		}
		if err := s.refresh(ctx, id); err != nil && !isNotFound(err) {
			return err
		}
	}
	return nil
}

// listAll takes over every page of users and returns which ones it saw.
func (s *Server) listAll(ctx context.Context) (map[string]bool, error) {
	listed := map[string]bool{}
	tokens := map[string]bool{}
	request := struct {
		PageSize  int    `json:"pageSize"`
		PageToken string `json:"pageToken"`
	}{PageSize: listSize}
	for {
		var page struct {
			Users         []externalUser `json:"users"`
			NextPageToken string         `json:"nextPageToken"`
		}
		if err := s.call(ctx, "users.list", request, &page); err != nil {
			return nil, err
		}
		switch {
		case page.Users == nil:
			return nil, errors.New("list users: users is null or missing")
		case len(page.Users) > listSize:
			return nil, fmt.Errorf("list users: got %d, asked for at most %d", len(page.Users), listSize)
		case tokens[page.NextPageToken]:
			return nil, errors.New("list users: a page token came twice")
		}
		for _, user := range page.Users {
			if err := s.take(user); err != nil {
				return nil, err
			}
			listed[user.ID] = true
		}
		if page.NextPageToken == "" {
			return listed, nil
		}
		tokens[page.NextPageToken] = true
		request.PageToken = page.NextPageToken
	}
}

// refresh asks for one user and takes over what the webhook says. The error says if
// the webhook does not know the user.
func (s *Server) refresh(ctx context.Context, externalID string) error {
	var user externalUser
	err := s.call(ctx, "users.get", map[string]string{"id": externalID}, &user)
	switch {
	case isNotFound(err):
		s.lose(externalID)
		return err
	case err != nil:
		return err
	case user.ID != externalID:
		return errors.New("get user: the answer is about someone else")
	}
	return s.take(user)
}

func isNotFound(err error) bool {
	e, ok := errors.AsType[*CallError](err)
	return ok && e.Code == "NOT_FOUND" && e.Status == http.StatusNotFound
}

// take takes over what the webhook says of a user.
func (s *Server) take(e externalUser) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.ID == "" {
		return errors.New("take over user: the id is missing")
	}
	if err := (Profile{}).with(e).check(); err != nil {
		return fmt.Errorf("take over user: %s: %s", err.Param, err.Message)
	}
	user := s.imported(e.ID)
	if user.StateReason == userNotFound {
		user.State, user.StateReason, user.DeleteTime = active, "", time.Time{}
	}
	user.set(user.Profile.with(e))
	return nil
}

// lose marks a user that the webhook no longer knows.
func (s *Server) lose(externalID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if user := s.users.byAccount[account{s.connection, externalID}]; user != nil {
		user.State, user.StateReason, user.DeleteTime = pendingDeletion, userNotFound, time.Now().UTC()
	}
}

// Wait returns when every event so far has been processed, also those that were
// answered before.
func (s *Server) Wait() { s.background.Wait() }
