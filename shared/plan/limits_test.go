package plan

import (
	"errors"
	"math"
	"testing"
)

func TestGuard(t *testing.T) {
	unlimited := Limits{Percent: 100, Count: math.MaxInt}
	for _, tt := range []struct {
		name   string
		limits Limits
		tally  Tally
		lifted bool
		want   string // the error's text, or "" where removals go ahead
	}{
		{"nobody missing", DefaultLimits(), Tally{Known: 1040, Walked: 1040}, false, ""},
		{"the first run", DefaultLimits(), Tally{Walked: 1040}, false, ""},
		{"the first run over an empty pool", DefaultLimits(), Tally{}, false, ""},
		{"a few", DefaultLimits(), Tally{Known: 1040, Walked: 1030, Missing: 10}, false, ""},
		{"as many as the percentage", DefaultLimits(), Tally{Known: 1040, Walked: 936, Missing: 104}, false, ""},
		{"one more than the percentage", DefaultLimits(), Tally{Known: 1040, Walked: 935, Missing: 105}, false,
			"removals held: 105 of 1,040 users (10.1 %) exceed the limit of 10 %"},
		{"a share that rounds down to the limit", Limits{Percent: 10, Count: math.MaxInt},
			Tally{Known: 1_000_000, Walked: 899_999, Missing: 100_001}, false,
			"removals held: 100,001 of 1,000,000 users (10.1 %) exceed the limit of 10 %"},
		{"far over the percentage", DefaultLimits(), Tally{Known: 1040, Walked: 728, Missing: 312}, false,
			"removals held: 312 of 1,040 users (30.0 %) exceed the limit of 10 %"},
		{"as many as the count", DefaultLimits(), Tally{Known: 100_000, Walked: 99_500, Missing: 500}, false, ""},
		{"one more than the count", DefaultLimits(), Tally{Known: 1_234_567, Walked: 1_234_066, Missing: 501}, false,
			"removals held: 501 of 1,234,567 users (0.1 %) exceed the limit of 500 users"},
		{"small pool, up to the floor", DefaultLimits(), Tally{Known: 12, Walked: 7, Missing: 5}, false, ""},
		{"small pool, one over the floor", DefaultLimits(), Tally{Known: 12, Walked: 6, Missing: 6}, false,
			"removals held: 6 of 12 users (50.0 %) exceed the limit of 10 %"},
		{"the floor does not lift the count", Limits{Percent: 100, Count: 2, Floor: 5},
			Tally{Known: 12, Walked: 9, Missing: 3}, false,
			"removals held: 3 of 12 users (25.0 %) exceed the limit of 2 users"},
		{"no limits set", Limits{}, Tally{Known: 1040, Walked: 1039, Missing: 1}, false,
			"removals held: 1 of 1,040 users (0.1 %) exceed the limit of 0 users"},
		{"no percentage", Limits{Count: 500}, Tally{Known: 1040, Walked: 1039, Missing: 1}, false,
			"removals held: 1 of 1,040 users (0.1 %) exceed the limit of 0 %"},
		{"a tally that lost its count of the known", DefaultLimits(), Tally{Walked: 1040, Missing: 6}, false,
			"removals held: 6 of 0 users (600.0 %) exceed the limit of 10 %"},
		{"everyone replaced", DefaultLimits(), Tally{Known: 1040, Walked: 1040, Missing: 1040}, false,
			"removals held: 1,040 of 1,040 users (100.0 %) exceed the limit of 500 users"},
		{"lifted", DefaultLimits(), Tally{Known: 1040, Walked: 728, Missing: 312}, true, ""},
		{"lifted, no limits set", Limits{}, Tally{Known: 1040, Walked: 1, Missing: 1039}, true, ""},
		{"an empty pool", DefaultLimits(), Tally{Known: 1040, Missing: 1040}, false,
			"removals held: 1,040 of 1,040 users (100.0 %) would go because the pool listed nobody"},
		{"an empty pool within the floor", DefaultLimits(), Tally{Known: 1, Missing: 1}, false,
			"removals held: 1 of 1 users (100.0 %) would go because the pool listed nobody"},
		{"an empty pool without limits", unlimited, Tally{Known: 1040, Missing: 1040}, false,
			"removals held: 1,040 of 1,040 users (100.0 %) would go because the pool listed nobody"},
		{"an empty pool, lifted", DefaultLimits(), Tally{Known: 1040, Missing: 1040}, true,
			"removals held: 1,040 of 1,040 users (100.0 %) would go because the pool listed nobody"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := tt.limits.Guard(tt.tally, tt.lifted)
			if got := errorText(err); got != tt.want {
				t.Fatalf("Guard error:\ngot  %q\nwant %q", got, tt.want)
			}
			if err == nil {
				return
			}
			if !errors.Is(err, ErrHeld) {
				t.Error("errors.Is(err, ErrHeld) = false")
			}
			held, ok := errors.AsType[*HeldError](err)
			if !ok || held.Tally != tt.tally {
				t.Errorf("HeldError = %+v, want the tally %+v in it", held, tt.tally)
			}
		})
	}
}

// TestOverCount holds the short cut against the guard: a partition that is over
// the count alone holds the whole run, whatever the other partitions add.
func TestOverCount(t *testing.T) {
	limits := DefaultLimits()
	for _, missing := range []int{0, 1, DefaultCount, DefaultCount + 1, 10 * DefaultCount} {
		rest := Tally{Known: 10_000_000, Walked: 10_000_000}
		part := Tally{Known: missing, Missing: missing}
		if over, held := limits.OverCount(missing), limits.Guard(part.Add(rest), false) != nil; over != held {
			t.Errorf("OverCount(%d) = %v, but Guard held = %v", missing, over, held)
		}
	}
}

func TestGrouped(t *testing.T) {
	for _, tt := range []struct {
		in   int
		want string
	}{
		{0, "0"}, {7, "7"}, {999, "999"}, {1000, "1,000"}, {10_001, "10,001"}, {999_999, "999,999"}, {12_345_678, "12,345,678"},
	} {
		if got := grouped(tt.in); got != tt.want {
			t.Errorf("grouped(%d) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
