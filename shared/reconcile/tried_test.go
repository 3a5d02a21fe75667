package reconcile_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/reconcile/reconciletest"
)

// TestLostAnswer loses the answer to a delivery that took effect at a target which knows
// only what it is told. Whatever becomes of the user before it is delivered again, pool
// and target agree then.
func TestLostAnswer(t *testing.T) {
	disable := func(u *directory.User) { u.Enabled = false }
	enable := func(u *directory.User) { u.Enabled = true }
	for _, tt := range []struct {
		name  string
		known bool // to the ledger, before
		then  func(w *lossy)
		told  int // deliveries, with the lost one
	}{
		{"the same again", true, func(*lossy) {}, 2},
		{"the user goes back to what the ledger has, in the same batch", true, func(w *lossy) { w.pool.Edit(w.sub, enable) }, 2},
		{"somebody else tells of a newer state", true, func(w *lossy) {
			w.pool.Edit(w.sub, func(u *directory.User) { u.Enabled, u.Attributes["name"] = true, "Jane Doe" })
			w.deliver(w.hint(directory.Changed))
		}, 3},
		{"the user is deleted", true, func(w *lossy) { w.pool.Delete(w.sub) }, 2},
		{"a user whom only the target knows is deleted", false, func(w *lossy) { w.pool.Delete(w.sub) }, 2},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			w := newLossy(t)
			if tt.known {
				w.deliver(w.hint(directory.Changed))
				time.Sleep(time.Hour) // the test's own clock
			}
			before := w.target.told
			w.pool.Edit(w.sub, disable)
			change := w.hint(directory.Changed)
			w.target.after = reconcile.ErrUnavailable
			_, err := w.deliverer().Deliver(t.Context(), change)
			if !errors.Is(err, reconcile.ErrTold) || reconcile.VerdictOf(err) != reconcile.Unavailable {
				t.Fatalf("Deliver error = %v, want an ErrTold that is ErrUnavailable", err)
			}
			w.target.after = nil
			time.Sleep(time.Minute)
			tt.then(w)
			time.Sleep(time.Minute)
			retry := change
			switch u, there := w.pool.User(w.sub); {
			case !there:
				retry = w.hint(directory.Removed) // coalesced with the change
				retry.Gone = true
			case u.Attributes["name"] == "Jane":
				retry = w.hint(directory.Changed) // likewise
			}
			retry.Tried = true
			w.deliver(retry)
			w.agree()
			if got := w.target.told - before; got != tt.told {
				t.Errorf("the target was told %d times, want %d", got, tt.told)
			}
		})
	}
}

// TestToldOnlyIfAsked shows that a delivery which did not reach the target leaves no doubt.
func TestToldOnlyIfAsked(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		w := newLossy(t)
		for _, refusal := range []error{reconcile.ErrThrottled, reconcile.ErrHeldBack, reconcile.ErrUnauthorized} {
			w.target.after = refusal
			if _, err := w.deliverer().Deliver(t.Context(), w.hint(directory.Changed)); errors.Is(err, reconcile.ErrTold) || !errors.Is(err, refusal) {
				t.Errorf("error %v, want %v alone", err, refusal)
			}
		}
		w.target.after = reconcile.ErrUnavailable
		d := w.deliverer()
		doubts := 0
		for range 10 { // the breaker opens after five
			if _, err := d.Deliver(t.Context(), w.hint(directory.Changed)); errors.Is(err, reconcile.ErrTold) {
				doubts++
			}
		}
		if doubts != 5 {
			t.Errorf("%d of 10 deliveries may have reached the target, want those 5 before the breaker opened", doubts)
		}
	})
}

// TestToldIfNotRecorded shows that a delivery which the target took, and the ledger did not
// note, leaves a doubt: another may have told of a newer state before.
func TestToldIfNotRecorded(t *testing.T) {
	bubble(t, "", func(t *testing.T) {
		w := newLossy(t)
		older := w.hint(directory.Changed)
		time.Sleep(time.Second) // the test's own clock
		w.pool.Edit(w.sub, func(u *directory.User) { u.Enabled = false })
		newer := w.hint(directory.Changed)

		w.target.meanwhile = func() { w.deliver(newer) }
		w.ledger.Inject(ledgertest.Fault{Op: ledgertest.Confirm, Call: 2, Err: errors.New("on demand")})
		_, err := w.deliverer().Deliver(t.Context(), older)
		if !errors.Is(err, reconcile.ErrTold) {
			t.Fatalf("Deliver error = %v, want an ErrTold", err)
		}
		w.target.users[w.sub] = *older.User // it came last
		older.Tried = true
		w.deliver(older)
		w.agree()
	})
}

// mirror is a target that holds what it was told last, and finds users by their sub.
type mirror struct {
	*reconciletest.Holder // for what it is like
	users                 map[string]directory.User
	told                  int
	after                 error  // its answer, once it has done what it was told
	meanwhile             func() // what happens once while it is told; nil for nothing
}

func (m *mirror) Deliver(_ context.Context, d reconcile.Delivery) (reconcile.Remote, error) {
	m.told++
	if meanwhile := m.meanwhile; meanwhile != nil {
		m.meanwhile = nil
		meanwhile()
	}
	if d.Kind == directory.Removed {
		delete(m.users, d.Sub)
	} else {
		m.users[d.Sub] = *d.User
	}
	return reconcile.Remote{ID: d.Sub}, m.after
}

// lossy is a user, and a target that may take a delivery and not say so.
type lossy struct {
	t      *testing.T
	pool   *cognitotest.Pool
	ledger *ledgertest.Memory
	target *mirror
	sub    string
}

func newLossy(t *testing.T) *lossy {
	w := &lossy{t: t, pool: cognitotest.New(), ledger: ledgertest.New()}
	w.target = &mirror{Holder: reconciletest.NewHolder(), users: map[string]directory.User{}}
	w.sub = w.pool.Add("jane", map[string]string{"name": "Jane"})
	return w
}

func (w *lossy) deliverer() *reconcile.Deliverer {
	return reconcile.NewDeliverer(cognito.New(w.pool, cognitotest.ID), w.ledger, reconcile.Guard(w.target), reconcile.Report, nil)
}

// hint tells of the user as the pool has them now.
func (w *lossy) hint(kind directory.Kind) directory.Change {
	c := directory.Change{ID: directory.NewChangeID(), Kind: kind, Sub: w.sub, Username: "jane", Origin: directory.CloudTrail, ObservedAt: time.Now()}
	if u, there := w.pool.User(w.sub); there {
		c.User = &u
	}
	return c
}

func (w *lossy) deliver(c directory.Change) {
	w.t.Helper()
	if _, err := w.deliverer().Deliver(w.t.Context(), c); err != nil {
		w.t.Fatal(err)
	}
}

// agree expects the target to hold the user as the pool does.
func (w *lossy) agree() {
	w.t.Helper()
	u, there := w.pool.User(w.sub)
	got, known := w.target.users[w.sub]
	if known != there || got.Enabled != u.Enabled || got.Attributes["name"] != u.Attributes["name"] {
		w.t.Errorf("the target holds %+v, %t; the pool has %+v, %t", got, known, u, there)
	}
}
