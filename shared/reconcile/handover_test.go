package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// invoke makes one step in an invocation of 15 minutes, and fails the test if it does
// not end with time left to give its result back.
func invoke(w *world, do func(context.Context, *reconcile.Engine, reconcile.Lane) (reconcile.Lane, error), lane reconcile.Lane) (reconcile.Lane, error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 15*time.Minute)
	defer cancel()
	lane, err := do(ctx, w.engine(), lane)
	if deadline, _ := ctx.Deadline(); time.Until(deadline) < 5*time.Second {
		w.t.Errorf("the step ended %v before its invocation", time.Until(deadline))
	}
	return carry(w.t, lane), err
}

// TestHandOver shows that a walk that does not fit into one invocation goes on in
// the next, and a sweep too.
func TestHandOver(t *testing.T) {
	bubble(t, "walk", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(60_000), cognitotest.Latency(100*time.Millisecond)))
		w.settings.Rate, w.settings.MaxBacklog = 0.5, 1e6
		run, lanes, err := w.engine().Start(t.Context(), reconcile.Request{ID: "first"})
		if err != nil {
			t.Fatal(err)
		}
		steps := 0
		for lane := lanes[0]; !lane.Done; steps++ {
			if lane, err = invoke(w, walk(run), lane); err != nil {
				t.Fatal(err)
			}
		}
		// 1,000 pages at one in two seconds are 2,000 s, of which 900 fit into a step.
		if steps < 3 || steps > 5 || len(w.queued) != 60_000 {
			t.Errorf("%d steps for %d changes, want 3 to 5 for 60,000", steps, len(w.queued))
		}
	})
	bubble(t, "sweep", func(t *testing.T) {
		const gone = 12_000
		run, w, lane := missing(t, gone)
		steps := 0
		for ; !lane.Done; steps++ {
			var err error
			if lane, err = invoke(w, sweep(run), lane); err != nil {
				t.Fatal(err)
			}
		}
		// At ten absences a second 1,200 s, of which 900 fit into a step.
		if steps != 2 || lane.Shares[0].Counts.Removed != gone || len(w.queued) != gone {
			t.Errorf("%d steps removed %d users with %d changes, want 2 for %d", steps, lane.Shares[0].Counts.Removed, len(w.queued), gone)
		}
	})
}

// TestHandOverOfASlowStep shows that a step that is slowed down beyond what it could
// foresee gives back what it did before, and fails if that is nothing.
func TestHandOverOfASlowStep(t *testing.T) {
	stuck := func(int, string) (error, bool) { return cognitotest.Throttled(), false }
	bubble(t, "walk", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(1000), cognitotest.Estimate(3000)))
		w.settings.Rate = 2.5 // one lane
		run, lanes, err := w.engine().Start(t.Context(), reconcile.Request{ID: "first"})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(5*time.Second, func() { w.strike(stuck) })
		lane, err := invoke(w, walk(run), lanes[0])
		if err != nil || lane.Next == 0 || lane.Done {
			t.Fatalf("walked up to partition %d, %v; want some of 16", lane.Next, err)
		}
		if again, err := invoke(w, walk(run), lane); err == nil {
			t.Errorf("a step that walked nothing, up to partition %d, did not fail", again.Next)
		}
	})
	bubble(t, "sweep", func(t *testing.T) {
		run, w, lane := missing(t, 100)
		time.AfterFunc(5*time.Second, func() { w.strike(stuck) })
		lane, err := invoke(w, sweep(run), lane)
		if err != nil || lane.Shares[0].Counts.Removed == 0 || lane.Done {
			t.Fatalf("removed %d of 100, %v; want some", lane.Shares[0].Counts.Removed, err)
		}
		w.strike(nil)
		lane, err = invoke(w, sweep(run), lane)
		if err != nil || !lane.Done || lane.Shares[0].Counts.Removed != len(w.queued) || lane.Shares[0].Counts.Removed+lane.Shares[0].Counts.Doubtful != 100 {
			t.Errorf("counts %+v for 100 users and %d changes, %v", lane.Shares[0].Counts, len(w.queued), err)
		}
	})
	bubble(t, "sweep that cannot queue", func(t *testing.T) {
		run, w, lane := missing(t, 100)
		down := func(_ int, call string) (error, bool) {
			if call != "queue.SendAll" {
				return nil, false
			}
			return errors.New("down"), false
		}
		time.AfterFunc(5*time.Second, func() { w.strike(down) })
		lane, err := invoke(w, sweep(run), lane)
		if err != nil || lane.Shares[0].Counts.Removed == 0 || lane.Shares[0].Counts.Removed != len(w.queued) || lane.Done {
			t.Fatalf("removed %d of 100 with %d changes, %v; want some", lane.Shares[0].Counts.Removed, len(w.queued), err)
		}
		if again, err := invoke(w, sweep(run), lane); err == nil {
			t.Errorf("a step that swept nothing, %d in all, did not fail", again.Shares[0].Counts.Removed)
		}
	})
}

func walk(run reconcile.Run) func(context.Context, *reconcile.Engine, reconcile.Lane) (reconcile.Lane, error) {
	return func(ctx context.Context, e *reconcile.Engine, l reconcile.Lane) (reconcile.Lane, error) {
		return e.Walk(ctx, run, l)
	}
}

func sweep(run reconcile.Run) func(context.Context, *reconcile.Engine, reconcile.Lane) (reconcile.Lane, error) {
	return func(ctx context.Context, e *reconcile.Engine, l reconcile.Lane) (reconcile.Lane, error) {
		return e.Sweep(ctx, run, l)
	}
}

// missing returns a run that is to sweep so many users who are gone, in one lane.
func missing(t *testing.T, n int) (reconcile.Run, *world, reconcile.Lane) {
	w := newWorld(t, cognitotest.New(cognitotest.Users(1)))
	for i := range n {
		w.ledger.Seed(plan.Entry{Sub: fmt.Sprintf("%08x-0000-4000-8000-000000000000", i), Username: fmt.Sprint("gone-", i), DeliveredAt: time.Now()})
	}
	run, lanes, err := w.engine().Start(t.Context(), reconcile.Request{ID: "second", AllowRemovals: true})
	if err != nil {
		t.Fatal(err)
	}
	lane, err := w.engine().Walk(t.Context(), run, lanes[0])
	if err != nil {
		t.Fatal(err)
	}
	conclusion, err := w.engine().Conclude(run, []reconcile.Lane{lane})
	if err != nil || len(conclusion.Sweep) != 1 {
		t.Fatalf("conclusion %+v, %v; want one lane to sweep", conclusion, err)
	}
	w.queued = nil
	return run, w, conclusion.Sweep[0]
}
