package reconcile_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestGroupsAreAskedForIfNeeded shows that a user's groups cost a request only if something
// would otherwise be delivered, or the change is about them.
func TestGroupsAreAskedForIfNeeded(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*directory.Change)
		edit   bool // since the target confirmed the user
		leave  bool // the group
		asked  int
		want   reconcile.Outcome
	}{
		{"nothing new", func(*directory.Change) {}, false, false, 0, reconcile.Unchanged},
		{"another state", func(*directory.Change) {}, true, false, 1, reconcile.Delivered},
		{"another state of one who left", func(*directory.Change) {}, true, true, 1, reconcile.Dropped},
		{"an event of a membership", func(c *directory.Change) { c.Group = "beta" }, false, false, 1, reconcile.Unchanged},
		{"an event of one who left", func(c *directory.Change) { c.Group = "beta" }, false, true, 1, reconcile.Dropped},
		{"a second look at one who left", func(c *directory.Change) { c.Again = "held" }, false, true, 1, reconcile.Dropped},
		{"a removal that was none", func(c *directory.Change) { c.Kind = directory.Removed }, false, true, 1, reconcile.Dropped},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			w := newLossy(t)
			w.pool.AddToGroup("beta", w.sub)
			deliverer := reconcile.NewDeliverer(cognito.New(w.pool, cognitotest.ID), w.ledger, reconcile.Guard(w.target), reconcile.Report, []string{"beta"})
			if _, err := deliverer.Deliver(t.Context(), w.hint(directory.Changed)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Hour) // the test's own clock
			if tt.edit {
				w.pool.Edit(w.sub, func(u *directory.User) { u.Enabled = false })
			}
			if tt.leave {
				w.pool.RemoveFromGroup("beta", w.sub)
			}
			before := w.pool.Calls("AdminListGroupsForUser")
			c := w.hint(directory.Changed)
			tt.change(&c)
			got, err := deliverer.Deliver(t.Context(), c)
			if got != tt.want || err != nil {
				t.Errorf("Deliver = %q, %v; want %q", got, err, tt.want)
			}
			if asked := w.pool.Calls("AdminListGroupsForUser") - before; asked != tt.asked {
				t.Errorf("asked for groups %d times, want %d", asked, tt.asked)
			}
		})
	}
}

// TestStatuses shows that a status keeps out who is new to the target, and takes away
// nobody, by changes and by runs.
func TestStatuses(t *testing.T) {
	for _, tt := range []struct {
		status string
		known  bool
		want   reconcile.Outcome
		queued int // by a run
	}{
		{"UNCONFIRMED", false, reconcile.Foreign, 0},
		{"CONFIRMED", false, reconcile.Delivered, 1},
		{"", false, reconcile.Delivered, 1}, // nobody said
		{"UNCONFIRMED", true, reconcile.Delivered, 1},
	} {
		bubble(t, tt.status, func(t *testing.T) {
			w := newLossy(t)
			if tt.known {
				w.deliver(w.hint(directory.Changed))
				time.Sleep(time.Hour)
			}
			w.pool.Edit(w.sub, func(u *directory.User) { u.Status, u.Enabled = tt.status, false })
			reader := cognito.New(w.pool, cognitotest.ID)
			engine := reconcile.NewEngine(reader, w.ledger.Lease(), []reconcile.RunTarget{{
				Name: "a", LedgerName: "a", Ledger: w.ledger, Queue: devnull{}, Fingerprinter: w.target, Policy: plan.Full,
				Limits: plan.Limits{Percent: 100, Count: 1000}, Statuses: []string{"CONFIRMED"},
			}}, reconcile.Settings{Pool: cognitotest.ID, Rate: 10}, slog.New(slog.DiscardHandler))
			run, lanes, err := engine.Start(t.Context(), reconcile.Request{ID: "run"})
			if err != nil {
				t.Fatal(err)
			}
			lane, err := engine.Walk(t.Context(), run, lanes[0])
			if err != nil {
				t.Fatal(err)
			}
			if c := lane.Shares[0].Counts; c.Walked != 1 || c.Missing != 0 || c.New+c.Changed != tt.queued {
				t.Errorf("the run came to %+v, want %d queued of the one who is there", c, tt.queued)
			}
			deliverer := reconcile.NewDeliverer(reader, w.ledger, reconcile.Guard(w.target), reconcile.Report, nil, reconcile.WithStatuses("CONFIRMED"))
			if got, err := deliverer.Deliver(t.Context(), w.hint(directory.Changed)); got != tt.want || err != nil {
				t.Errorf("Deliver = %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// devnull is a queue of which nobody takes anything.
type devnull struct{}

func (devnull) SendAll(context.Context, []directory.Change) error { return nil }

func (devnull) SendAllAfter(context.Context, []directory.Change, time.Duration) error { return nil }

func (devnull) Backlog(context.Context) (int, error) { return 0, nil }
