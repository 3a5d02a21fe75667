package ledgertest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/plan"
)

// testErase erases a ledger with users under every digit, more than a page under one of
// them, removed ones too, and what is no user's. Another ledger beside it stays.
func testErase(t *testing.T, open Open) {
	const crowd = 120 // under one digit
	l, beside := open(t, time.Now), open(t, time.Now)
	items := 0
	fill := func(l Ledger, sub string) {
		t.Helper()
		e := but(confirmed(1), func(e *plan.Entry) { e.Sub = sub })
		if err := l.Confirm(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	for digit := range 16 {
		fill(l, fmt.Sprintf("%x4e844c8-3041-70aa-1111-0123456789ab", digit))
		items++
	}
	for i := range crowd {
		fill(l, fmt.Sprintf("7%07x-3041-70aa-1111-0123456789ab", i))
		items++
	}
	const gone = "a0e844c8-3041-70aa-1111-0123456789ab"
	_, _, reserved := l.Reserve(t.Context(), "calls", time.Second, at(0), at(9))
	err := errors.Join(l.Forget(t.Context(), gone, at(2)), reserved, l.RecordSuccess(t.Context(), "run-1", at(1)), l.Watch().Acquire(t.Context(), "run-1", at(60)))
	if err != nil {
		t.Fatal(err)
	}
	items += 4
	fill(beside, sub)

	for _, token := range []string{"8a", "ab", "runs", "users"} {
		if _, _, err := l.Erase(t.Context(), token); err == nil {
			t.Errorf("Erase(%q): no error for a token that was never returned", token)
		}
	}
	erased, calls := 0, 0
	for token := ""; ; calls++ {
		next, n, err := l.Erase(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		if n > 100 {
			t.Errorf("%d items erased in one call, want at most 100", n)
		}
		erased += n
		if token = next; token == "" {
			break
		}
		if calls > 50 {
			t.Fatalf("%d calls and no end", calls)
		}
	}
	if erased != items {
		t.Errorf("%d items erased, want %d", erased, items)
	}
	left := 0
	if err := l.Entries(t.Context(), "", func(plan.Entry) error { left++; return nil }); err != nil || left > 0 {
		t.Errorf("%d entries left, %v", left, err)
	}
	if e, err := l.Entry(t.Context(), gone); err != nil || !cmp.Equal(e, plan.Entry{}) {
		t.Errorf("Entry of a removed user = %+v, %v; want nothing", e, err)
	}
	if run, _, err := l.LastSuccess(t.Context()); err != nil || run != "" {
		t.Errorf("LastSuccess = %q, %v; want none", run, err)
	}
	if err := l.Watch().Acquire(t.Context(), "run-2", at(60)); err != nil {
		t.Errorf("Acquire = %v, want the watch to be free", err)
	}
	if from, _, err := l.Reserve(t.Context(), "calls", time.Second, at(0), at(9)); err != nil || !from.Equal(at(0)) {
		t.Errorf("Reserve = %v, %v; want the schedule to begin anew", from, err)
	}
	e, err := beside.Entry(t.Context(), sub)
	if diff := cmp.Diff(confirmed(1), e); diff != "" || err != nil {
		t.Errorf("Entry of another ledger, %v: -want +got\n%s", err, diff)
	}
}
