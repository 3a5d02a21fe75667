package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestScopedBesideUnscoped shows that a target limited to groups gets their members, by
// the walk that serves one which gets everybody; that each group is listed once; and that
// who leaves the groups counts as gone for the first target alone.
func TestScopedBesideUnscoped(t *testing.T) {
	for _, size := range sizes {
		bubble(t, size.name, func(t *testing.T) {
			f := newFleet(t, cognitotest.New(cognitotest.Users(300), cognitotest.Estimate(size.estimate)), 3)
			for _, w := range f.all {
				w.settings.MaxBacklog = 500
			}
			f.scope(1, "staff", "beta")
			f.scope(2, "beta")
			subs := f.subs()
			f.move(true, "staff", subs[:150]...)
			f.move(true, "beta", subs[100:200]...)
			f.move(true, "others", subs[250:]...)
			f.pool.ResetCalls()
			got := f.sync(reconcile.Request{ID: "first"})
			f.agreeAll("after the first run")
			for name, want := range map[string]int{"a": 300, "b": 200, "c": 100} {
				if r := got.ByTarget[name]; r.Walked != want || r.New != want {
					t.Errorf("target %s: walked %d, %d of them new, want %d", name, r.Walked, r.New, want)
				}
			}
			if got, want := f.pool.Calls("ListUsersInGroup"), 3+2; got != want {
				t.Errorf("%d calls of ListUsersInGroup, want %d: a page for each 60 members", got, want)
			}

			f.move(false, "staff", subs[0], subs[120]) // the second is in beta, still
			f.move(false, "beta", subs[199])
			f.move(true, "beta", subs[299])
			f.pool.Delete(subs[110])
			got = f.sync(reconcile.Request{ID: "second"})
			f.agreeAll("after some left")
			want := map[string]reconcile.Counts{
				"a": {Tally: plan.Tally{Known: 300, Walked: 299, Missing: 1}, Removed: 1},
				"b": {Tally: plan.Tally{Known: 200, Walked: 198, Missing: 3}, New: 1, Removed: 3},
				"c": {Tally: plan.Tally{Known: 100, Walked: 99, Missing: 2}, New: 1, Removed: 2},
			}
			for name, counts := range want {
				if diff := cmp.Diff(counts, got.ByTarget[name].Counts); diff != "" {
					t.Errorf("target %s: -want +got\n%s", name, diff)
				}
			}
		})
	}
}

// TestScopesTogether shows that targets which are all limited to groups are served by
// those groups' members, each group listed once, and not by the pool.
func TestScopesTogether(t *testing.T) {
	bubble(t, "by group", func(t *testing.T) {
		f := newFleet(t, cognitotest.New(cognitotest.Users(300), cognitotest.Estimate(1_000_000)), 2)
		f.scope(0, "staff", "beta")
		f.scope(1, "beta", "others")
		subs := f.subs()
		f.move(true, "staff", subs[:50]...)
		f.move(true, "beta", subs[40:90]...)
		f.move(true, "others", subs[80:100]...)
		f.pool.ResetCalls()
		if _, err := f.run(reconcile.Request{ID: "first"}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]int{"ListUsersInGroup": 3}, f.counts()); diff != "" {
			t.Errorf("calls of the pool: -want +got\n%s", diff)
		}
		for i, want := range []int{90, 60} {
			if got := len(f.all[i].queued); got != want {
				t.Errorf("%d changes for target %d, want one for each of %d members", got, i, want)
			}
		}
		f.drainAll()
		f.agreeAll("after the first run")
	})
}

// TestMissingGroup shows that a target whose group is missing sits the run out, named,
// and loses nobody; that the others are served; and that a run for it alone fails.
func TestMissingGroup(t *testing.T) {
	for _, unscoped := range []bool{true, false} {
		for _, size := range sizes {
			bubble(t, fmt.Sprintf("beside an unscoped one: %t, %s", unscoped, size.name), func(t *testing.T) {
				f := newFleet(t, cognitotest.New(cognitotest.Users(300), cognitotest.Estimate(size.estimate)), 3)
				for _, w := range f.all {
					w.settings.MaxBacklog = 500
				}
				if !unscoped {
					f.scope(0, "staff")
				}
				f.scope(1, "staff", "beta")
				f.scope(2, "staff")
				f.move(true, "staff", f.subs()[:100]...)
				f.move(true, "beta", f.subs()[100:150]...)
				f.sync(reconcile.Request{ID: "first"})

				f.all[1].settings.Groups = []string{"beta", "staff", "misspelt"}
				f.move(true, "staff", f.pool.Add("newcomer", nil))
				got := f.sync(reconcile.Request{ID: "second"})
				if out := got.ByTarget["b"].Out; !strings.Contains(out, "group misspelt: ") || !strings.Contains(out, "no such group") || got.Removed != 0 {
					t.Errorf("out = %q and %d removed, want b out because of the group", out, got.Removed)
				}
				f.all[0].agree("beside one whose group is missing")
				f.all[2].agree("beside one whose group is missing")
				if f.succeeded(1, "second") || !f.succeeded(2, "second") {
					t.Error("want the second run a success for c, and not for b")
				}
				if _, err := f.run(reconcile.Request{ID: "alone", Targets: []string{"b"}}); !errors.Is(err, reconcile.ErrNoGroup) {
					t.Errorf("a run for b alone: %v, want ErrNoGroup", err)
				}
				f.all[1].settings.Groups = []string{"beta", "staff"}
				f.sync(reconcile.Request{ID: "third"})
				f.agreeAll("after the group was named as it is")
			})
		}
	}
}

// TestNoPlaceForMembers shows that a run which has to know who is in which group does
// not start without a place to keep it.
func TestNoPlaceForMembers(t *testing.T) {
	bubble(t, "none", func(t *testing.T) {
		f := newFleet(t, cognitotest.New(cognitotest.Users(10)), 2)
		f.scope(1, "staff")
		engine := reconcile.NewEngine(f.reader(), f.lease(), []reconcile.RunTarget{f.all[0].target(), f.all[1].target()},
			f.settings.Settings, slog.New(slog.DiscardHandler))
		if _, _, err := engine.Start(t.Context(), reconcile.Request{ID: "first"}); err == nil {
			t.Error("Start error = nil, want one")
		}
		f.sync(reconcile.Request{ID: "second"}) // the lease is free
	})
}

// TestGroupsPassFifteenMinutes lists groups for which one invocation is too short, and
// shows that each step keeps what it listed and that nobody is lost between two.
func TestGroupsPassFifteenMinutes(t *testing.T) {
	bubble(t, "large groups", func(t *testing.T) {
		f := newFleet(t, cognitotest.New(cognitotest.Users(40_000)), 2)
		f.settings.Rate = 0.3
		f.scope(1, "staff", "beta")
		subs := f.subs()
		f.move(true, "staff", subs[:30_000]...)
		f.move(true, "beta", subs[29_000:32_000]...)
		run, lanes, err := f.engine().Start(t.Context(), reconcile.Request{ID: "first", DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		steps := 0
		for ; len(run.Chains) > 0; steps++ {
			ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
			if run, err = f.engine().Groups(ctx, run); err != nil {
				t.Fatal(err)
			}
			if deadline, _ := ctx.Deadline(); time.Until(deadline) < 5*time.Second {
				t.Errorf("the step ended %v before its invocation", time.Until(deadline))
			}
			cancel()
			run = carry(t, run)
		}
		if steps < 2 || steps > 4 { // 550 pages at one in 3.3 s are 1,830 s
			t.Errorf("%d steps, want 2 to 4", steps)
		}
		members := make(map[string]bool)
		for i := range 16 {
			err := f.memberships.Members(t.Context(), "first", fmt.Sprintf("%x", i), func(m reconcile.Membership) error {
				members[m.Sub] = true
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if adds, _ := f.memberships.Calls(); len(members) != 32_000 || adds > 16*(steps+2) {
			t.Errorf("%d members kept in %d pieces, want 32000 in a few", len(members), adds)
		}
		if len(lanes) != 1 {
			t.Errorf("%d lanes, want 1", len(lanes))
		}
	})
}

// TestListingOfGroupsFails shows that a step that listed something goes on, that one
// which listed nothing fails, and that who was listed before is not lost.
func TestListingOfGroupsFails(t *testing.T) {
	bubble(t, "fails", func(t *testing.T) {
		f := newFleet(t, cognitotest.New(cognitotest.Users(300)), 2)
		f.scope(1, "staff")
		f.move(true, "staff", f.subs()...)
		run, _, err := f.engine().Start(t.Context(), reconcile.Request{ID: "first"})
		if err != nil {
			t.Fatal(err)
		}
		pages := 0
		f.strike(func(_ int, call string) (error, bool) {
			if call == "pool.ListUsersInGroup" {
				pages++
			}
			if pages > 2 {
				return cognitotest.Denied(), false
			}
			return nil, false
		})
		run, err = f.engine().Groups(t.Context(), run)
		if err != nil || len(run.Chains) != 1 || run.Chains[0].Token == "" {
			t.Fatalf("%+v, %v; want the group half listed", run.Chains, err)
		}
		if again, err := f.engine().Groups(t.Context(), run); err == nil {
			t.Errorf("%+v without an error, want the failure", again.Chains)
		}
		f.strike(nil)
		if run, err = f.engine().Groups(t.Context(), run); err != nil || len(run.Chains) != 0 {
			t.Fatalf("%+v, %v; want the group listed", run.Chains, err)
		}
		members := make(map[string]bool)
		if err := f.memberships.Members(t.Context(), "first", "", func(m reconcile.Membership) error {
			members[m.Sub] = true
			return nil
		}); err != nil || len(members) != 300 {
			t.Errorf("%d members, %v; want all 300", len(members), err)
		}
	})
}

// TestUserWhoJoinsDuringTheRun is about a user who joins a group after it was listed: the run
// does not remove them, whatever it believes.
func TestUserWhoJoinsDuringTheRun(t *testing.T) {
	bubble(t, "joins", func(t *testing.T) {
		f := newFleet(t, cognitotest.New(cognitotest.Users(100)), 2)
		f.scope(1, "staff")
		subs := f.subs()
		f.move(true, "staff", subs[:50]...)
		f.sync(reconcile.Request{ID: "first"})
		f.move(false, "staff", subs[3])
		walked := false
		f.strike(func(_ int, call string) (error, bool) {
			if call == "pool.ListUsers" && !walked { // the groups are listed
				walked = true
				f.move(true, "staff", subs[3])
			}
			return nil, false
		})
		got, err := f.run(reconcile.Request{ID: "second"})
		if err != nil {
			t.Fatal(err)
		}
		if r := got.ByTarget["b"]; r.Missing != 1 || r.Present != 1 || r.Removed != 0 {
			t.Errorf("%+v, want the one who is missed found to be there", r.Counts)
		}
		f.drainAll()
		f.agreeAll("after the run")
	})
}
