package reconcile_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestWhatATargetDidItselfIsNoNewsToIt goes through what a target can have written
// into the pool through us. In each row the ledger holds jane as she was a minute
// ago, enabled; now the target has done something, and the change says so.
func TestWhatATargetDidItselfIsNoNewsToIt(t *testing.T) {
	const self, another = "self", "another"
	disable := func(u *directory.User) { u.Enabled = false }
	rename := func(u *directory.User) { u.Attributes["name"] = "Janet" }
	both := func(u *directory.User) { disable(u); rename(u) }
	type entry int
	const (
		confirmed entry = iota
		unknown
		older   // another state was confirmed
		refused // the present state was
		told    // the target was told of the user after its own write
	)
	tests := []struct {
		name   string
		by     string
		kind   directory.Kind
		origin directory.Origin
		ledger entry
		edit   func(*directory.User)
		delete bool
		leave  bool // the groups that are kept in step
		bare   bool // the change has no snapshot and no proof, as CloudTrail's
		want   reconcile.Outcome
		heard  []directory.Kind
		holds  string // what the ledger then holds of her: her state, nothing new, or the removal
	}{
		{name: "deleted", by: self, kind: directory.Removed, delete: true, want: reconcile.Dropped, holds: "removal"},
		{name: "deleted, as CloudTrail says", by: self, kind: directory.Removed, origin: directory.CloudTrail, delete: true, bare: true, want: reconcile.Dropped, holds: "removal"},
		{name: "deleted, of whom it was never told", by: self, kind: directory.Removed, delete: true, ledger: unknown, want: reconcile.Foreign},
		{name: "deleted, and told of her since, from an old listing", by: self, kind: directory.Removed, delete: true, ledger: told, want: reconcile.Dropped, heard: []directory.Kind{directory.Removed}, holds: "removal"},
		{name: "deleted by another provider", by: another, kind: directory.Removed, delete: true, want: reconcile.Dropped, heard: []directory.Kind{directory.Removed}, holds: "removal"},
		{name: "deleted by the owner", kind: directory.Removed, origin: directory.CloudTrail, delete: true, bare: true, want: reconcile.Dropped, heard: []directory.Kind{directory.Removed}, holds: "removal"},
		{name: "changed, and deleted by somebody else", by: self, kind: directory.Changed, origin: directory.CloudTrail, delete: true, bare: true, want: reconcile.Dropped, heard: []directory.Kind{directory.Removed}, holds: "removal"},
		{name: "a deletion that did not happen, of one who left the groups", by: self, kind: directory.Removed, origin: directory.CloudTrail, leave: true, bare: true, want: reconcile.Dropped, heard: []directory.Kind{directory.Removed}, holds: "removal"},

		{name: "disabled", by: self, kind: directory.Changed, edit: disable, want: reconcile.Unchanged, holds: "state"},
		{name: "disabled, as CloudTrail says", by: self, kind: directory.Changed, origin: directory.CloudTrail, edit: disable, bare: true, want: reconcile.Unchanged, holds: "state"},
		{name: "disabled, as CloudTrail says, and told of her since, from an old listing", by: self, kind: directory.Changed, origin: directory.CloudTrail, ledger: told, edit: disable, bare: true, want: reconcile.Delivered, heard: []directory.Kind{directory.Changed}, holds: "state"},
		{name: "disabled by another provider", by: another, kind: directory.Changed, edit: disable, want: reconcile.Delivered, heard: []directory.Kind{directory.Changed}, holds: "state"},
		{name: "disabled and renamed, of which only its answer is a proof", by: self, kind: directory.Changed, edit: both, want: reconcile.Delivered, heard: []directory.Kind{directory.Changed}, holds: "state"},
		{name: "disabled, whom it holds in an older form", by: self, kind: directory.Changed, ledger: older, edit: disable, want: reconcile.Delivered, heard: []directory.Kind{directory.Changed}, holds: "state"},
		{name: "disabled, of whom it was never told", by: self, kind: directory.Changed, ledger: unknown, edit: disable, want: reconcile.Delivered, heard: []directory.Kind{directory.Changed}, holds: "state"},
		{name: "disabled, whom it had refused", by: self, kind: directory.Changed, ledger: refused, edit: disable, want: reconcile.Delivered, heard: []directory.Kind{directory.Changed}, holds: "state"},
		{name: "disabled, before it was told of her", by: self, kind: directory.Changed, ledger: told, edit: disable, want: reconcile.Outdated},

		{name: "renamed", by: self, kind: directory.Changed, edit: rename, want: reconcile.Delivered, heard: []directory.Kind{directory.Changed}, holds: "state"},
		{name: "renamed, as CloudTrail says", by: self, kind: directory.Changed, origin: directory.CloudTrail, edit: rename, bare: true, want: reconcile.Delivered, heard: []directory.Kind{directory.Changed}, holds: "state"},
		{name: "created", by: self, kind: directory.Changed, ledger: unknown, want: reconcile.Delivered, heard: []directory.Kind{directory.Changed}, holds: "state"},
		{name: "nothing that the ledger does not hold, as CloudTrail says", by: self, kind: directory.Changed, origin: directory.CloudTrail, bare: true, want: reconcile.Unchanged},
		{name: "the same by another provider", by: another, kind: directory.Changed, origin: directory.CloudTrail, bare: true, want: reconcile.Delivered, heard: []directory.Kind{directory.Changed}, holds: "state"},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New())
			sub := w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
			before, _ := w.pool.User(sub)
			e := plan.Entry{Sub: sub, Username: "jane", Fingerprint: w.Fingerprint(before), ObservedAt: time.Now().Add(-time.Minute), DeliveredAt: time.Now().Add(-time.Minute)}
			switch tt.ledger {
			case older:
				e.Fingerprint = directory.NewFingerprint(1, map[string]string{"email": "old@example.com"})
			case refused:
				e.Rejected = "because"
			case told:
				e.ObservedAt = time.Now().Add(time.Second)
			}
			if tt.ledger != unknown {
				w.ledger.Seed(e)
			}
			if tt.leave {
				w.settings.Groups = []string{"beta"}
				w.pool.AddToGroup("beta")
			}
			if tt.edit != nil {
				w.pool.Edit(sub, tt.edit)
			}
			after, _ := w.pool.User(sub)
			if tt.delete {
				w.pool.Delete(sub)
			}
			c := directory.Change{ID: "c", Kind: tt.kind, Origin: tt.origin, Sub: sub, ObservedAt: time.Now(), By: tt.by}
			if c.Origin == "" {
				c.Origin = directory.Webhook
			}
			switch {
			case tt.bare:
			case tt.delete:
				c.Gone = true
			default:
				c.Username, c.User = after.Username, &after
			}
			time.Sleep(time.Second) // on the test's clock

			got, err := w.deliverer(reconcile.WithProvider(self)).Deliver(t.Context(), c)
			if err != nil || got != tt.want {
				t.Errorf("Deliver = %q, %v; want %q", got, err, tt.want)
			}
			var heard []directory.Kind
			for _, d := range w.told {
				heard = append(heard, d.Kind)
			}
			if diff := cmp.Diff(tt.heard, heard); diff != "" {
				t.Errorf("the target was told: -want +got\n%s", diff)
			}
			held, _ := w.ledger.Entry(t.Context(), sub)
			switch tt.holds {
			case "removal":
				if !held.Removed {
					t.Errorf("the ledger holds %+v, want the removal", held)
				}
			case "state":
				if !held.Confirmed(w.Fingerprint(after)) {
					t.Errorf("the ledger holds %+v, want the present state confirmed", held)
				}
			default:
				if w.ledger.Writes() > 0 {
					t.Errorf("%d writes to the ledger, want none", w.ledger.Writes())
				}
			}
		})
	}
}

// The proof that somebody is gone, and who deleted them, say nothing of the next user
// of that name.
func TestTheNamesakeOfADeletedUserIsDelivered(t *testing.T) {
	bubble(t, "namesake", func(t *testing.T) {
		w := newWorld(t, cognitotest.New())
		former := w.pool.Add("jane", nil)
		w.sync(reconcile.Request{ID: "first"})
		w.pool.Delete(former)
		namesake := w.pool.Add("jane", map[string]string{"email": "again@example.com"})
		time.Sleep(time.Second) // on the test's clock
		c := directory.Change{Kind: directory.Removed, Origin: directory.Webhook, Sub: former, ObservedAt: time.Now(), Gone: true, By: "scim"}
		if got, err := w.deliverer().Deliver(t.Context(), c); got != reconcile.Dropped || err != nil {
			t.Fatalf("Deliver = %q, %v; want %q", got, err, reconcile.Dropped)
		}
		u, _ := w.pool.User(namesake)
		if e, _ := w.ledger.Entry(t.Context(), namesake); !e.Confirmed(w.Fingerprint(u)) {
			t.Errorf("the ledger holds %+v of the namesake, want the state confirmed", e)
		}
		if last := w.told[len(w.told)-1]; last.By != "" || last.Gone {
			t.Errorf("the target was told %+v of the namesake", last.Change)
		}
	})
}

// A removal that is told of twice, by its own message and by CloudTrail's event, costs
// one look at the ledger the second time.
func TestASecondWordOfARemovalCostsNothing(t *testing.T) {
	bubble(t, "twice", func(t *testing.T) {
		w := newWorld(t, cognitotest.New())
		sub := w.pool.Add("jane", nil)
		w.sync(reconcile.Request{ID: "first"})
		w.pool.Delete(sub)
		deliver := func(c directory.Change, want reconcile.Outcome) {
			t.Helper()
			c.Kind, c.Sub, c.ObservedAt = directory.Removed, sub, time.Now()
			if got, err := w.deliverer().Deliver(t.Context(), c); got != want || err != nil {
				t.Errorf("Deliver = %q, %v; want %q", got, err, want)
			}
		}
		deliver(directory.Change{Origin: directory.Webhook, Gone: true}, reconcile.Dropped)
		before := w.calls
		deliver(directory.Change{Origin: directory.CloudTrail}, reconcile.Outdated)
		if got := w.calls - before; got != 1 {
			t.Errorf("the second word of it made %d calls, want 1", got)
		}
	})
}

// What a run queues says of which pool it is, so that it is not taken for a change of
// the pool that the stack serves by the time of its delivery.
func TestChangesOfARunNameThePool(t *testing.T) {
	bubble(t, "pool", func(t *testing.T) {
		w := newWorld(t, cognitotest.New())
		w.settings.Pool = cognitotest.ID
		subs := []string{w.pool.Add("jane", nil), w.pool.Add("joe", nil)}
		w.sync(reconcile.Request{ID: "first"})
		w.pool.Delete(subs[0])
		w.pool.Add("jack", nil)
		if _, err := w.run(reconcile.Request{ID: "second"}); err != nil {
			t.Fatal(err)
		}
		kinds := make(map[directory.Kind]int)
		for _, c := range w.queued {
			kinds[c.Kind]++
			if c.Pool != cognitotest.ID {
				t.Errorf("queued %+v, want it to name the pool", c)
			}
		}
		if kinds[directory.Changed] != 1 || kinds[directory.Removed] != 1 {
			t.Errorf("queued %v, want a change and a removal", kinds)
		}
	})
}
