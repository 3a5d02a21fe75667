package reconcile_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// hasty is a pool that asks for the next page as soon as it may: when it is given
// the CPU to hand a page out, the page after it has been on its way for a second.
type hasty struct {
	*cognito.Pool
	users []directory.User     // one to a page
	asked map[string]time.Time // when a user's page was asked for
}

func (h hasty) Walk(_ context.Context, _ string, page func([]directory.User) error) error {
	h.asked[h.users[0].Sub] = time.Now()
	for i, user := range h.users {
		if i+1 < len(h.users) {
			h.asked[h.users[i+1].Sub] = time.Now()
		}
		time.Sleep(time.Second) // the test's own clock
		if err := page([]directory.User{user}); err != nil {
			return err
		}
	}
	return nil
}

// TestObservedAt shows that a state is dated as it was asked for: later, it could
// overwrite a newer one; earlier, it could be taken for an older one.
func TestObservedAt(t *testing.T) {
	bubble(t, "a page ahead", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(5)))
		pool := hasty{Pool: w.reader(), asked: make(map[string]time.Time)}
		for u := range w.pool.All() {
			pool.users = append(pool.users, u)
		}
		engine := reconcile.NewEngine(pool, w.lease(), []reconcile.RunTarget{w.target()}, w.settings.Settings, slog.New(slog.DiscardHandler))
		run, lanes, err := engine.Start(t.Context(), reconcile.Request{ID: "first"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := engine.Walk(t.Context(), run, lanes[0]); err != nil {
			t.Fatal(err)
		}
		if len(w.queued) != 5 {
			t.Fatalf("queued %d changes, want 5", len(w.queued))
		}
		for i, c := range w.queued {
			if off := c.ObservedAt.Sub(pool.asked[c.Sub]); off != 0 {
				t.Errorf("the user on page %d is dated %v after the page was asked for, want 0", i+1, off)
			}
			if c.User == nil {
				t.Errorf("the change of the user on page %d has no snapshot: they would be read again", i+1)
			}
		}
	})
}
