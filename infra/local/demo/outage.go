package main

import (
	"context"
	"time"

	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

const (
	// slowness is how long the slow UserHub takes to answer.
	slowness = 400 * time.Millisecond
	// triggerLimit is how long Cognito waits for a trigger before it calls it again.
	// A sign-in that waited for a hanging UserHub would take that long.
	triggerLimit = 5 * time.Second
)

// well shows the normal case.
func well(ctx context.Context, s *stage) error {
	return signInAndDeliver(ctx, s)
}

// slow shows that a slow UserHub learns later, and delays no sign-in.
func slow(ctx context.Context, s *stage) error {
	s.UserHub.Always(userhubtest.Delay(slowness))
	return signInAndDeliver(ctx, s)
}

func signInAndDeliver(ctx context.Context, s *stage) error {
	signIns, err := s.signInAll(ctx, s.users)
	if err != nil {
		return err
	}
	if err := s.showWaiting(ctx); err != nil {
		return err
	}
	return s.awaitTold(ctx, signIns)
}

// hanging shows that no sign-in waits for UserHub.
func hanging(ctx context.Context, s *stage) error {
	return signInDuringOutage(ctx, s, userhubtest.Hang(), s.users[:len(s.users)/2])
}

// down shows the same with a UserHub that is out of reach.
func down(ctx context.Context, s *stage) error {
	return signInDuringOutage(ctx, s, userhubtest.Reset(), s.users[len(s.users)/2:])
}

// signInDuringOutage lasts until each sign-in's delivery was tried.
func signInDuringOutage(ctx context.Context, s *stage, fault userhubtest.Fault, users []user) error {
	s.UserHub.Always(fault)
	before := len(s.UserHub.Events())
	signIns, err := s.signInAll(ctx, users)
	if err != nil {
		return err
	}
	if err := s.awaitTried(ctx, signIns); err != nil {
		return err
	}
	told := len(s.UserHub.Events()) - before
	s.report.check(told == 0, "UserHub was told of %d sign-ins", told)
	if err := s.awaitSignInEvents(ctx, len(s.signIns)); err != nil {
		return err
	}
	s.report.check(true, "the event bus, meanwhile, was told of every one")
	return s.showWaiting(ctx)
}

// back shows that what waited is delivered when UserHub returns.
func back(ctx context.Context, s *stage) error {
	s.UserHub.Always(nil)
	returned := time.Now()
	if err := s.awaitTold(ctx, s.signIns[len(s.signIns)-len(s.users):]); err != nil {
		return err
	}
	s.report.duration("caught up after the outage in", time.Since(returned))
	return nil
}
