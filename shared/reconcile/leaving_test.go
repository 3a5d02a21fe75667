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

// changed is what an event says about a user who has changed just now.
func changed(sub string) directory.Change {
	return directory.Change{ID: "c", Kind: directory.Changed, Origin: directory.CloudTrail, Sub: sub, ObservedAt: time.Now()}
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
		hint := changed(sub)
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

// expire drops changes that were postponed for too long.
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
		hint := changed(sub)
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

// TestReturnBeforeARunsRemoval shows that somebody who left a group, as a run found out,
// and is back before the removal is delivered, stays at the target.
func TestReturnBeforeARunsRemoval(t *testing.T) {
	for _, tt := range []struct {
		name      string
		meanwhile func(w *world, sub string)
		want      reconcile.Outcome
		holds     bool
	}{
		{"still outside", func(*world, string) {}, reconcile.Dropped, false},
		{"back", func(w *world, sub string) { w.join("staff", sub) }, reconcile.Unchanged, true},
		{"back, and changed", func(w *world, sub string) { w.join("staff", sub); rename(w.pool, sub) }, reconcile.Delivered, true},
		{"deleted", func(w *world, sub string) { w.pool.Delete(sub) }, reconcile.Dropped, false},
		{"deleted, and another member has the name", func(w *world, sub string) {
			u, _ := w.pool.User(sub)
			w.pool.Delete(sub)
			w.join("staff", w.pool.Add(u.Username, nil))
		}, reconcile.Dropped, false},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New(cognitotest.Users(20)))
			w.settings.Groups = []string{"staff"}
			w.join("staff", w.subs()...)
			w.sync(reconcile.Request{ID: "first"})
			sub := w.subs()[0]
			w.leave(sub)
			if got, err := w.run(reconcile.Request{ID: "second"}); err != nil || got.Removed != 1 {
				t.Fatalf("%d removed, %v; want 1", got.Removed, err)
			}
			removal := w.queued[0]
			time.Sleep(time.Minute) // the test's own clock
			tt.meanwhile(w, sub)
			got, err := w.deliverer().Deliver(t.Context(), removal)
			if _, holds := w.held[sub]; got != tt.want || err != nil || holds != tt.holds {
				t.Errorf("Deliver = %q, %v, and the target holds the user: %t; want %q and %t", got, err, holds, tt.want, tt.holds)
			}
			if e, _ := w.ledger.Entry(t.Context(), sub); !e.LeavingAt.IsZero() || e.Delivered() != tt.holds {
				t.Errorf("the ledger holds %+v, want nobody leaving, held: %t", e, tt.holds)
			}
		})
	}
	bubble(t, "the groups cannot be read", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(1)))
		w.settings.Groups = []string{"staff"}
		w.strike(failCall("pool.AdminListGroupsForUser"))
		removal := changed(w.subs()[0])
		removal.Kind, removal.Origin, removal.Username = directory.Removed, directory.Sync, "jane"
		if got, err := w.deliverer().Deliver(t.Context(), removal); err == nil {
			t.Errorf("Deliver = %q, want an error: the user may be back", got)
		}
	})
}
