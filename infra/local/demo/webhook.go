package main

import (
	"context"

	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// setUp shows UserHub being given the webhook, and no AWS key.
func setUp(ctx context.Context, s *stage) error {
	s.report.line("the webhook's address and secret are entered in UserHub's console")
	if err := s.UserHub.Setup(ctx); err != nil {
		return err
	}
	s.report.check(len(s.UserHub.Users()) == len(s.users), "UserHub has listed all %d users", len(s.UserHub.Users()))
	return s.checkUserHub(ctx) // nothing has happened that the bus could tell of
}

// newcomer shows that UserHub fetches a user that it is told of.
func newcomer(ctx context.Context, s *stage) error {
	const name = "newcomer@example.com"
	username, err := s.Pool.AddUser(ctx, name, password)
	if err != nil {
		return err
	}
	_, known := s.UserHub.User(username)
	s.report.check(!known, "UserHub does not know the user yet")
	signIns, err := s.signInAll(ctx, []user{{name, username}})
	if err != nil {
		return err
	}
	if err := s.awaitTold(ctx, signIns); err != nil {
		return err
	}
	profile, _ := s.UserHub.User(username)
	s.report.check(profile.Email == name, "UserHub has fetched the user's profile through the webhook")
	return nil
}

// edited shows an edit in UserHub reaching the pool. UserHub is then told of it only
// once, although both the webhook and CloudTrail report the write.
func edited(ctx context.Context, s *stage) error {
	username := s.users[1].username
	if err := s.awaitEmptyQueue(ctx); err != nil {
		return err
	}
	before := len(s.UserHub.Events())
	if err := s.UserHub.EditUser(ctx, username, func(p *userhubtest.Profile) { p.DisplayName = "Edited at UserHub" }); err != nil {
		return err
	}
	name, err := s.unseen.nameOf(ctx, username)
	if err != nil {
		return err
	}
	s.report.check(name == "Edited at UserHub", "the pool holds the new name")
	if err := s.checkAgreement(ctx); err != nil {
		return err
	}
	told := len(s.UserHub.Events()) - before
	s.report.check(told == 1, "webhook and CloudTrail both report it; UserHub got %d call", told)
	return nil
}
