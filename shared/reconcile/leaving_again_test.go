package reconcile_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestRunMissesNobodyTwice shows that a removal which a run has queued, under the
// guard, is not missed by the runs after it while the change waits to be taken up.
func TestRunMissesNobodyTwice(t *testing.T) {
	bubble(t, "a queue that nobody reads", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(60)))
		w.sync(reconcile.Request{ID: "first"})
		for hour := range 4 {
			time.Sleep(time.Hour) // the test's own clock
			for _, sub := range w.subs()[:3] {
				w.pool.Delete(sub) // and nobody says so
			}
			summary, err := w.run(reconcile.Request{ID: fmt.Sprint("run-", hour)})
			if err != nil || summary.Held != "" || summary.Missing != 3 || summary.Removed != 3 {
				t.Fatalf("run %d: %d missing, %d removed, held %q, %v; want the 3 who are new",
					hour, summary.Missing, summary.Removed, summary.Held, err)
			}
		}
		if got, want := len(w.queued), 12; got != want {
			t.Errorf("%d removals queued, want each of %d once", got, want)
		}
		w.drain()
		w.agree("once the queue is read")
	})
}

// TestLongOutageHoldsNoRun shows that in an outage which outlasts the changes, those
// who are leaving are missed once a lifetime of a change, and not by every run.
func TestLongOutageHoldsNoRun(t *testing.T) {
	bubble(t, "twelve days", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(60)))
		w.sync(reconcile.Request{ID: "first"})
		w.strike(down)
		time.Sleep(time.Minute) // the test's own clock
		w.announce(w.subs()[:3])
		missed := 0
		for hour := range 12 * 24 {
			time.Sleep(time.Hour)
			summary, err := w.run(reconcile.Request{ID: fmt.Sprint("run-", hour)})
			if err != nil || summary.Held != "" {
				t.Fatalf("run %d: held %q, %v", hour, summary.Held, err)
			}
			missed += summary.Missing
			w.drain()
			w.expire(4 * 24 * time.Hour)
		}
		if want := 2 * 3; missed != want {
			t.Errorf("3 users were missed %d times in twelve days, want %d: after five days and after ten", missed, want)
		}
		w.strike(nil)
		w.drain()
		w.agree("after the outage")
	})
}

// expire drops changes that were put off for too long.
func (w *world) expire(after time.Duration) {
	var young []directory.Change
	for _, c := range w.queued {
		if time.Since(c.ObservedAt) <= after {
			young = append(young, c)
		}
	}
	w.queued = young
}

// TestHangingTargetHoldsNoRun shows that a removal is noted as on its way although the
// target used up all the time that its delivery had.
func TestHangingTargetHoldsNoRun(t *testing.T) {
	bubble(t, "no answer", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(60)))
		w.settings.Groups = []string{"staff"}
		w.join("staff", w.subs()...)
		w.sync(reconcile.Request{ID: "first"})
		sub := w.subs()[0]
		w.leave(sub)
		w.strike(func(_ int, call string) (error, bool) {
			if call != "target.Deliver" {
				return nil, false
			}
			time.Sleep(time.Minute) // the test's own clock
			return reconcile.ErrUnavailable, false
		})
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		hint := directory.Change{ID: "c", Kind: directory.Changed, Origin: directory.CloudTrail, Sub: sub, ObservedAt: time.Now()}
		if _, err := w.deliverer().Deliver(ctx, hint); err == nil {
			t.Fatal("the target answered")
		}
		w.strike(nil)
		summary, err := w.run(reconcile.Request{ID: "second"})
		if err != nil || summary.Missing != 0 {
			t.Errorf("%d missing, %v; want none: the removal is on its way", summary.Missing, err)
		}
	})
}

// TestRedrivenRemovalStaysMissing shows that a change which is older than any may be,
// and fails again, is no word of a removal that is on its way.
func TestRedrivenRemovalStaysMissing(t *testing.T) {
	bubble(t, "after a week", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(60)))
		w.sync(reconcile.Request{ID: "first"})
		w.strike(down)
		w.announce(w.subs()[:1])
		time.Sleep(7 * 24 * time.Hour) // the test's own clock
		w.drain()                      // sent again from the dead-letter queue
		w.queued = nil                 // and back there
		w.strike(nil)
		if summary := w.sync(reconcile.Request{ID: "second"}); summary.Removed != 1 {
			t.Errorf("%d removed, want 1", summary.Removed)
		}
		w.agree("after the run")
	})
}
