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
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/reconcile/reconciletest"
)

// TestLedgerKeepsWhatTheTargetGives takes a user through a life at a target that knows
// them by an identifier of its own: the ledger hands it back with each delivery, with
// the note as the target last left it.
func TestLedgerKeepsWhatTheTargetGives(t *testing.T) {
	name := func(name string) func(*cognitotest.Pool, string) {
		return func(p *cognitotest.Pool, sub string) {
			p.Edit(sub, func(u *directory.User) { u.Attributes["name"] = name })
		}
	}
	failing := func(err error) func(reconcile.Delivery) error {
		return func(reconcile.Delivery) error { return err }
	}
	remote := func(id, note string) reconcile.Remote { return reconcile.Remote{ID: id, Note: note} }
	steps := []struct {
		name    string
		act     func(*cognitotest.Pool, string)
		answers func(reconcile.Delivery) error
		handed  []reconcile.Remote // with each delivery
		keeps   reconcile.Remote   // afterwards
	}{
		{"created, but the target is down", name("A"), failing(reconcile.ErrUnavailable), []reconcile.Remote{{}}, remote("", "")},
		{"created", name("B"), nil, []reconcile.Remote{{}}, remote("remote-1", "1")},
		{"changed", name("C"), nil, []reconcile.Remote{remote("remote-1", "1")}, remote("remote-1", "2")},
		{"refused", name("D"), failing(reconcile.ErrRejected), []reconcile.Remote{remote("remote-1", "2")}, remote("remote-1", "2")},
		{"blocked", name("E"), failing(reconcile.ErrBlocked), []reconcile.Remote{remote("remote-1", "2")}, remote("remote-1", "2")},
		{"taken after all", name("F"), nil, []reconcile.Remote{remote("remote-1", "2")}, remote("remote-1", "3")},
		{"gone, and the target refuses", func(p *cognitotest.Pool, sub string) { p.Delete(sub) }, failing(reconcile.ErrBlocked),
			[]reconcile.Remote{remote("remote-1", "3")}, remote("remote-1", "3")},
		{"gone", func(*cognitotest.Pool, string) {}, nil, []reconcile.Remote{remote("remote-1", "3")}, remote("", "")},
	}
	bubble(t, "life", func(t *testing.T) {
		w := newWorld(t, cognitotest.New())
		target := reconciletest.NewHolder()
		sub := w.pool.Add("jane", nil)
		for _, step := range steps {
			time.Sleep(time.Minute) // the test's own clock
			step.act(w.pool, sub)
			target.Answer(step.answers)
			before := len(target.Told())
			d := reconcile.NewDeliverer(w.reader(), books{w}, target, reconcile.Report, nil)
			d.Deliver(t.Context(), directory.Change{ID: "c", Kind: directory.Changed, Origin: directory.Webhook, Sub: sub, ObservedAt: time.Now()})
			var handed []reconcile.Remote
			for _, d := range target.Told()[before:] {
				handed = append(handed, d.Held)
			}
			if diff := cmp.Diff(step.handed, handed); diff != "" {
				t.Errorf("%s: the target was handed: -want +got\n%s", step.name, diff)
			}
			e, err := w.ledger.Entry(t.Context(), sub)
			if diff := cmp.Diff(step.keeps, remote(e.RemoteID, e.Note)); diff != "" || err != nil {
				t.Errorf("%s: the ledger keeps, %v: -want +got\n%s", step.name, err, diff)
			}
		}
		if users, err := target.Users(); err != nil || len(users) > 0 {
			t.Errorf("the target holds %v, %v; want nobody", users, err)
		}
	})
}

// wordy is a target whose note is too long.
type wordy struct{ *reconciletest.Holder }

func (w wordy) Deliver(ctx context.Context, d reconcile.Delivery) (reconcile.Remote, error) {
	remote, err := w.Holder.Deliver(ctx, d)
	remote.Note = strings.Repeat("n", plan.MaxNote+1)
	return remote, err
}

// TestNoteThatIsTooLong shows that a note which the ledger must not keep is an error
// that nobody can overlook, and that nothing is written, whatever the target answered.
func TestNoteThatIsTooLong(t *testing.T) {
	for _, answer := range []error{nil, reconcile.ErrRejected, reconcile.ErrBlocked} {
		bubble(t, fmt.Sprint(answer), func(t *testing.T) {
			w := newWorld(t, cognitotest.New())
			sub := w.pool.Add("jane", nil)
			target := wordy{reconciletest.NewHolder()}
			target.Answer(func(reconcile.Delivery) error { return answer })
			d := reconcile.NewDeliverer(w.reader(), w.ledger, target, reconcile.Report, nil)
			_, err := d.Deliver(t.Context(), directory.Change{Kind: directory.Changed, Origin: directory.Webhook, Sub: sub, ObservedAt: time.Now()})
			if !errors.Is(err, plan.ErrNote) {
				t.Errorf("Deliver error = %v, want %v", err, plan.ErrNote)
			}
			if e, _ := w.ledger.Entry(t.Context(), sub); !cmp.Equal(e, plan.Entry{}) {
				t.Errorf("the ledger holds %+v, want nothing", e)
			}
		})
	}
}
