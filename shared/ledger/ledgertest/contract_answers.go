package ledgertest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// sub is the user of whom the answers are.
const sub = "84e844c8-3041-70aa-1111-0123456789ab"

// at returns the time so many seconds after the test began.
func at(seconds float64) time.Time {
	return time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// state is the n-th state that a user is in.
func state(n uint8) directory.Fingerprint {
	return directory.NewFingerprint(1, map[string]string{"email": string('a'+rune(n)) + "@example.com"})
}

// answered is the entry of the user as observed and answered at a time. Its
// fingerprint follows from the time.
func answered(seconds float64) plan.Entry {
	return plan.Entry{Sub: sub, Username: "jane", Fingerprint: state(uint8(seconds)), ObservedAt: at(seconds)}
}

func confirmed(seconds float64) plan.Entry {
	e := answered(seconds)
	e.DeliveredAt, e.RemoteID, e.Note = at(seconds+0.5), "remote-1", "etag-1"
	return e
}

func rejected(seconds float64) plan.Entry {
	e := answered(seconds)
	e.Rejected = "email: not deliverable"
	return e
}

// step is one write and the error that it must end with.
type step struct {
	do   func(context.Context, Ledger) error
	want error
}

func confirm(seconds float64, want error) step {
	return step{func(ctx context.Context, l Ledger) error { return l.Confirm(ctx, confirmed(seconds)) }, want}
}

func confirmWithoutID(seconds float64) step {
	e := confirmed(seconds)
	e.RemoteID = ""
	return step{func(ctx context.Context, l Ledger) error { return l.Confirm(ctx, e) }, nil}
}

// confirmAs and rejectAs record an answer that comes with an identifier and a note.
func confirmAs(seconds float64, id, note string) step {
	e := but(confirmed(seconds), func(e *plan.Entry) { e.RemoteID, e.Note = id, note })
	return step{func(ctx context.Context, l Ledger) error { return l.Confirm(ctx, e) }, nil}
}

func rejectAs(seconds float64, id, note string) step {
	e := but(rejected(seconds), func(e *plan.Entry) { e.RemoteID, e.Note = id, note })
	return step{func(ctx context.Context, l Ledger) error { return l.Reject(ctx, e) }, nil}
}

// noted is a write that fails for a note that must not be kept.
func noted(do func(context.Context, Ledger, plan.Entry) error, note string) step {
	e := but(confirmed(9), func(e *plan.Entry) { e.Note, e.Rejected = note, "no" })
	return step{func(ctx context.Context, l Ledger) error { return do(ctx, l, e) }, plan.ErrNote}
}

func reject(seconds float64, want error) step {
	return step{func(ctx context.Context, l Ledger) error { return l.Reject(ctx, rejected(seconds)) }, want}
}

func forget(seconds float64, want error) step {
	return step{func(ctx context.Context, l Ledger) error { return l.Forget(ctx, sub, at(seconds)) }, want}
}

func markAbsent(run string) step {
	return step{func(ctx context.Context, l Ledger) error { return l.MarkAbsent(ctx, sub, run) }, nil}
}

func block(seconds float64) step {
	return step{func(ctx context.Context, l Ledger) error { return l.Reject(ctx, blocked(seconds)) }, nil}
}

// blocked is a no that may pass.
func blocked(seconds float64) plan.Entry {
	e := rejected(seconds)
	e.RejectedSince, e.RetryAt = at(seconds), at(seconds+3600)
	return e
}

func markLeaving(seconds float64) step {
	return step{func(ctx context.Context, l Ledger) error { return l.MarkLeaving(ctx, sub, at(seconds)) }, nil}
}

// but returns e with some fields changed.
func but(e plan.Entry, change func(*plan.Entry)) plan.Entry {
	change(&e)
	return e
}

func testAnswers(t *testing.T, open Open) {
	stale := reconcile.ErrStale
	removed := func(seconds float64) plan.Entry { return plan.Entry{Sub: sub, ObservedAt: at(seconds), Removed: true} }
	refusedSince := but(rejected(2), func(e *plan.Entry) { e.DeliveredAt, e.RemoteID, e.Note = at(1.5), "remote-1", "etag-1" })
	remote := func(e plan.Entry, id, note string) plan.Entry {
		return but(e, func(e *plan.Entry) { e.RemoteID, e.Note = id, note })
	}
	longest := strings.Repeat("n", plan.MaxNote)
	yes := func(ctx context.Context, l Ledger, e plan.Entry) error { return l.Confirm(ctx, e) }
	no := func(ctx context.Context, l Ledger, e plan.Entry) error { return l.Reject(ctx, e) }
	leaving := func(e plan.Entry, seconds float64) plan.Entry {
		return but(e, func(e *plan.Entry) { e.LeavingAt = at(seconds) })
	}
	absent := func(e plan.Entry, run string) plan.Entry {
		return but(e, func(e *plan.Entry) { e.AbsentRun = run })
	}

	for _, tt := range []struct {
		name  string
		steps []step
		want  plan.Entry
	}{
		{"unknown", nil, plan.Entry{}},

		{"confirmed", []step{confirm(1, nil)}, confirmed(1)},
		{"confirmed again", []step{confirm(1, nil), confirm(1, nil)}, confirmed(1)},
		{"confirmed in a newer state", []step{confirm(1, nil), confirm(2, nil)}, confirmed(2)},
		{"confirmed in an older state", []step{confirm(2, nil), confirm(1, stale)}, confirmed(2)},
		{"confirmed a millisecond older", []step{confirm(2, nil), confirm(1.999, stale)}, confirmed(2)},
		{"confirmed without a remote id", []step{confirm(1, nil), confirmWithoutID(2)}, confirmed(2)},
		{"confirmed finer than it is kept", []step{confirm(1.0004, nil), confirm(1.0002, nil)},
			confirmed(1)},

		{"confirmed under another id", []step{confirm(1, nil), confirmAs(2, "remote-2", "etag-1")}, remote(confirmed(2), "remote-2", "etag-1")},
		{"confirmed with another note", []step{confirm(1, nil), confirmAs(2, "remote-1", "etag-2")}, remote(confirmed(2), "remote-1", "etag-2")},
		{"confirmed without a note", []step{confirm(1, nil), confirmAs(2, "remote-1", "")}, remote(confirmed(2), "remote-1", "")},
		{"confirmed with the longest note", []step{confirmAs(1, "remote-1", longest)}, remote(confirmed(1), "remote-1", longest)},
		{"confirmed with a longer one", []step{confirm(1, nil), noted(yes, longest+"n")}, confirmed(1)},
		{"confirmed with one that is no text", []step{confirm(1, nil), noted(yes, "\xff")}, confirmed(1)},
		{"rejected with a note too long", []step{confirm(1, nil), noted(no, longest+"n")}, confirmed(1)},
		{"rejected, but made", []step{rejectAs(1, "remote-2", "etag-2")}, remote(rejected(1), "remote-2", "etag-2")},
		{"rejected with another note", []step{confirm(1, nil), rejectAs(2, "", "etag-2")}, remote(refusedSince, "remote-1", "etag-2")},
		{"rejected under another id", []step{confirm(1, nil), rejectAs(2, "remote-2", "")}, remote(refusedSince, "remote-2", "etag-1")},
		{"removed with its note", []step{confirm(1, nil), forget(2, nil), confirmAs(3, "", "")}, remote(confirmed(3), "", "")},

		{"rejected", []step{reject(1, nil)}, rejected(1)},
		{"rejected again", []step{reject(1, nil), reject(1, nil)}, rejected(1)},
		{"rejected in an older state", []step{reject(2, nil), reject(1, stale)}, rejected(2)},
		{"rejected after a confirmation", []step{confirm(1, nil), reject(2, nil)}, refusedSince},
		{"rejected before a newer confirmation", []step{confirm(2, nil), reject(1, stale)}, confirmed(2)},
		{"confirmed after a rejection", []step{reject(1, nil), confirm(2, nil)}, confirmed(2)},
		{"confirmed before a newer rejection", []step{reject(2, nil), confirm(1, stale)}, rejected(2)},

		{"blocked", []step{block(1)}, blocked(1)},
		{"blocked, then for good", []step{block(1), reject(2, nil)}, rejected(2)},
		{"blocked, then confirmed", []step{block(1), confirm(2, nil)}, confirmed(2)},
		{"rejected, then blocked", []step{reject(1, nil), block(2)}, blocked(2)},

		{"leaving", []step{confirm(1, nil), markLeaving(2)}, leaving(confirmed(1), 2)},
		{"leaving, marked again", []step{confirm(1, nil), markLeaving(2), markLeaving(3)}, leaving(confirmed(1), 3)},
		{"leaving, marked by an older change", []step{confirm(1, nil), markLeaving(3), markLeaving(2)}, leaving(confirmed(1), 3)},
		{"leaving, never heard of", []step{markLeaving(1)}, plan.Entry{}},
		{"leaving, only ever rejected", []step{reject(1, nil), markLeaving(2)}, rejected(1)},
		{"leaving, removed already", []step{confirm(1, nil), forget(2, nil), markLeaving(3)}, removed(2)},
		{"leaving, then removed", []step{confirm(1, nil), markLeaving(2), forget(3, nil)}, removed(3)},
		{"leaving, then back", []step{confirm(1, nil), markLeaving(2), confirm(3, nil)}, confirmed(3)},
		{"leaving, and the target refuses", []step{confirm(1, nil), markLeaving(2), reject(2, nil)}, refusedSince},
		{"leaving and absent", []step{confirm(1, nil), markLeaving(2), markAbsent("run-1")}, absent(leaving(confirmed(1), 2), "run-1")},

		{"removed", []step{confirm(1, nil), forget(2, nil)}, removed(2)},
		{"removed again", []step{confirm(1, nil), forget(2, nil), forget(2, nil)}, removed(2)},
		{"removed after a rejection", []step{reject(1, nil), forget(2, nil)}, removed(2)},
		{"removed, never heard of", []step{forget(2, nil)}, removed(2)},
		{"removed before a newer confirmation", []step{confirm(3, nil), forget(2, stale)}, confirmed(3)},
		{"removed before a newer removal", []step{forget(3, nil), forget(2, stale)}, removed(3)},
		{"confirmed after the removal, observed before it", []step{forget(2, nil), confirm(1, stale)}, removed(2)},
		{"rejected after the removal, observed before it", []step{forget(2, nil), reject(1, stale)}, removed(2)},
		{"back after a removal", []step{confirm(1, nil), forget(2, nil), confirm(3, nil)}, confirmed(3)},
		{"back after a removal, rejected", []step{confirm(1, nil), forget(2, nil), reject(3, nil)}, rejected(3)},
		{"back after a removal, under another id", []step{confirm(1, nil), forget(2, nil), confirmWithoutID(3)},
			but(confirmed(3), func(e *plan.Entry) { e.RemoteID = "" })},

		{"absent", []step{confirm(1, nil), markAbsent("run-1")}, absent(confirmed(1), "run-1")},
		{"absent, marked again", []step{confirm(1, nil), markAbsent("run-1"), markAbsent("run-1")}, absent(confirmed(1), "run-1")},
		{"absent from another run", []step{confirm(1, nil), markAbsent("run-1"), markAbsent("run-2")}, absent(confirmed(1), "run-2")},
		{"absent after a rejection", []step{confirm(1, nil), reject(2, nil), markAbsent("run-1")}, absent(refusedSince, "run-1")},
		{"absent, never heard of", []step{markAbsent("run-1")}, plan.Entry{}},
		{"absent, removed already", []step{forget(1, nil), markAbsent("run-1")}, removed(1)},
		{"absent, then confirmed", []step{confirm(1, nil), markAbsent("run-1"), confirm(2, nil)}, confirmed(2)},
		{"absent, then confirmed in an older state", []step{confirm(2, nil), markAbsent("run-1"), confirm(1, stale)},
			absent(confirmed(2), "run-1")},
		{"absent, then rejected", []step{confirm(1, nil), markAbsent("run-1"), reject(2, nil)}, refusedSince},
		{"absent, then removed", []step{confirm(1, nil), markAbsent("run-1"), forget(2, nil)}, removed(2)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := open(t, time.Now)
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
		})
	}
}
