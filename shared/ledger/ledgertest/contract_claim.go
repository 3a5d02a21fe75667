package ledgertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// claim and endClaim are what a delivery of the change called by does before and after a
// creation. The time of the test is at(10).

func claim(by string, until float64, want error) step {
	return step{func(ctx context.Context, l Ledger) error {
		return l.Claim(ctx, sub, "jane", plan.Claim{By: by, Until: at(until)})
	}, want}
}

func endClaim(by string) step {
	return step{func(ctx context.Context, l Ledger) error { return l.EndClaim(ctx, sub, by) }, nil}
}

// rejectClaimed records a no together with what becomes of the claim.
func rejectClaimed(seconds float64, by string, until float64) step {
	e := under(rejected(seconds), by, until)
	return step{func(ctx context.Context, l Ledger) error { return l.Reject(ctx, e) }, nil}
}

// under returns an entry with a claim.
func under(e plan.Entry, by string, until float64) plan.Entry {
	return but(e, func(e *plan.Entry) { e.Sub, e.Username, e.Claim = sub, "jane", plan.Claim{By: by, Until: at(until)} })
}

func testClaims(t *testing.T, open Open) {
	none, stale, claimed := plan.Entry{}, reconcile.ErrStale, reconcile.ErrClaimed
	for _, tt := range []struct {
		name  string
		steps []step
		want  plan.Entry
	}{
		{"claimed", []step{claim("a", 20, nil)}, under(none, "a", 20)},
		{"claimed anew by the same change", []step{claim("a", 20, nil), claim("a", 30, nil)}, under(none, "a", 30)},
		{"claimed by another while it is live", []step{claim("a", 20, nil), claim("b", 30, claimed)}, under(none, "a", 20)},
		{"claimed by another a millisecond early", []step{claim("a", 10.001, nil), claim("b", 30, claimed)}, under(none, "a", 10.001)},
		{"claimed by another once it has expired", []step{claim("a", 10, nil), claim("b", 30, nil)}, under(none, "b", 30)},
		{"ended", []step{claim("a", 20, nil), endClaim("a")}, under(none, "a", 10)},
		{"ended, and claimed by another", []step{claim("a", 20, nil), endClaim("a"), claim("b", 30, nil)}, under(none, "b", 30)},
		{"ended by another", []step{claim("a", 20, nil), endClaim("b")}, under(none, "a", 20)},
		{"ended, never claimed", []step{endClaim("a")}, none},

		{"confirmed", []step{claim("a", 20, nil), confirm(1, nil)}, confirmed(1)},
		{"confirmed before", []step{confirm(1, nil), claim("a", 20, claimed)}, confirmed(1)},
		{"confirmed before, and rejected since", []step{confirm(1, nil), reject(2, nil), claim("a", 20, claimed)},
			but(rejected(2), func(e *plan.Entry) { e.DeliveredAt, e.RemoteID, e.Note = at(1.5), "remote-1", "etag-1" })},
		{"confirmed, ended late", []step{claim("a", 20, nil), confirm(1, nil), endClaim("a")}, confirmed(1)},
		{"rejected", []step{claim("a", 20, nil), reject(1, nil)}, under(rejected(1), "a", 20)},
		{"rejected, and ended", []step{claim("a", 20, nil), rejectClaimed(1, "a", 10)}, under(rejected(1), "a", 10)},
		{"rejected before", []step{reject(1, nil), claim("a", 20, nil)}, under(rejected(1), "a", 20)},
		{"blocked before", []step{block(1), claim("a", 20, nil)}, under(blocked(1), "a", 20)},

		{"removed before", []step{forget(1, nil), claim("a", 20, nil)},
			under(plan.Entry{ObservedAt: at(1)}, "a", 20)},
		{"removed before, and confirmed as it was", []step{forget(2, nil), claim("a", 20, nil), confirm(1, stale)},
			under(plan.Entry{ObservedAt: at(2)}, "a", 20)},
		{"removed before, and confirmed", []step{forget(1, nil), claim("a", 20, nil), confirmWithoutID(2)},
			but(confirmed(2), func(e *plan.Entry) { e.RemoteID = "" })},
		{"removed while it is live", []step{claim("a", 20, nil), forget(2, stale)}, under(none, "a", 20)},
		{"removed once it has expired", []step{claim("a", 10, nil), forget(2, nil)}, plan.Entry{Sub: sub, ObservedAt: at(2), Removed: true}},

		{"absent", []step{claim("a", 20, nil), markAbsent("run-1")},
			but(under(none, "a", 20), func(e *plan.Entry) { e.AbsentRun = "run-1" })},
		{"leaving", []step{claim("a", 20, nil), markLeaving(2)},
			but(under(none, "a", 20), func(e *plan.Entry) { e.LeavingAt = at(2) })},
		{"absent and leaving, then confirmed", []step{claim("a", 20, nil), markAbsent("run-1"), markLeaving(2), confirm(3, nil)}, confirmed(3)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := open(t, func() time.Time { return at(10) })
			for i, s := range tt.steps {
				if err := s.do(t.Context(), l); !errors.Is(err, s.want) {
					t.Fatalf("step %d: error = %v, want %v", i+1, err, s.want)
				}
			}
			got, err := l.Entry(t.Context(), sub)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Entry: -want +got\n%s", diff)
			}
			listed := plan.Entry{}
			if err := l.Entries(t.Context(), "", func(e plan.Entry) error { listed = e; return nil }); err != nil {
				t.Fatal(err)
			}
			if tt.want.Removed {
				got = plan.Entry{}
			}
			if diff := cmp.Diff(got, listed); diff != "" {
				t.Errorf("Entries: -want +got\n%s", diff)
			}
		})
	}
}
