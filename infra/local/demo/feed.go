package main

import (
	"context"
	"time"

	"github.com/poolsync/poolsync/infra/local/sandbox"
	"github.com/poolsync/poolsync/shared/eventbus"
)

// awaitCopy waits for events that are on their way from the bus to the owner's queue, for
// as long as that can take, and returns about how many users the pool and the copy
// disagree that somebody keeps by these events.
func (s *stage) awaitCopy(ctx context.Context) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, onTheirWay)
	defer cancel()
	for {
		before := len(s.Feed.Events())
		differ, err := s.FeedDisagreements(ctx)
		if err != nil || len(differ) == 0 {
			return len(differ), err
		}
		if err := s.Await(ctx, func() bool { return len(s.Feed.Events()) > before }); err != nil {
			return len(differ), nil // no more came
		}
	}
}

// onTheirWay is how long the emulator may take from the bus to the queue.
const onTheirWay = 10 * time.Second

// awaitEvent waits until the bus has told of a user, and returns when that was.
func (s *stage) awaitEvent(ctx context.Context, kind eventbus.DetailType, username string) (time.Time, error) {
	var at time.Time
	err := s.Await(ctx, func() bool {
		for _, e := range s.Feed.Events() {
			if e.DetailType == kind && e.Detail.Username == username {
				at = time.Now()
				return true
			}
		}
		return false
	})
	return at, err
}

// awaitSignInEvents waits until the bus has told of a number of sign-ins in all.
func (s *stage) awaitSignInEvents(ctx context.Context, n int) error {
	return s.Await(ctx, func() bool { return sandbox.CopyOf(s.Feed.Events()).Kinds[eventbus.UserSignedIn] >= n })
}

// fed shows what the bus has told of in all, and that it missed no sign-in.
func fed(ctx context.Context, s *stage) error {
	if err := s.awaitSignInEvents(ctx, len(s.signIns)); err != nil {
		return err
	}
	copied := sandbox.CopyOf(s.Feed.Events())
	for _, kind := range eventbus.DetailTypes() {
		if n := copied.Kinds[kind]; n > 0 {
			s.report.count(string(kind), n)
		}
	}
	s.report.count("repeated, and recognised by id", copied.Repeats)
	s.report.check(copied.Kinds[eventbus.UserSignedIn] == len(s.signIns),
		"of %d sign-ins, the bus told of %d", len(s.signIns), copied.Kinds[eventbus.UserSignedIn])
	return s.checkAgreement(ctx)
}
