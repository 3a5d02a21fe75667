package awstest

import (
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/ledger"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
)

// openLedger returns a target's ledger in a table of the stand-in's.
func openLedger(t *testing.T, table *Table, target string) *ledger.Table {
	t.Helper()
	return ledger.New(ledger.NewClient(start(t, table.Service())), "ledger", "pool", target)
}

// TestSchedule asks for a target's rate with the ledger's own code.
func TestSchedule(t *testing.T) {
	at := func(second int) time.Time { return time.Unix(int64(1_800_000_000+second), 0) }
	table := new(Table)
	books := openLedger(t, table, "hub")
	for i, ask := range []struct {
		floor, ceiling, from int
		granted              bool
	}{
		{0, 9, 0, true},
		{0, 9, 1, true},
		{5, 9, 5, true},
		{0, 6, 6, true},
		{0, 6, 7, false},
		{0, 9, 7, true},
	} {
		from, granted, err := books.Reserve(t.Context(), "all", time.Second, at(ask.floor), at(ask.ceiling))
		if err != nil || granted != ask.granted || !from.Equal(at(ask.from)) {
			t.Errorf("ask %d: Reserve = %v, %t, %v; want %v, %t", i+1, from, granted, err, at(ask.from), ask.granted)
		}
	}
	for _, until := range []int{30, 20} {
		if err := books.HoldUntil(t.Context(), "all", at(until)); err != nil {
			t.Fatal(err)
		}
	}
	for target, want := range map[string]time.Time{"hub": at(30), "another": at(8)} {
		from, granted, err := openLedger(t, table, target).Reserve(t.Context(), "all", time.Second, at(8), at(99))
		if err != nil || !granted || !from.Equal(want) {
			t.Errorf("Reserve for %s after a pause = %v, %t, %v; want %v", target, from, granted, err, want)
		}
	}
}

// TestScheduleIsShared holds the stand-in to what instances that work at once rely on.
func TestScheduleIsShared(t *testing.T) {
	ledgertest.TestShared(t, func(t *testing.T, _ func() time.Time) ledgertest.Ledger {
		return openLedger(t, new(Table), "hub")
	})
}
