package reconcile_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestRunQueuesWhatSixHoursTake shows that a run queues no more for a target than it
// takes in six hours, and that the runs that follow bring it the rest. Another target
// waits for none of it.
func TestRunQueuesWhatSixHoursTake(t *testing.T) {
	for _, size := range sizes {
		bubble(t, size.name, func(t *testing.T) {
			f := newFleet(t, cognitotest.New(cognitotest.Users(300), cognitotest.Estimate(size.estimate)), 2)
			f.all[0].settings.MaxBacklog, f.all[1].settings.MaxBacklog = 500, 10
			slow := f.all[1]
			slow.settings.SixHours = 110
			request, seen := reconcile.Request{ID: "run-0"}, 0
			for i := 1; ; i++ {
				got, err := f.run(request)
				if err != nil {
					t.Fatal(err)
				}
				r, all := got.ByTarget["b"], got.ByTarget
				if len(request.Targets) == 1 { // the runs that follow are for b alone
					r, all = got.Result, nil
				}
				if n := len(slow.queued); n != r.New || n > 110 {
					t.Errorf("run %d queued %d changes for the slow target and says %d, want 110 at most", i, n, r.New)
				}
				if seen += r.New; r.Left != 300-seen || r.Known+r.New+r.Left != 300 {
					t.Errorf("run %d: %+v after %d in all, want the rest left", i, r.Counts, seen)
				}
				if all != nil && (all["a"].New != 300 || all["a"].Left != 0 || !f.succeeded(0, request.ID)) {
					t.Errorf("run %d: %+v for the other target, want everybody and a success", i, all["a"].Counts)
				}
				if success := f.succeeded(1, request.ID); success != (r.Left == 0) {
					t.Errorf("run %d: success %t with %d left", i, success, r.Left)
				}
				f.drainAll()
				if r.Left == 0 {
					break
				}
				run := reconcile.Run{Request: request, StartedAt: got.StartedAt}
				next := f.engine().Await(t.Context(), run, *f.followed)
				if diff := cmp.Diff(reconcile.Follow{Ready: []string{"b"}}, next); diff != "" {
					t.Fatalf("run %d: asked once all is delivered: -want +got\n%s", i, diff)
				}
				request = reconcile.Request{ID: fmt.Sprint("run-", i), Targets: next.Ready}
			}
			if f.followed != nil {
				t.Errorf("the last run waits for %v, want nothing", f.followed)
			}
			f.agreeAll("after the last run")
		})
	}
}

// TestNobodyIsRemovedWhileSomethingIsLeft shows that a run that leaves something removes
// nobody, is held by nothing, and that the one that leaves nothing does.
func TestNobodyIsRemovedWhileSomethingIsLeft(t *testing.T) {
	for _, size := range sizes {
		bubble(t, size.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New(cognitotest.Users(300), cognitotest.Estimate(size.estimate)))
			w.settings.MaxBacklog = 500
			w.sync(reconcile.Request{ID: "first"})
			for _, sub := range w.subs()[:60] { // more than the limits allow
				w.pool.Delete(sub)
			}
			for i := range 40 {
				w.pool.Add(fmt.Sprint("newcomer-", i), nil)
			}
			w.settings.SixHours = 32
			got := w.sync(reconcile.Request{ID: "second"})
			if got.Left == 0 || got.New+got.Left != 40 || got.Missing != 60 || got.Removed != 0 || got.Held != "" {
				t.Errorf("%+v, want some left, nobody removed and nothing held", got.Result)
			}
			for i := 0; got.Left > 0; i++ {
				got = w.sync(reconcile.Request{ID: fmt.Sprint("more-", i)})
			}
			if got.Held == "" || got.Removed != 0 {
				t.Errorf("nothing is left: %+v, want the removals held", got.Result)
			}
			w.sync(reconcile.Request{ID: "lifted", AllowRemovals: true})
			w.agree("after the override")
		})
	}
}

// TestDryRunSaysWhatWouldBeLeft shows that a dry run counts as a run does.
func TestDryRunSaysWhatWouldBeLeft(t *testing.T) {
	bubble(t, "dry run", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(100)))
		w.settings.SixHours = 30
		if got := w.sync(reconcile.Request{ID: "first", DryRun: true}); got.New != 30 || got.Left != 70 || w.followed != nil {
			t.Errorf("%+v, and a run follows: %v; want 30 new, 70 left and none", got.Counts, w.followed)
		}
	})
}

// TestOneRunWaitsForATarget shows that of several runs which have left something, one
// waits, and when it gives up or dies, another may.
func TestOneRunWaitsForATarget(t *testing.T) {
	bubble(t, "watch", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(100)))
		w.settings.SixHours = 10
		first := w.sync(reconcile.Request{ID: "first"})
		follow := *w.followed
		if w.sync(reconcile.Request{ID: "second"}); w.followed != nil {
			t.Errorf("a second run waits for %v, want the first alone", w.followed)
		}
		time.Sleep(31 * time.Minute) // the test's own clock: the first has died, it seems
		w.sync(reconcile.Request{ID: "third"})
		if diff := cmp.Diff(&reconcile.Follow{Names: []string{"target"}}, w.followed); diff != "" {
			t.Errorf("the third run waits for: -want +got\n%s", diff)
		}
		run := reconcile.Run{Request: reconcile.Request{ID: "first"}, StartedAt: first.StartedAt}
		if got := w.engine().Await(t.Context(), run, follow); len(got.Names)+len(got.Ready) != 0 {
			t.Errorf("the first run, back from the dead, waits for %+v, want nothing", got)
		}
	})
	bubble(t, "gives up", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(100)))
		w.settings.SixHours = 10
		got, err := w.run(reconcile.Request{ID: "first"})
		if err != nil {
			t.Fatal(err)
		}
		run, follow, asked := reconcile.Run{Request: got.Request, StartedAt: got.StartedAt}, *w.followed, 0
		for ; len(follow.Names) > 0; asked++ {
			time.Sleep(10 * time.Minute) // the test's own clock
			follow = w.engine().Await(t.Context(), run, follow)
		}
		if asked != 120 || len(follow.Ready) != 0 {
			t.Errorf("asked %d times, and starts %v; want 120 times in twenty hours, and nothing", asked, follow.Ready)
		}
		w.drain()
		if w.sync(reconcile.Request{ID: "second"}); w.followed == nil {
			t.Error("no run waits any more")
		}
	})
	bubble(t, "cannot ask", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(100)))
		w.settings.SixHours = 10
		got := w.sync(reconcile.Request{ID: "first"})
		run := reconcile.Run{Request: got.Request, StartedAt: got.StartedAt}
		for _, failing := range []string{"queue.Backlog", "watch.Renew"} {
			w.strike(failCall(failing))
			next := w.engine().Await(t.Context(), run, *w.followed)
			if diff := cmp.Diff(reconcile.Follow{Names: []string{"target"}}, next); diff != "" {
				t.Errorf("%s fails: -want +got\n%s", failing, diff)
			}
		}
	})
}
