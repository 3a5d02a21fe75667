package reconcile_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestBlockedUserIsTriedAgain shows that a no which may pass keeps nobody away for good:
// the user comes without anybody's doing, and until then costs few calls.
func TestBlockedUserIsTriedAgain(t *testing.T) {
	bubble(t, "a seat limit for a week", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(20)))
		sub := w.subs()[0]
		w.blocks[sub] = true
		w.sync(reconcile.Request{ID: "first"})
		before := len(w.told)
		for hour := range 7 * 24 {
			time.Sleep(time.Hour) // the test's own clock
			summary := w.sync(reconcile.Request{ID: fmt.Sprint("run-", hour)})
			if got := summary.Blocked + summary.Retried; got != 1 || summary.MostRefused != "" {
				t.Fatalf("run %d counts %d who are blocked, and says %q; want one", hour, got, summary.MostRefused)
			}
		}
		if got, most := len(w.told)-before, 13; got > most {
			t.Errorf("%d calls in a week about one whom the target blocks, want at most %d", got, most)
		}
		delete(w.blocks, sub)
		time.Sleep(24 * time.Hour)
		w.sync(reconcile.Request{ID: "last"})
		w.agree("a day after the limit was raised")
	})
	bubble(t, "for good", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(20)))
		sub := w.subs()[0]
		w.refuses[sub] = true
		w.sync(reconcile.Request{ID: "first"})
		before := len(w.told)
		for hour := range 7 * 24 {
			time.Sleep(time.Hour)
			if summary := w.sync(reconcile.Request{ID: fmt.Sprint("run-", hour)}); summary.Rejected != 1 {
				t.Fatalf("run %d counts %d rejected, want 1", hour, summary.Rejected)
			}
		}
		if got := len(w.told) - before; got != 0 {
			t.Errorf("%d calls about a state that was refused for good, want none", got)
		}
	})
}

// TestBlockedUserIsFreed shows that one whom somebody else's address kept out comes in
// the run in which that one is removed, however long it has been.
func TestBlockedUserIsFreed(t *testing.T) {
	bubble(t, "by a removal", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(20)))
		owner, waiting := w.subs()[0], w.subs()[19]
		w.blocks[waiting] = true
		w.sync(reconcile.Request{ID: "first"})
		for day := range 3 {
			time.Sleep(24 * time.Hour) // the test's own clock
			w.sync(reconcile.Request{ID: fmt.Sprint("day-", day)})
		}
		time.Sleep(time.Hour)
		if summary := w.sync(reconcile.Request{ID: "nothing"}); summary.Blocked != 1 || summary.Retried != 0 {
			t.Fatalf("an hour after the last try: %d blocked and %d tried again, want 1 and 0", summary.Blocked, summary.Retried)
		}
		w.pool.Delete(owner)
		w.fault = func(_ int, call string) (error, bool) {
			if call == "target.Deliver" && w.held[owner].Sub == "" {
				delete(w.blocks, waiting)
			}
			return nil, false
		}
		summary, err := w.run(reconcile.Request{ID: "freeing"})
		if err != nil {
			t.Fatal(err)
		}
		w.drain()
		if summary.Removed != 1 || summary.Retried != 1 || summary.Blocked != 0 {
			t.Errorf("%d removed, %d tried again, %d blocked; want 1, 1 and 0", summary.Removed, summary.Retried, summary.Blocked)
		}
		w.agree("after the run that removed the other")
	})
}

// TestBlockedUserSignsIn shows that a sign-in is reported whatever the target said, and
// that a hint is, once the time for another try has come.
func TestBlockedUserSignsIn(t *testing.T) {
	bubble(t, "live", func(t *testing.T) {
		w := newWorld(t, cognitotest.New())
		sub := w.pool.Add("jane", nil)
		w.blocks[sub] = true
		hint := func(kind directory.Kind, want reconcile.Outcome, calls int) {
			t.Helper()
			before := len(w.told)
			c := directory.Change{ID: "c", Kind: kind, Origin: directory.CloudTrail, Sub: sub, ObservedAt: time.Now()}
			if got, err := w.deliverer().Deliver(t.Context(), c); got != want || err != nil || len(w.told)-before != calls {
				t.Errorf("%s: Deliver = %q, %v after %d calls; want %q, nil after %d", kind, got, err, len(w.told)-before, want, calls)
			}
		}
		hint(directory.Changed, reconcile.Refused, 1)
		time.Sleep(time.Minute) // the test's own clock
		hint(directory.Changed, reconcile.Refused, 0)
		hint(directory.SignIn, reconcile.Refused, 1)
		time.Sleep(time.Hour)
		hint(directory.Changed, reconcile.Refused, 1)
		delete(w.blocks, sub)
		hint(directory.SignIn, reconcile.Delivered, 1)
		if e, _ := w.ledger.Entry(t.Context(), sub); e.Blocked() || !e.Delivered() {
			t.Errorf("the ledger holds %+v, want the confirmation", e)
		}
	})
}

// TestMostRefusedIsNoSuccess shows that a run which finds most users refused says so,
// and does not count.
func TestMostRefusedIsNoSuccess(t *testing.T) {
	for _, tt := range []struct {
		users, rejected, blocked int
		want                     string
	}{
		{20, 0, 0, ""},
		{20, 5, 5, ""},
		{20, 5, 6, "most users refused: 11 of 20"},
		{20, 20, 0, "most users refused: 20 of 20"},
		{5, 5, 0, ""},
		{6, 3, 3, "most users refused: 6 of 6"},
	} {
		bubble(t, fmt.Sprintf("%d and %d of %d", tt.rejected, tt.blocked, tt.users), func(t *testing.T) {
			w := newWorld(t, cognitotest.New(cognitotest.Users(tt.users)))
			for i, sub := range w.subs()[:tt.rejected+tt.blocked] {
				w.refuses[sub], w.blocks[sub] = i < tt.rejected, true
			}
			w.sync(reconcile.Request{ID: "first"})
			time.Sleep(time.Minute) // the test's own clock
			summary := w.sync(reconcile.Request{ID: "second"})
			if summary.MostRefused != tt.want {
				t.Errorf("the run says %q, want %q", summary.MostRefused, tt.want)
			}
			last, _, err := w.ledger.LastSuccess(t.Context())
			if want := map[bool]string{true: "second", false: "first"}[tt.want == ""]; last != want || err != nil {
				t.Errorf("the last success is %q, %v; want %q", last, err, want)
			}
		})
	}
}
