package main

import (
	"context"
	"slices"
	"time"

	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// followed shows that UserHub follows an administrator without a run: CloudTrail
// reports each call, and EventBridge queues the report.
func followed(ctx context.Context, s *stage) error {
	var username string
	for _, deed := range []struct {
		name string
		do   func() error
		held func(u userhubtest.User, known bool) bool
		kind eventbus.DetailType
	}{
		{"new user known after", func() (err error) {
			username, err = s.console.create(ctx, 900)
			return err
		}, func(_ userhubtest.User, known bool) bool { return known }, eventbus.UserCreated},
		{"new name known after", func() error { return s.console.rename(ctx, username, "Anew") },
			func(u userhubtest.User, _ bool) bool { return u.DisplayName == "Anew" }, eventbus.UserUpdated},
		{"user disabled after", func() error { return s.console.disable(ctx, username) },
			func(u userhubtest.User, _ bool) bool { return u.Disabled }, eventbus.UserDisabled},
		{"deleted user gone after", func() error { return s.console.remove(ctx, username) },
			func(u userhubtest.User, _ bool) bool { return !u.DeleteTime.IsZero() }, eventbus.UserDeleted},
	} {
		start := time.Now()
		if err := deed.do(); err != nil {
			return err
		}
		if err := s.Await(ctx, func() bool { return deed.held(s.UserHub.User(username)) }); err != nil {
			return err
		}
		told := time.Since(start)
		at, err := s.awaitEvent(ctx, deed.kind, username)
		if err != nil {
			return err
		}
		s.report.line("%-32s %8s; on the bus %8s", deed.name, brief(told), brief(at.Sub(start)))
	}
	return s.checkAgreement(ctx)
}

// grouped shows that UserHub is told of a change of groups too: it may show more of a
// user than poolsync sends.
func grouped(ctx context.Context, s *stage) error {
	username := s.users[0].username
	before := len(s.UserHub.Events())
	if err := s.console.group(ctx, username, "editors"); err != nil {
		return err
	}
	if err := s.Await(ctx, func() bool {
		return slices.ContainsFunc(s.UserHub.Events()[before:], func(e userhubtest.Request) bool { return e.ExternalID == username })
	}); err != nil {
		return err
	}
	s.report.check(true, "UserHub was told that the user changed")
	return nil
}
