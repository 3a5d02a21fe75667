package ledgertest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/throttle"
)

// Ledger is what every ledger can do.
type Ledger interface {
	reconcile.RunLedger
	reconcile.DeliveryLedger
	throttle.Schedule
	Erase(ctx context.Context, token string) (next string, erased int, err error)
	LastSuccess(ctx context.Context) (run string, startedAt time.Time, err error)
}

// Open returns a new, empty ledger whose watch expires by the given clock.
type Open func(t *testing.T, now func() time.Time) Ledger

// TestLedger holds a ledger against what every ledger promises.
func TestLedger(t *testing.T, open Open) {
	t.Run("Answers", func(t *testing.T) { testAnswers(t, open) })
	t.Run("Claims", func(t *testing.T) { testClaims(t, open) })
	t.Run("Reading", func(t *testing.T) { testReading(t, open) })
	t.Run("Watch", func(t *testing.T) {
		TestLease(t, func(t *testing.T, now func() time.Time) reconcile.Lease { return open(t, now).Watch() })
	})
	t.Run("Success", func(t *testing.T) { testSuccess(t, open) })
	t.Run("Schedule", func(t *testing.T) { testSchedule(t, open) })
	t.Run("Erase", func(t *testing.T) { testErase(t, open) })
	t.Run("NotASub", func(t *testing.T) { testNotASub(t, open) })
}

func testNotASub(t *testing.T, open Open) {
	none := func(plan.Entry) error { return errors.New("called") }
	for _, sub := range []string{"user-1", "G4E844C8", "-"} {
		l := open(t, time.Now)
		e := but(confirmed(1), func(e *plan.Entry) { e.Sub = sub })
		_, err := l.Entry(t.Context(), sub)
		for name, err := range map[string]error{
			"Entry":       err,
			"Entries":     l.Entries(t.Context(), sub, none),
			"Candidates":  l.Candidates(t.Context(), sub, "run-1", none),
			"Confirm":     l.Confirm(t.Context(), e),
			"Reject":      l.Reject(t.Context(), e),
			"MarkAbsent":  l.MarkAbsent(t.Context(), sub, "run-1"),
			"MarkLeaving": l.MarkLeaving(t.Context(), sub, at(1)),
			"Forget":      l.Forget(t.Context(), sub, at(1)),
			"Claim":       l.Claim(t.Context(), sub, "jane", plan.Claim{By: "a", Until: at(1)}),
			"EndClaim":    l.EndClaim(t.Context(), sub, "a"),
		} {
			if err == nil || !strings.HasSuffix(err.Error(), "sub: want a UUID in lower case") {
				t.Errorf("%s(%q) error = %v, want it to say what a sub is", name, sub, err)
			}
		}
	}
}
