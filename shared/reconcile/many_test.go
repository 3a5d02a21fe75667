package reconcile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// fleets are how many targets there are in a test of many.
var fleets = []int{2, 5}

// disturb gives a run over 300 users everything to do: two new, one changed, two gone.
func (f *fleet) disturb() {
	subs := f.subs()
	f.pool.Edit(subs[7], func(u *directory.User) { u.Attributes["name"] = "New Name" })
	f.pool.Delete(subs[40])
	f.pool.Delete(subs[260])
	f.pool.Add("newcomer", nil)
	f.pool.Add("another", nil)
}

var disturbedCounts = reconcile.Counts{Tally: plan.Tally{Known: 300, Walked: 300, Missing: 2}, New: 2, Changed: 1, Removed: 2}

// inFleets runs a test with pools of 1 and of 16 partitions, and with two and five
// targets that agree with the pool.
func inFleets(t *testing.T, test func(*testing.T, *fleet)) {
	for _, size := range sizes {
		for _, n := range fleets {
			bubble(t, fmt.Sprintf("%d targets, %s", n, size.name), func(t *testing.T) {
				f := newFleet(t, cognitotest.New(cognitotest.Users(300), cognitotest.Estimate(size.estimate)), n)
				for _, w := range f.all {
					w.settings.MaxBacklog = 500
				}
				f.sync(reconcile.Request{ID: "first"})
				f.agreeAll("after the first run")
				test(t, f)
			})
		}
	}
}

// TestOneWalkServesAll shows that a run repairs every target, and asks the pool for no
// more than a run for one: but for the proof of each absence, which each target's
// removal rests on.
func TestOneWalkServesAll(t *testing.T) {
	inFleets(t, func(t *testing.T, f *fleet) {
		calls := func(run func()) map[string]int {
			f.pool.ResetCalls()
			run()
			counts := f.counts()
			counts["AdminGetUser"] = 0
			return counts
		}
		beside := f.beside
		f.beside = nil
		alone := calls(func() { f.sync(reconcile.Request{ID: "alone"}) })
		f.beside = beside
		together := calls(func() { f.sync(reconcile.Request{ID: "together"}) })
		if diff := cmp.Diff(alone, together); diff != "" {
			t.Errorf("calls of the pool: -one target +several\n%s", diff)
		}
		f.disturb()
		got := f.sync(reconcile.Request{ID: "second"})
		f.agreeAll("after the second run")
		for i, w := range f.all {
			if diff := cmp.Diff(reconcile.Result{Counts: disturbedCounts}, got.ByTarget[w.settings.Name]); diff != "" {
				t.Errorf("target %s: -want +got\n%s", w.settings.Name, diff)
			}
			if !f.succeeded(i, "second") {
				t.Errorf("no success is recorded for target %s", w.settings.Name)
			}
		}
		if got.Walked != 300*len(f.all) || got.Removed != 2*len(f.all) || f.followed != nil {
			t.Errorf("walked %d and removed %d in all, and waits for %v", got.Walked, got.Removed, f.followed)
		}
	})
}

// TestTargetWithABacklogSitsOut shows that one target's backlog delays no other, and that
// a run follows for it.
func TestTargetWithABacklogSitsOut(t *testing.T) {
	inFleets(t, func(t *testing.T, f *fleet) {
		busy := f.all[1]
		busy.settings.MaxBacklog = 2
		busy.queued = make([]directory.Change, 3)
		f.disturb()
		got, err := f.run(reconcile.Request{ID: "second"})
		if err != nil {
			t.Fatal(err)
		}
		f.all[0].drain()
		f.all[0].agree("while another target waits")
		if diff := cmp.Diff(reconcile.Result{Waiting: 3}, got.ByTarget["b"]); diff != "" || len(busy.queued) != 3 {
			t.Errorf("the target that waits, with %d changes queued: -want +got\n%s", len(busy.queued), diff)
		}
		if !f.succeeded(0, "second") || f.succeeded(1, "second") {
			t.Error("want the success recorded for a, and not for b")
		}
		if diff := cmp.Diff(&reconcile.Follow{Names: []string{"b"}}, f.followed); diff != "" {
			t.Errorf("what the run waits for: -want +got\n%s", diff)
		}

		run := reconcile.Run{Request: reconcile.Request{ID: "second"}, StartedAt: got.StartedAt}
		if next := f.engine().Await(t.Context(), run, *f.followed); len(next.Ready) > 0 || len(next.Names) != 1 {
			t.Errorf("asked while changes wait: %+v, want b still waited for", next)
		}
		busy.queued = nil
		next := f.engine().Await(t.Context(), run, *f.followed)
		if diff := cmp.Diff(reconcile.Follow{Ready: []string{"b"}}, next); diff != "" {
			t.Errorf("asked once the queue is empty: -want +got\n%s", diff)
		}
		told := len(f.all[0].told)
		f.sync(reconcile.Request{ID: "third", Targets: next.Ready})
		busy.agree("after the run that followed")
		if len(f.all[0].told) != told || f.succeeded(0, "third") {
			t.Error("the run that followed was also for a")
		}
	})
}

// TestNobodyTakesPart shows that a run does not start for nobody, and says why for each.
func TestNobodyTakesPart(t *testing.T) {
	inFleets(t, func(t *testing.T, f *fleet) {
		for _, w := range f.all {
			w.settings.MaxBacklog = 1
			w.queued = make([]directory.Change, 2)
		}
		_, err := f.run(reconcile.Request{ID: "second"})
		const want = "a: 2 changes still wait to be delivered, more than 1; b: 2 changes"
		if !errors.Is(err, reconcile.ErrNotStarted) || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want ErrNotStarted with %q", err, want)
		}
	})
}

// TestTargetThatFailsIsOut makes one target's ledger or queue fail from some call on. It
// is out and named, and removes nobody; the others are served as if it were not there,
// without another call of the pool; and the next run repairs it.
func TestTargetThatFailsIsOut(t *testing.T) {
	for _, failing := range []string{
		"queue.Backlog", "ledger.Entries", "queue.SendAll", "ledger.MarkAbsent", "ledger.Candidates", "ledger.MarkLeaving", "ledger.RecordSuccess",
	} {
		t.Run(failing, func(t *testing.T) {
			inFleets(t, func(t *testing.T, f *fleet) {
				f.disturb()
				bad := f.all[1]
				f.pool.ResetCalls()
				bad.strike(failCall(failing))
				got, err := f.run(reconcile.Request{ID: "second"})
				if err != nil {
					t.Fatalf("the run fails: %v", err)
				}
				pages := f.pool.Calls("ListUsers")
				bad.strike(nil)
				for i, w := range f.all {
					if w == bad {
						continue
					}
					w.drain()
					w.agree("beside one that failed")
					if r := got.ByTarget[w.settings.Name]; r.Out != "" || !f.succeeded(i, "second") {
						t.Errorf("target %s: %+v, want a success", w.settings.Name, r)
					}
				}
				if r := got.ByTarget["b"]; r.Out == "" || r.Removed != 0 && failing != "ledger.RecordSuccess" || f.succeeded(1, "second") {
					t.Errorf("target b: %+v, want it out, with nobody removed", r) // the success is recorded last
				}
				if !strings.HasPrefix(got.Out, "b: ") {
					t.Errorf("out = %q, want it to name b", got.Out)
				}
				f.drainAll()
				f.pool.ResetCalls()
				if _, err := f.run(reconcile.Request{ID: "third"}); err != nil {
					t.Fatal(err)
				}
				want := f.pool.Calls("ListUsers")
				f.drainAll()
				f.agreeAll("after the next run")
				if pages != want {
					t.Errorf("%d calls of ListUsers while a target failed, %d otherwise: want as many", pages, want)
				}
			})
		})
	}
}

// TestTargetThatFailsHalfSwept shows that where one target's sweep breaks off is nothing
// to the next one's.
func TestTargetThatFailsHalfSwept(t *testing.T) {
	inFleets(t, func(t *testing.T, f *fleet) {
		for _, sub := range f.subs()[40:60] {
			f.pool.Delete(sub)
		}
		run, lanes, err := f.engine().Start(t.Context(), reconcile.Request{ID: "second"})
		if err != nil {
			t.Fatal(err)
		}
		lanes, err = f.lanes(lanes, walk(run))
		if err != nil {
			t.Fatal(err)
		}
		conclusion, err := f.engine().Conclude(run, lanes)
		if err != nil {
			t.Fatal(err)
		}
		noted := 0
		f.strike(func(_ int, call string) (error, bool) { // target a, which is swept first
			if call == "ledger.MarkLeaving" {
				noted++
			}
			if call == "ledger.MarkLeaving" && noted > 1 {
				return errors.New("down"), false
			}
			return nil, false
		})
		swept, err := f.lanes(conclusion.Sweep, sweep(run))
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.engine().Finish(t.Context(), run, conclusion, swept)
		if err != nil {
			t.Fatal(err)
		}
		if r := got.ByTarget["a"]; r.Out == "" || r.Removed != 1 {
			t.Errorf("target a: %+v, want it out after one removal", r)
		}
		for _, w := range f.beside {
			if r := got.ByTarget[w.settings.Name]; r.Removed != 20 {
				t.Errorf("target %s: %d removed, want 20", w.settings.Name, r.Removed)
			}
			w.drain()
			w.agree("beside one that failed")
		}
	})
}

// TestAllTargetsFail shows that what fails for everybody is tried again, as with one
// target.
func TestAllTargetsFail(t *testing.T) {
	for _, failing := range []string{"queue.Backlog", "ledger.Entries", "queue.SendAll"} {
		t.Run(failing, func(t *testing.T) {
			inFleets(t, func(t *testing.T, f *fleet) {
				f.disturb()
				for _, w := range f.all {
					left := 2 // of one try
					w.strike(func(_ int, call string) (error, bool) {
						if call != failing || left == 0 {
							return nil, false
						}
						left--
						return errors.New("down"), false
					})
				}
				if _, err := f.run(reconcile.Request{ID: "second"}); err == nil || !strings.Contains(err.Error(), "down") {
					t.Errorf("error = %v, want the failure", err)
				}
				for _, w := range f.all {
					w.strike(nil)
				}
				time.Sleep(time.Hour) // the test's own clock
				f.drainAll()
				f.sync(reconcile.Request{ID: "third"})
				f.agreeAll("after the next run")
			})
		})
	}
}

// TestHangingTargetIsOut shows that a target whose ledger does not answer is given up
// while others wait.
func TestHangingTargetIsOut(t *testing.T) {
	for _, failing := range []string{"ledger.Entries", "queue.SendAll"} {
		bubble(t, failing, func(t *testing.T) {
			f := newFleet(t, cognitotest.New(cognitotest.Users(100)), 2)
			f.all[1].hang = failing
			got, err := f.run(reconcile.Request{ID: "first"})
			if err != nil || got.ByTarget["b"].Out == "" || got.Seconds > 150 {
				t.Errorf("%v after %v s, %+v; want b given up", err, got.Seconds, got.ByTarget["b"])
			}
			f.all[0].drain()
			f.all[0].agree("beside one that hangs")
		})
	}
}

// TestRemovalsHeldForOne shows that one target's held removals hold back nothing of
// another's.
func TestRemovalsHeldForOne(t *testing.T) {
	inFleets(t, func(t *testing.T, f *fleet) {
		f.disturb()
		f.all[1].settings.Limits = plan.Limits{Percent: 100, Count: 1}
		got := f.sync(reconcile.Request{ID: "second"})
		const held = "removals held: 2 of 300 users (0.7 %) exceed the limit of 1 users"
		if got.Held != "b: "+held || got.ByTarget["b"].Held != held {
			t.Errorf("held = %q, want b named with n of m", got.Held)
		}
		for i, w := range f.all {
			want := disturbedCounts
			if i == 1 {
				want.Removed = 0
			} else {
				w.agree("beside one that is held")
			}
			if diff := cmp.Diff(want, got.ByTarget[w.settings.Name].Counts); diff != "" || f.succeeded(i, "second") != (i != 1) {
				t.Errorf("target %s: -want +got\n%s", w.settings.Name, diff)
			}
		}
		f.sync(reconcile.Request{ID: "third", AllowRemovals: true, Targets: []string{"b"}})
		f.agreeAll("after the override for one")
	})
}

// TestMostRefusedOfOne shows that a target that refuses most users is named, and that
// the run is a success for the others.
func TestMostRefusedOfOne(t *testing.T) {
	for _, n := range fleets {
		bubble(t, fmt.Sprint(n, " targets"), func(t *testing.T) {
			f := newFleet(t, cognitotest.New(cognitotest.Users(40)), n)
			for _, sub := range f.subs()[:30] {
				f.all[1].refuses[sub] = true
			}
			f.sync(reconcile.Request{ID: "first"})
			got := f.sync(reconcile.Request{ID: "second"})
			if want := "b: most users refused: 30 of 40"; got.MostRefused != want {
				t.Errorf("mostRefused = %q, want %q", got.MostRefused, want)
			}
			if !f.succeeded(0, "second") || !f.succeeded(1, "first") {
				t.Error("want the second run a success for a, and none for b")
			}
			told := len(f.all[0].told)
			clear(f.all[1].refuses)
			f.sync(reconcile.Request{ID: "third", RetryRejected: true, Targets: []string{"b"}})
			f.agreeAll("after b has changed its mind")
			if len(f.all[0].told) != told {
				t.Error("a was told of what b had refused")
			}
		})
	}
}

// TestDryRunOfMany shows that a dry run says for each target what a run would do, and
// writes nothing.
func TestDryRunOfMany(t *testing.T) {
	inFleets(t, func(t *testing.T, f *fleet) {
		f.disturb()
		before := 0
		for _, w := range f.all {
			before += w.ledger.Writes()
		}
		got := f.sync(reconcile.Request{ID: "second", DryRun: true})
		writes := -before
		for _, w := range f.all {
			writes += w.ledger.Writes()
			r := got.ByTarget[w.settings.Name]
			want := disturbedCounts
			want.Removed = 0
			if diff := cmp.Diff(want, r.Counts); diff != "" || len(r.Sample) != 5 {
				t.Errorf("target %s, with %d in its sample, want 5: -want +got\n%s", w.settings.Name, len(r.Sample), diff)
			}
		}
		if writes != 0 || f.followed != nil {
			t.Errorf("%d writes, and a run follows: %v; want neither", writes, f.followed)
		}
	})
}

// TestUnknownTarget shows that a run for a target that there is not is refused, with
// those that there are.
func TestUnknownTarget(t *testing.T) {
	bubble(t, "unknown", func(t *testing.T) {
		f := newFleet(t, cognitotest.New(), 2)
		_, _, err := f.engine().Start(t.Context(), reconcile.Request{ID: "r", Targets: []string{"a", "x"}})
		if want := `there is no target "x": want a, b`; !errors.Is(err, reconcile.ErrBadRequest) || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want ErrBadRequest with %s", err, want)
		}
	})
}

// TestTargetTakenAway shows that a target which the settings lose during a run is out.
func TestTargetTakenAway(t *testing.T) {
	bubble(t, "taken away", func(t *testing.T) {
		f := newFleet(t, cognitotest.New(cognitotest.Users(40)), 3)
		run, lanes, err := f.engine().Start(t.Context(), reconcile.Request{ID: "first"})
		if err != nil {
			t.Fatal(err)
		}
		f.beside = f.beside[:1]
		lane, err := f.engine().Walk(t.Context(), run, lanes[0])
		if err != nil {
			t.Fatal(err)
		}
		conclusion, err := f.engine().Conclude(run, []reconcile.Lane{lane})
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.engine().Finish(t.Context(), run, conclusion, nil)
		if err != nil || !strings.Contains(got.ByTarget["c"].Out, "no longer") || got.ByTarget["b"].New != 40 {
			t.Errorf("%+v, %v; want c out, and b served", got.ByTarget, err)
		}
	})
}
