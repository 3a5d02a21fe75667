package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// unhurried is a ledger that takes its time.
type unhurried struct {
	*ledgertest.Memory
	page time.Duration
}

func (u unhurried) Erase(ctx context.Context, token string) (string, int, error) {
	time.Sleep(u.page) // the test's own clock
	return u.Memory.Erase(ctx, token)
}

// former returns the ledger of a target that was taken away, with so many entries under
// subs of every digit.
func former(entries int) *ledgertest.Memory {
	m := ledgertest.New()
	for i := range entries {
		m.Seed(plan.Entry{Sub: fmt.Sprintf("%08x-3041-70aa-1111-0123456789ab", uint32(i)*2_654_435_761), Username: "jane", Fingerprint: [17]byte{1}, ObservedAt: time.Now()})
	}
	return m
}

// TestForgetTarget takes a target's ledger away in steps of a function's 15 minutes, and
// carries along what they return as a state machine does.
func TestForgetTarget(t *testing.T) {
	for _, tt := range []struct {
		name    string
		entries int
		page    time.Duration
		fail    []int // calls to the ledger
		steps   int
		fails   int // steps
	}{
		{"nothing", 0, 0, nil, 1, 0},
		{"a few", 30, 0, nil, 1, 0},
		{"many", 2000, time.Second, nil, 1, 0},
		{"more than fit into a step", 2000, time.Minute, nil, 3, 0}, // two pages a digit, fourteen pages a step
		{"one call fails", 2000, time.Second, []int{7}, 2, 0},
		{"the first one fails", 2000, time.Second, []int{1}, 2, 1},
		{"a step's first one fails", 2000, time.Second, []int{7, 8}, 3, 1},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			ledger := former(tt.entries)
			for _, call := range tt.fail {
				ledger.Inject(ledgertest.Fault{Op: ledgertest.Erase, Call: call, Err: errors.New("table is down")})
			}
			f, fails, steps := reconcile.Forgetting{Target: "scim:former"}, 0, 0
			for ; !f.Done && steps < 100; steps++ {
				ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
				next, err := reconcile.ForgetTarget(ctx, unhurried{ledger, tt.page}, []string{"scim:present"}, f)
				if err != nil {
					fails++
				}
				if deadline, _ := ctx.Deadline(); time.Until(deadline) < 5*time.Second {
					t.Errorf("the step ended %v before its invocation", time.Until(deadline))
				}
				cancel()
				f = carry(t, next)
			}
			want := reconcile.Forgetting{Target: "scim:former", Erased: tt.entries, Done: true}
			if diff := cmp.Diff(want, f); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if steps != tt.steps || fails != tt.fails {
				t.Errorf("%d steps, of which %d failed; want %d and %d", steps, fails, tt.steps, tt.fails)
			}
			if err := ledger.Entries(t.Context(), "", func(e plan.Entry) error { return errors.New(e.Sub) }); err != nil {
				t.Errorf("left: %v", err)
			}
		})
	}
}

// TestForgetNoServedTarget shows that nothing is erased of a target that is served.
func TestForgetNoServedTarget(t *testing.T) {
	for _, target := range []string{"scim:present", ""} {
		ledger := former(10)
		f := reconcile.Forgetting{Target: target}
		got, err := reconcile.ForgetTarget(t.Context(), ledger, []string{"userhub:conn_1", "scim:present"}, f)
		if err == nil || errors.Is(err, reconcile.ErrServed) != (target != "") || got != f || ledger.Calls() > 0 {
			t.Errorf("ForgetTarget(%q) = %+v, %v after %d calls; want it refused", target, got, err, ledger.Calls())
		}
	}
}
