package reconcile_test

import (
	"context"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestLanesTakeTurns walks all lanes at once at the whole of a quota that counts
// the requests of every second. The steps begin at the same moment, or late by
// whatever their functions take to start; either way nothing is refused.
func TestLanesTakeTurns(t *testing.T) {
	for name, late := range map[string]func(lane int) time.Duration{
		"at the same moment": func(int) time.Duration { return 0 },
		"late":               func(lane int) time.Duration { return time.Duration(lane*lane*37%700) * time.Millisecond },
	} {
		bubble(t, name, func(t *testing.T) {
			const users, quota = 10_000, 30
			pool := cognitotest.New(cognitotest.Users(users), cognitotest.Latency(150*time.Millisecond), cognitotest.ListQuota(quota))
			w := newWorld(t, pool)
			w.settings.Rate = quota
			run, lanes, err := w.engine().Start(t.Context(), reconcile.Request{ID: "first"})
			if err != nil {
				t.Fatal(err)
			}
			pool.ResetCalls()
			pages := make([]int, len(lanes))
			var group errgroup.Group
			for i, lane := range lanes {
				group.Go(func() error {
					time.Sleep(late(i))
					walked, err := step(w, func(ctx context.Context, e *reconcile.Engine) (reconcile.Lane, error) { return e.Walk(ctx, run, lane) })
					pages[i] = (walked.Shares[0].Counts.Walked + 59) / 60
					return err
				})
			}
			if err := group.Wait(); err != nil {
				t.Fatal(err)
			}
			want := 0
			for _, n := range pages {
				want += n
			}
			if calls := pool.Calls("ListUsers"); len(lanes) != 16 || calls != want {
				t.Errorf("%d lanes made %d requests for %d pages, want 16 and as many as pages", len(lanes), calls, want)
			}
		})
	}
}
