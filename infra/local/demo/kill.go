package main

import (
	"context"
	"sync/atomic"

	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

const (
	batch     = 10 // messages that Lambda hands over at once
	delivered = 4  // of them, when the function is killed
)

// killed shows that a batch is delivered again if its function dies. The queue is
// paused until all have signed in, so that their changes come as one batch.
func killed(ctx context.Context, s *stage) error {
	s.Pause()
	signIns, err := s.signInAll(ctx, s.users[:batch])
	if err != nil {
		return err
	}
	before := len(s.UserHub.Events())
	var requests atomic.Int32
	s.UserHub.Decide(func(userhubtest.Request) userhubtest.Fault {
		if requests.Add(1) > delivered {
			return userhubtest.Hang()
		}
		return nil
	})
	s.Resume()
	if err := s.Await(ctx, func() bool {
		return requests.Load() > delivered && len(s.UserHub.Events())-before == delivered
	}); err != nil {
		return err
	}
	killed := s.Functions.Kill("userhub-deliver")
	s.UserHub.Always(nil)
	s.report.check(killed > 0, "killed after %d of %d deliveries, with the rest under way", delivered, batch)

	if err := s.awaitTold(ctx, signIns); err != nil {
		return err
	}
	s.report.count("delivered more than once", len(s.UserHub.Events())-before-len(signIns))
	return nil
}
