package reconcile_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// down is a target that is away.
func down(_ int, call string) (error, bool) {
	if call == "target.Deliver" {
		return reconcile.ErrUnavailable, false
	}
	return nil, false
}

// announce queues what an event says about users who were deleted, and has it taken up.
func (w *world) announce(subs []string) {
	for _, sub := range subs {
		w.pool.Delete(sub)
		w.queued = append(w.queued, directory.Change{
			ID: directory.NewChangeID(), Kind: directory.Removed, Origin: directory.CloudTrail, Sub: sub, ObservedAt: time.Now(),
		})
	}
	w.drain()
}

// TestAnnouncedRemovalsHoldNoRun shows that people who were deleted while the target is
// away hold no run back, and are removed when it returns; people whom nobody announced
// do hold it.
func TestAnnouncedRemovalsHoldNoRun(t *testing.T) {
	bubble(t, "an outage", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(60)))
		w.settings.MaxBacklog = 1000
		w.sync(reconcile.Request{ID: "first"})
		leaving := w.subs()[:20]
		w.strike(down)
		time.Sleep(time.Minute) // the test's own clock
		w.announce(leaving)
		for hour := range 5 {
			time.Sleep(time.Hour)
			summary, err := w.run(reconcile.Request{ID: fmt.Sprint("run-", hour)})
			if err != nil || summary.Held != "" || summary.Missing != 0 || summary.Removed != 0 {
				t.Fatalf("run %d: %d missing, %d removed, held %q, %v; want a success that misses nobody",
					hour, summary.Missing, summary.Removed, summary.Held, err)
			}
			w.drain()
		}
		if len(w.held) != 60 {
			t.Errorf("the target holds %d users, want all 60 while it is away", len(w.held))
		}
		for _, sub := range w.subs()[:7] {
			w.pool.Delete(sub) // and nobody says so
		}
		summary, err := w.run(reconcile.Request{ID: "missing"})
		if err != nil || summary.Held == "" || summary.Missing != 7 {
			t.Errorf("%d missing, held %q, %v; want 7 who are held", summary.Missing, summary.Held, err)
		}
		w.strike(nil)
		w.drain()
		if len(w.held) != 40 {
			t.Errorf("the target holds %d users after its return, want 40", len(w.held))
		}
		time.Sleep(time.Minute)
		w.sync(reconcile.Request{ID: "last", AllowRemovals: true})
		w.agree("after the last run")
	})
}

// TestLostAnnouncementCountsAgain shows that a removal which was given up on its way is
// missed by the runs after its change would have died.
func TestLostAnnouncementCountsAgain(t *testing.T) {
	bubble(t, "given up", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(60)))
		w.sync(reconcile.Request{ID: "first"})
		w.strike(down)
		w.announce(w.subs()[:1])
		w.strike(nil)
		w.queued = nil                 // in the dead-letter queue
		time.Sleep(4 * 24 * time.Hour) // the test's own clock
		if summary := w.sync(reconcile.Request{ID: "early"}); summary.Missing != 0 {
			t.Errorf("%d missing after four days, want none", summary.Missing)
		}
		time.Sleep(24 * time.Hour)
		if summary := w.sync(reconcile.Request{ID: "late"}); summary.Removed != 1 {
			t.Errorf("%d removed after five days, want 1", summary.Removed)
		}
		w.agree("after five days")
	})
}

// TestReturnEndsLeaving shows that somebody who left a group, and is back before the
// target heard of it, is missed like anybody else from then on.
func TestReturnEndsLeaving(t *testing.T) {
	bubble(t, "back in the group", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(20)))
		w.settings.Groups = []string{"staff"}
		w.join("staff", w.subs()...)
		w.sync(reconcile.Request{ID: "first"})
		sub := w.subs()[0]
		hint := directory.Change{ID: "c", Kind: directory.Changed, Origin: directory.CloudTrail, Sub: sub, ObservedAt: time.Now()}
		w.leave(sub)
		w.strike(down)
		if _, err := w.deliverer().Deliver(t.Context(), hint); err == nil {
			t.Fatal("the target was told though it is away")
		}
		if e, _ := w.ledger.Entry(t.Context(), sub); e.LeavingAt.IsZero() {
			t.Fatal("the ledger does not hold that the user is leaving")
		}
		w.strike(nil)
		w.join("staff", sub)
		time.Sleep(time.Minute) // the test's own clock
		if _, err := w.deliverer().Deliver(t.Context(), hint); err != nil {
			t.Fatal(err)
		}
		if e, _ := w.ledger.Entry(t.Context(), sub); !e.LeavingAt.IsZero() || !e.Delivered() {
			t.Errorf("the ledger holds %+v, want a user who stays", e)
		}
		w.leave(sub)
		if summary := w.sync(reconcile.Request{ID: "second"}); summary.Removed != 1 {
			t.Errorf("%d removed who left unannounced, want 1", summary.Removed)
		}
	})
}
