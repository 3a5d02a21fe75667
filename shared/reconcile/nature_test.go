package reconcile_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/reconcile/reconciletest"
)

// natured is the world's target with another nature.
type natured struct {
	*world
	nature reconcile.Nature
}

func (n natured) Nature() reconcile.Nature { return n.nature }

// TestNature shows what each property of a target costs, and that a target without any
// pays for none. In each row the ledger holds jane as the pool does, for a minute, or
// as she was before she was deleted.
func TestNature(t *testing.T) {
	holds := reconcile.Nature{}
	fetches := reconcile.Nature{Fetches: true}
	named := reconcile.Nature{KnowsNames: true}
	hints := reconcile.Nature{SignIns: reconcile.SignInHints}
	counts := reconcile.Nature{SignIns: reconcile.SignInEvents}
	for _, tt := range []struct {
		name   string
		nature reconcile.Nature
		kind   directory.Kind
		origin directory.Origin
		gone   bool // deleted, and another has her name
		differ bool // the ledger holds another state
		want   reconcile.Outcome
		told   []directory.Kind
		calls  int // of the pool
	}{
		{"an event of a confirmed state", holds, directory.Changed, directory.CloudTrail, false, false, reconcile.Unchanged, nil, 0},
		{"the same to one that fetches", fetches, directory.Changed, directory.CloudTrail, false, false, reconcile.Delivered, []directory.Kind{directory.Changed}, 0},
		{"an event of another state", holds, directory.Changed, directory.CloudTrail, false, true, reconcile.Delivered, []directory.Kind{directory.Changed}, 0},

		{"a removal", holds, directory.Removed, directory.CloudTrail, true, false, reconcile.Dropped, []directory.Kind{directory.Removed}, 0},
		{"the same to one that knows names", named, directory.Removed, directory.CloudTrail, true, false, reconcile.Dropped,
			[]directory.Kind{directory.Removed, directory.Changed}, 1},

		{"a sign-in", holds, directory.SignIn, directory.Trigger, false, false, reconcile.Unchanged, nil, 0},
		{"a sign-in of another state", holds, directory.SignIn, directory.Trigger, false, true, reconcile.Delivered, []directory.Kind{directory.Changed}, 0},
		{"a sign-up", holds, directory.SignUp, directory.Trigger, false, true, reconcile.Delivered, []directory.Kind{directory.Changed}, 0},
		{"a sign-in for a hint", hints, directory.SignIn, directory.Trigger, false, false, reconcile.Unchanged, nil, 0},
		{"a sign-in for a hint, of another state", hints, directory.SignIn, directory.Trigger, false, true, reconcile.Delivered, []directory.Kind{directory.Changed}, 0},
		{"a sign-up for a hint", hints, directory.SignUp, directory.Trigger, false, false, reconcile.Unchanged, nil, 0},
		{"a sign-in for an event", counts, directory.SignIn, directory.Trigger, false, false, reconcile.Delivered, []directory.Kind{directory.SignIn}, 0},
		{"a sign-up for an event", counts, directory.SignUp, directory.Trigger, false, false, reconcile.Delivered, []directory.Kind{directory.SignUp}, 0},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New())
			sub := w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
			u, _ := w.pool.User(sub)
			e := plan.Entry{Sub: sub, Username: "jane", Fingerprint: w.Fingerprint(u), ObservedAt: time.Now(), DeliveredAt: time.Now()}
			if tt.differ {
				e.Fingerprint = directory.NewFingerprint(1, map[string]string{"email": "old@example.com"})
			}
			w.ledger.Seed(e)
			time.Sleep(time.Minute) // the test's own clock
			c := directory.Change{ID: "c", Kind: tt.kind, Origin: tt.origin, Sub: sub, Username: "jane", ObservedAt: time.Now()}
			if tt.gone {
				w.pool.Delete(sub)
				w.pool.Add("jane", nil)
				c.Gone = true
			} else {
				c.User = &u
			}
			d := reconcile.NewDeliverer(w.reader(), books{w}, natured{w, tt.nature}, reconcile.Report, nil)
			if got, err := d.Deliver(t.Context(), c); got != tt.want || err != nil {
				t.Errorf("Deliver = %q, %v; want %q", got, err, tt.want)
			}
			var told []directory.Kind
			for _, d := range w.told {
				told = append(told, d.Kind)
			}
			if diff := cmp.Diff(tt.told, told); diff != "" {
				t.Errorf("the target was told: -want +got\n%s", diff)
			}
			calls := 0
			for _, n := range w.counts() {
				calls += n
			}
			if calls != tt.calls {
				t.Errorf("the pool was asked %v, want %d calls", w.counts(), tt.calls)
			}
		})
	}
}

// hinted is the queue of events.
type hinted struct {
	err   error
	after time.Duration
	hints []directory.Change
}

func (h *hinted) SendAfter(_ context.Context, c directory.Change, after time.Duration) error {
	if h.err == nil {
		h.hints, h.after = append(h.hints, c), after
	}
	return h.err
}

// TestSecondLook shows which event is looked into twice: one of a write so recent that
// the pool may not show it yet, if it shows nothing new.
func TestSecondLook(t *testing.T) {
	at := func(c directory.Change, written time.Duration) directory.Change {
		c.WrittenAt = c.ObservedAt.Add(-written)
		return c
	}
	type change func(directory.Change) directory.Change
	written := func(ago time.Duration) change {
		return func(c directory.Change) directory.Change { return at(c, ago) }
	}
	entry := func(e plan.Entry) plan.Entry { return e }
	for _, tt := range []struct {
		name    string
		nature  reconcile.Nature
		ledger  func(plan.Entry) plan.Entry // from jane's as the pool shows her, of an hour ago
		change  change                      // from an event's, with what was read for it
		outside bool                        // of the groups that the target is limited to
		want    reconcile.Outcome
		again   bool
	}{
		{name: "what the ledger holds", ledger: entry, change: written(5 * time.Second), want: reconcile.Unchanged, again: true},
		{name: "read as late as a second look is", ledger: entry, change: written(reconcile.ListingLag + reconcile.ClockSlack), want: reconcile.Unchanged},
		{name: "known since that late", change: written(5 * time.Second), want: reconcile.Unchanged,
			ledger: func(e plan.Entry) plan.Entry { e.ObservedAt = time.Now().Add(2 * time.Minute); return e }},
		{name: "the second time", ledger: entry, want: reconcile.Unchanged,
			change: func(c directory.Change) directory.Change { c.Again = "held"; return at(c, 5*time.Second) }},
		{name: "another state", want: reconcile.Delivered, change: written(5 * time.Second),
			ledger: func(e plan.Entry) plan.Entry { e.Fingerprint = directory.Fingerprint{1}; return e }},
		{name: "nobody whom the ledger knows", want: reconcile.Delivered, change: written(5 * time.Second),
			ledger: func(plan.Entry) plan.Entry { return plan.Entry{} }},
		{name: "what the target refused", want: reconcile.Refused, change: written(5 * time.Second), again: true,
			ledger: func(e plan.Entry) plan.Entry { e.Rejected = "because"; return e }},
		{name: "one who was leaving", want: reconcile.Unchanged, change: written(5 * time.Second), again: true,
			ledger: func(e plan.Entry) plan.Entry { e.LeavingAt = e.ObservedAt; return e }},
		{name: "no member, and never one", want: reconcile.Foreign, change: written(5 * time.Second), outside: true, again: true,
			ledger: func(plan.Entry) plan.Entry { return plan.Entry{} }},
		{name: "of a run", ledger: entry, want: reconcile.Unchanged,
			change: func(c directory.Change) directory.Change { c.Origin = directory.Sync; return c }},
		{name: "of a provider, who knows", ledger: entry, want: reconcile.Unchanged,
			change: func(c directory.Change) directory.Change { c.Origin = directory.Webhook; return c }},
		{name: "of the target's own doing", ledger: entry, want: reconcile.Unchanged,
			change: func(c directory.Change) directory.Change { c.By = "self"; return at(c, 5*time.Second) }},
		{name: "to a target that is told of every write", nature: reconcile.Nature{Fetches: true}, ledger: entry,
			change: written(5 * time.Second), want: reconcile.Delivered},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New())
			sub := w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
			time.Sleep(time.Hour) // the test's own clock
			u, _ := w.pool.User(sub)
			e := plan.Entry{Sub: sub, Username: "jane", Fingerprint: w.Fingerprint(u), ObservedAt: time.Now().Add(-time.Hour), DeliveredAt: time.Now().Add(-time.Hour)}
			if e = tt.ledger(e); e.Sub != "" {
				w.ledger.Seed(e)
			}
			var groups []string
			if tt.outside {
				groups = []string{"beta"}
				w.pool.AddToGroup("beta")
			}
			c := tt.change(directory.Change{ID: "c", Kind: directory.Changed, Origin: directory.CloudTrail, Sub: sub, Username: "jane", ObservedAt: time.Now(), User: &u, Pool: cognitotest.ID})
			queue := &hinted{}
			d := reconcile.NewDeliverer(w.reader(), books{w}, natured{w, tt.nature}, reconcile.Report, groups,
				reconcile.WithSecondLook("held", queue), reconcile.WithProvider("self"))
			if got, err := d.Deliver(t.Context(), c); got != tt.want || err != nil {
				t.Fatalf("Deliver = %q, %v; want %q", got, err, tt.want)
			}
			if again := len(queue.hints) > 0; again != tt.again {
				t.Fatalf("looked into again: %t, want %t", again, tt.again)
			}
			if !tt.again {
				return
			}
			want := directory.Change{
				Kind: directory.Changed, Origin: directory.CloudTrail, Sub: sub, Username: "jane", Pool: cognitotest.ID,
				ObservedAt: c.WrittenAt, WrittenAt: c.WrittenAt, Again: "held",
			}
			got := queue.hints[0]
			if got.ID == "" || got.ID == c.ID {
				t.Errorf("the hint has the id %q, want one of its own", got.ID)
			}
			got.ID = ""
			if diff := cmp.Diff(want, got); diff != "" || queue.after != reconcile.ListingLag {
				t.Errorf("queued for after %v: -want +got\n%s", queue.after, diff)
			}

			queue.err = errors.New("queue is down")
			if got, err := d.Deliver(t.Context(), c); !errors.Is(err, queue.err) {
				t.Errorf("Deliver = %q, %v; want the change again while the queue is down", got, err)
			}
		})
	}
}

// TestLateListingIsMadeGood lets the pool's listings lag by half a minute behind what an
// event tells of: a target that holds users in full has the new state a minute later.
func TestLateListingIsMadeGood(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*directory.User)
	}{
		{"an attribute", func(u *directory.User) { u.Attributes["name"] = "Jane Doe" }},
		{"disabled", func(u *directory.User) { u.Enabled = false }},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New(cognitotest.Lag(30*time.Second)))
			target, events := reconciletest.NewHolder(), &hinted{}
			sub := w.pool.Add("jane", nil)
			time.Sleep(time.Hour) // the test's own clock
			deliver := func(hint directory.Change) {
				t.Helper()
				e, err := w.ledger.Entry(t.Context(), sub)
				if err != nil {
					t.Fatal(err)
				}
				c, found, err := reconcile.Resolve(t.Context(), w.reader(), hint, e)
				if err != nil || !found {
					t.Fatalf("Resolve: found %t, %v", found, err)
				}
				d := reconcile.NewDeliverer(w.reader(), w.ledger, target, reconcile.Report, nil, reconcile.WithSecondLook("held", events))
				if _, err := d.Deliver(t.Context(), carry(t, c)); err != nil {
					t.Fatal(err)
				}
			}
			event := func() directory.Change {
				return directory.Change{ID: "c", Kind: directory.Changed, Origin: directory.CloudTrail, Sub: sub, ObservedAt: time.Now()}
			}
			deliver(event())
			time.Sleep(time.Hour)
			w.pool.Edit(sub, tt.edit)
			written := event()
			time.Sleep(5 * time.Second)
			deliver(written)
			if len(events.hints) != 1 || len(target.Told()) != 1 {
				t.Fatalf("%d hints and %d deliveries, want one of each", len(events.hints), len(target.Told()))
			}
			time.Sleep(events.after)
			deliver(carry(t, events.hints[0]))
			want, _ := w.pool.User(sub)
			held, err := target.Users()
			if err != nil || target.Fingerprint(held[sub]) != target.Fingerprint(want) {
				t.Errorf("the target holds %+v, %v; want %+v", held[sub], err, want)
			}
			if len(events.hints) != 1 {
				t.Errorf("%d hints, want no third look", len(events.hints))
			}
		})
	}
}
