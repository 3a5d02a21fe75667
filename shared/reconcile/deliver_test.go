package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestDeliver goes through the ways of one change. Each row begins with what the
// ledger holds of the user, relative to now, and what became of them in the pool.
func TestDeliver(t *testing.T) {
	const minute = time.Minute
	confirmed := func(w *world, u directory.User, age time.Duration) plan.Entry {
		return plan.Entry{
			Sub: u.Sub, Username: u.Username, Fingerprint: w.Fingerprint(u),
			ObservedAt: time.Now().Add(-age), DeliveredAt: time.Now().Add(-age),
		}
	}
	holds := func(age time.Duration) func(*world, directory.User) plan.Entry {
		return func(w *world, u directory.User) plan.Entry { return confirmed(w, u, age) }
	}
	heldBefore := func(age time.Duration) func(*world, directory.User) plan.Entry {
		return func(w *world, u directory.User) plan.Entry {
			e := confirmed(w, u, age)
			e.Fingerprint = directory.NewFingerprint(1, map[string]string{"email": "old@example.com"})
			return e
		}
	}
	refused := func(age time.Duration) func(*world, directory.User) plan.Entry {
		return func(w *world, u directory.User) plan.Entry {
			e := confirmed(w, u, age)
			e.DeliveredAt, e.Rejected = time.Time{}, "because"
			return e
		}
	}
	refusedBefore := func(age time.Duration) func(*world, directory.User) plan.Entry {
		return func(w *world, u directory.User) plan.Entry {
			e := heldBefore(age)(w, u)
			e.DeliveredAt, e.Rejected = time.Time{}, "because"
			return e
		}
	}
	removed := func(age time.Duration) func(*world, directory.User) plan.Entry {
		return func(_ *world, u directory.User) plan.Entry {
			return plan.Entry{Sub: u.Sub, ObservedAt: time.Now().Add(-age), Removed: true}
		}
	}
	type told struct {
		kind    directory.Kind
		confirm bool
	}
	for _, tt := range []struct {
		name     string
		ledger   func(*world, directory.User) plan.Entry // nil: nothing
		kind     directory.Kind
		origin   directory.Origin
		age      time.Duration // of the change
		snapshot bool
		gone     bool // the user is deleted by now
		hidden   bool // the user exists and is not listed
		keep     bool // removals are not reported
		refuses  bool // the target does
		want     reconcile.Outcome
		wantErr  bool
		told     []told
	}{
		{name: "sign-in of a stranger brings them along", kind: directory.SignIn, origin: directory.Trigger, snapshot: true, want: reconcile.Delivered, told: []told{{directory.SignIn, true}}},
		{name: "sign-in of one who is known needs no confirmation", ledger: holds(minute), kind: directory.SignIn, origin: directory.Trigger, snapshot: true, want: reconcile.Delivered, told: []told{{directory.SignIn, false}}},
		{name: "sign-up always does", ledger: holds(minute), kind: directory.SignUp, origin: directory.Trigger, snapshot: true, want: reconcile.Delivered, told: []told{{directory.SignUp, true}}},
		{name: "an old sign-in is still reported", ledger: heldBefore(minute), kind: directory.SignIn, origin: directory.Trigger, age: 2 * minute, snapshot: true, want: reconcile.Delivered, told: []told{{directory.SignIn, false}}},
		{name: "an old sign-in of one who is gone is not", ledger: removed(minute), kind: directory.SignIn, origin: directory.Trigger, age: 2 * minute, snapshot: true, gone: true, want: reconcile.Outdated},
		{name: "a newer state is sent", ledger: heldBefore(minute), kind: directory.Changed, origin: directory.Sync, snapshot: true, want: reconcile.Delivered, told: []told{{directory.Changed, true}}},
		{name: "an older one is not", ledger: heldBefore(minute), kind: directory.Changed, origin: directory.Sync, age: 2 * minute, snapshot: true, want: reconcile.Outdated},
		{name: "a confirmed one is not", ledger: holds(minute), kind: directory.Changed, origin: directory.Sync, snapshot: true, want: reconcile.Unchanged},
		{name: "an event older than the confirmation is nothing", ledger: holds(minute), kind: directory.Changed, origin: directory.CloudTrail, age: 2 * minute, want: reconcile.Unchanged},
		{name: "a newer event is told in any case", ledger: holds(minute), kind: directory.Changed, origin: directory.CloudTrail, want: reconcile.Delivered, told: []told{{directory.Changed, true}}},
		{name: "a refused state is skipped", ledger: refused(minute), kind: directory.Changed, origin: directory.CloudTrail, want: reconcile.Refused},
		{name: "another state than the refused one is sent", ledger: refusedBefore(minute), kind: directory.Changed, origin: directory.CloudTrail, want: reconcile.Delivered, told: []told{{directory.Changed, true}}},
		{name: "a refused state is sent if a run says so", ledger: refused(minute), kind: directory.Changed, origin: directory.Sync, snapshot: true, want: reconcile.Delivered, told: []told{{directory.Changed, true}}},
		{name: "a refusal is recorded", kind: directory.Changed, origin: directory.CloudTrail, refuses: true, want: reconcile.Refused, told: []told{{directory.Changed, true}}},
		{name: "an event about a stranger", kind: directory.Changed, origin: directory.CloudTrail, gone: true, want: reconcile.Foreign},
		{name: "an event about one who is gone by now", ledger: holds(minute), kind: directory.Changed, origin: directory.CloudTrail, gone: true, want: reconcile.Dropped, told: []told{{directory.Removed, true}}},
		{name: "an event about one who is not listed yet", ledger: holds(minute), kind: directory.Changed, origin: directory.CloudTrail, hidden: true, wantErr: true},
		{name: "a deletion", ledger: holds(minute), kind: directory.Removed, origin: directory.CloudTrail, gone: true, want: reconcile.Dropped, told: []told{{directory.Removed, true}}},
		{name: "a deletion that did not happen is a change", ledger: heldBefore(minute), kind: directory.Removed, origin: directory.CloudTrail, want: reconcile.Delivered, told: []told{{directory.Changed, true}}},
		{name: "a deletion of a stranger", kind: directory.Removed, origin: directory.CloudTrail, gone: true, want: reconcile.Foreign},
		{name: "a removal that a run has proven", ledger: holds(minute), kind: directory.Removed, origin: directory.Sync, gone: true, want: reconcile.Dropped, told: []told{{directory.Removed, true}}},
		{name: "one of a stranger", kind: directory.Removed, origin: directory.Sync, gone: true, want: reconcile.Foreign},
		{name: "one that is outdated", ledger: holds(minute), kind: directory.Removed, origin: directory.Sync, age: 2 * minute, gone: true, want: reconcile.Outdated},
		{name: "one that is not reported", ledger: holds(minute), kind: directory.Removed, origin: directory.Sync, gone: true, keep: true, want: reconcile.Dropped},
		{name: "one that the target never heard of", ledger: refused(minute), kind: directory.Removed, origin: directory.Sync, gone: true, want: reconcile.Dropped},
		{name: "one that the target refuses stays for the next run", ledger: holds(minute), kind: directory.Removed, origin: directory.Sync, gone: true, refuses: true, want: reconcile.Refused, told: []told{{directory.Removed, true}}},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New())
			if tt.keep {
				w.removals = reconcile.Keep
			}
			sub := w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
			u, _ := w.pool.User(sub)
			if tt.ledger != nil {
				w.ledger.Seed(tt.ledger(w, u))
			}
			w.refuses[sub] = tt.refuses
			c := directory.Change{ID: "c", Kind: tt.kind, Origin: tt.origin, Sub: sub, ObservedAt: time.Now().Add(-tt.age)}
			if tt.snapshot {
				c.Username, c.User = u.Username, &u
			}
			if tt.gone {
				w.pool.Delete(sub)
			}
			if tt.hidden {
				w.pool.Hide(sub)
			}
			before, _ := w.ledger.Entry(t.Context(), sub)
			writes := w.ledger.Writes()

			got, err := w.deliverer().Deliver(t.Context(), c)
			if (err != nil) != tt.wantErr || got != tt.want {
				t.Fatalf("Deliver = %q, %v; want %q, an error: %t", got, err, tt.want, tt.wantErr)
			}
			var heard []told
			for _, d := range w.told {
				heard = append(heard, told{d.Kind, d.Confirm})
			}
			if diff := cmp.Diff(tt.told, heard, cmp.AllowUnexported(told{})); diff != "" {
				t.Errorf("the target was told: -want +got\n%s", diff)
			}
			if absent := tt.gone || tt.hidden || tt.kind == directory.Removed; !absent && w.counts()["AdminGetUser"] > 0 {
				t.Error("AdminGetUser made a user billable of whom nothing says that they are gone")
			}
			after, _ := w.ledger.Entry(t.Context(), sub)
			w.checkLedger(got, tt.told != nil && tt.told[0].confirm, tt.age == 0, before, after, w.ledger.Writes()-writes)
		})
	}
}

// checkLedger fails the test if the ledger does not hold what the target's answer
// allows it to.
func (w *world) checkLedger(outcome reconcile.Outcome, confirmed, fresh bool, before, after plan.Entry, writes int) {
	w.t.Helper()
	switch {
	case outcome == reconcile.Dropped:
		if !after.Removed {
			w.t.Errorf("the ledger holds %+v, want the removal", after)
		}
	case outcome == reconcile.Delivered && confirmed && fresh:
		if u, _ := w.pool.User(after.Sub); !after.Confirmed(w.Fingerprint(u)) {
			w.t.Errorf("the ledger holds %+v, want the state confirmed", after)
		}
	case outcome == reconcile.Refused && confirmed:
		if !strings.Contains(after.Rejected, "because") || after.Username != "jane" || after.Delivered() != before.Delivered() {
			w.t.Errorf("the ledger went from %+v to %+v, want the target's reason and whom it holds", before, after)
		}
	case writes > 0:
		w.t.Errorf("the ledger went from %+v to %+v without a new answer", before, after)
	}
}

// TestDeliverInGroups shows that the target hears of the members of the groups alone,
// and that who leaves them is removed.
func TestDeliverInGroups(t *testing.T) {
	for _, tt := range []struct {
		name     string
		member   bool // of the group
		known    bool // from when they were a member
		snapshot bool
		want     reconcile.Outcome
		held     int
	}{
		{name: "a member", member: true, want: reconcile.Delivered, held: 1},
		{name: "a member, with a snapshot", member: true, snapshot: true, want: reconcile.Delivered, held: 1},
		{name: "an outsider", want: reconcile.Foreign},
		{name: "an outsider, with a snapshot", snapshot: true, want: reconcile.Foreign},
		{name: "one who left", known: true, want: reconcile.Dropped},
		{name: "one who left, with a snapshot", known: true, snapshot: true, want: reconcile.Dropped},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New())
			w.settings.Groups = []string{"beta"}
			sub := w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
			w.join("beta", sub)
			if tt.known {
				w.sync(reconcile.Request{ID: "first"})
			}
			if !tt.member {
				w.leave(sub)
			}
			time.Sleep(time.Minute) // the test's own clock
			c := directory.Change{ID: "c", Kind: directory.SignIn, Origin: directory.Trigger, Sub: sub, ObservedAt: time.Now()}
			if tt.snapshot {
				u, _ := w.pool.User(sub)
				c.Username, c.User = u.Username, &u
			}
			if got, err := w.deliverer().Deliver(t.Context(), c); got != tt.want || err != nil {
				t.Errorf("Deliver = %q, %v; want %q, nil", got, err, tt.want)
			}
			if len(w.held) != tt.held {
				t.Errorf("the target holds %d users, want %d", len(w.held), tt.held)
			}
		})
	}
}

// TestDeliverRemovalOfNamesake removes somebody whose user name is another's by now.
// A target that looks for itself finds that one, and so the ledger must know them.
func TestDeliverRemovalOfNamesake(t *testing.T) {
	for _, origin := range []directory.Origin{directory.CloudTrail, directory.Sync} {
		bubble(t, string(origin), func(t *testing.T) {
			w := newWorld(t, cognitotest.New())
			removal := func(sub string) directory.Change {
				return directory.Change{ID: "c", Kind: directory.Removed, Origin: origin, Sub: sub, Username: "jane", ObservedAt: time.Now()}
			}
			deliver := func(c directory.Change, want reconcile.Outcome) {
				t.Helper()
				if got, err := w.deliverer().Deliver(t.Context(), c); got != want || err != nil {
					t.Fatalf("Deliver = %q, %v; want %q, nil", got, err, want)
				}
			}
			former := w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
			deliver(directory.Change{Kind: directory.Changed, Origin: origin, Sub: former, ObservedAt: time.Now()}, reconcile.Delivered)
			w.pool.Delete(former)
			namesake := w.pool.Add("jane", map[string]string{"email": "again@example.com"})

			w.fault = func(_ int, call string) (error, bool) {
				if call == "pool.ListUsers" {
					return cognitotest.Denied(), false
				}
				return nil, false
			}
			if _, err := w.deliverer().Deliver(t.Context(), removal(former)); err == nil {
				t.Error("the removal is done with before the namesake was looked for")
			}
			if e, _ := w.ledger.Entry(t.Context(), former); !e.Delivered() {
				t.Error("the former user is forgotten before the namesake was looked for")
			}
			w.fault = nil
			deliver(removal(former), reconcile.Dropped)
			u, _ := w.pool.User(namesake)
			if e, _ := w.ledger.Entry(t.Context(), namesake); !e.Confirmed(w.Fingerprint(u)) {
				t.Errorf("the ledger holds %+v of the namesake, want the state confirmed", e)
			}
			w.pool.Delete(namesake)
			deliver(removal(namesake), reconcile.Dropped)
			if len(w.held) > 0 {
				t.Errorf("the target holds %v, want nobody", w.held)
			}
		})
	}
}

// TestRemovalUnderANameThatCannotBeLookedFor shows that a user name which Cognito takes
// in no filter keeps nobody at the target: who has it by now is found by the next run.
func TestRemovalUnderANameThatCannotBeLookedFor(t *testing.T) {
	bubble(t, "refused filter", func(t *testing.T) {
		w := newWorld(t, cognitotest.New())
		sub := w.pool.Add("odd", nil)
		w.sync(reconcile.Request{ID: "first"})
		w.pool.Delete(sub)
		w.pool.Add("odd", nil)
		w.fault = func(_ int, call string) (error, bool) {
			if call == "pool.ListUsers" {
				return cognitotest.Answer("InvalidParameterException", 400), false
			}
			return nil, false
		}
		time.Sleep(time.Minute) // the test's own clock
		removal := directory.Change{ID: "c", Kind: directory.Removed, Origin: directory.CloudTrail, Sub: sub, Username: "odd", ObservedAt: time.Now(), Gone: true}
		if got, err := w.deliverer().Deliver(t.Context(), removal); got != reconcile.Dropped || err != nil {
			t.Errorf("Deliver = %q, %v; want %q, nil", got, err, reconcile.Dropped)
		}
		w.sync(reconcile.Request{ID: "second"})
		w.agree("after the next run")
	})
}

// TestDeliverFails shows that nothing is recorded unless the target answered.
func TestDeliverFails(t *testing.T) {
	for _, cause := range []error{reconcile.ErrUnavailable, reconcile.ErrThrottled, reconcile.ErrUnauthorized, context.DeadlineExceeded} {
		bubble(t, cause.Error(), func(t *testing.T) {
			w := newWorld(t, cognitotest.New())
			sub := w.pool.Add("jane", nil)
			w.fault = func(_ int, call string) (error, bool) {
				if call == "target.Deliver" {
					return cause, false
				}
				return nil, false
			}
			_, err := w.deliverer().Deliver(t.Context(), directory.Change{Kind: directory.Changed, Sub: sub, Origin: directory.CloudTrail, ObservedAt: time.Now()})
			if !errors.Is(err, cause) {
				t.Errorf("Deliver error = %v, want %v", err, cause)
			}
			if w.ledger.Writes() > 0 {
				t.Errorf("%d ledger writes without an answer, want none", w.ledger.Writes())
			}
		})
	}
}

// TestDeliverFailsWithEachCall makes each call of a delivery fail: the change must come
// back, for it may be the only word of what it speaks of until the next run.
func TestDeliverFailsWithEachCall(t *testing.T) {
	for _, tt := range []struct {
		name  string
		kind  directory.Kind
		act   func(w *world, sub string)
		calls int // of an undisturbed delivery
	}{
		{"a change", directory.Changed, func(*world, string) {}, 4},
		{"a change of a stranger", directory.Changed, func(w *world, _ string) { w.ledger = ledgertest.New() }, 4},
		{"a change that is refused", directory.Changed, func(w *world, sub string) { w.refuses[sub] = true }, 4},
		{"a change of a member", directory.Changed, func(w *world, sub string) {
			w.settings.Groups = []string{"beta"}
			w.join("beta", sub)
		}, 5},
		{"a removal", directory.Removed, func(w *world, sub string) { w.pool.Delete(sub) }, 5},
		{"a removal that is refused", directory.Removed, func(w *world, sub string) { w.pool.Delete(sub); w.refuses[sub] = true }, 4},
	} {
		for failing := 0; failing <= tt.calls; failing++ {
			bubble(t, fmt.Sprintf("%s, call %d", tt.name, failing), func(t *testing.T) {
				w := newWorld(t, cognitotest.New())
				sub := w.pool.Add("jane", nil)
				w.sync(reconcile.Request{ID: "first"})
				time.Sleep(time.Minute) // the test's own clock
				tt.act(w, sub)
				before := w.calls
				w.fault = func(n int, call string) (error, bool) {
					if n == before+failing {
						return cognitotest.Denied(), false
					}
					return nil, false
				}
				change := directory.Change{Kind: tt.kind, Sub: sub, Origin: directory.CloudTrail, ObservedAt: time.Now()}
				_, err := w.deliverer().Deliver(t.Context(), change)
				if (err != nil) != (failing > 0) {
					t.Errorf("Deliver error = %v, want one if a call failed", err)
				}
				if got := w.calls - before; failing == 0 && got != tt.calls {
					t.Errorf("undisturbed, Deliver makes %d calls, want %d", got, tt.calls)
				}
			})
		}
	}
}

// TestDeliverCrossedTwice shows that a delivery which others keep crossing gives up
// after its second try, and comes back.
func TestDeliverCrossedTwice(t *testing.T) {
	bubble(t, "twice", func(t *testing.T) {
		w := newWorld(t, cognitotest.New())
		sub := w.pool.Add("jane", nil)
		w.fault = func(n int, call string) (error, bool) {
			if call == "ledger.Confirm" && n < 100 {
				return reconcile.ErrStale, false
			}
			return nil, false
		}
		change := directory.Change{Kind: directory.Changed, Sub: sub, Origin: directory.CloudTrail, ObservedAt: time.Now()}
		if _, err := w.deliverer().Deliver(t.Context(), change); !errors.Is(err, reconcile.ErrStale) || len(w.told) != 2 {
			t.Errorf("Deliver error = %v after %d target calls, want ErrStale after 2", err, len(w.told))
		}
	})
}
