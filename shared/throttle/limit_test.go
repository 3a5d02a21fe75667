package throttle

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestGap(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   Limit
		want time.Duration
		most int // calls reserved at a time
	}{
		{"twenty a second", Limit{PerSecond: 20}, 51_666_667, 19},
		{"a hundred and fifty a minute are fewer", Limit{PerSecond: 20, PerMinute: 150}, 413_333_334, 2},
		{"more a minute than the seconds allow", Limit{PerSecond: 1, PerMinute: 150}, 1_033_333_334, 1},
		{"one in ten seconds", Limit{PerSecond: 0.1}, 10_333_333_334, 1},
		{"ten a minute", Limit{PerSecond: 4, PerMinute: 10}, 6_200_000_000, 1},
	} {
		// A nanosecond of rounding is none of the test's business.
		if got := tt.in.gap(); got < tt.want-1 || got > tt.want+1 {
			t.Errorf("%s: gap = %d, want %d", tt.name, got, tt.want)
		}
		if got := atMost(tt.in.gap()); got != tt.most {
			t.Errorf("%s: %d calls at a time, want %d", tt.name, got, tt.most)
		}
	}
}

// TestGapKeepsTheLimit places calls by the schedule, moves each by as much as it may be
// late, in the way that is worst, and counts what comes within a minute.
func TestGapKeepsTheLimit(t *testing.T) {
	for _, limit := range []Limit{
		{PerSecond: 20}, {PerSecond: 4, PerMinute: 150}, {PerSecond: 50, PerMinute: 1}, {PerSecond: 0.5}, {PerSecond: 100, PerMinute: 5999},
	} {
		most := int(limit.PerSecond * 60)
		if limit.PerMinute > 0 {
			most = min(most, limit.PerMinute)
		}
		// The first call is as late as can be, the last one not at all.
		calls := 1
		for time.Duration(calls)*limit.gap()-slack < time.Minute {
			calls++
		}
		if calls > most {
			t.Errorf("%+v: %d calls come within a minute, want at most %d", limit, calls, most)
		}
		if rate := float64(time.Minute) / float64(limit.gap()); rate < 0.95*float64(most) {
			t.Errorf("%+v: %.1f calls a minute, want 95 %% of %d", limit, rate, most)
		}
	}
}

func TestLimitIsValid(t *testing.T) {
	for rate, want := range map[float64]bool{4: true, 0.01: true, 0: false, -1: false, math.Inf(1): false, math.NaN(): false} {
		if got := (Limit{PerSecond: rate}).valid(); got != want {
			t.Errorf("valid at %v a second: %t, want %t", rate, got, want)
		}
	}
}

func TestPlaces(t *testing.T) {
	start := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	reserved := places{at(0), 3, 400 * time.Millisecond} // at 0, 400 and 800
	for _, tt := range []struct {
		name      string
		in        places
		now       int // milliseconds
		notBefore time.Time
		want      int // -1 for none
		left      int
	}{
		{"ahead of its time", reserved, -500, time.Time{}, 0, 2},
		{"in time", reserved, 0, time.Time{}, 0, 2},
		{"just late enough", reserved, 1000, time.Time{}, 0, 2},
		{"too late for the first", reserved, 1001, time.Time{}, 400, 1},
		{"too late for all", reserved, 1801, time.Time{}, -1, 0},
		{"held back", reserved, 0, at(401), 800, 0},
		{"held back for good", reserved, 0, at(801), -1, 0},
		{"none left", places{}, 0, time.Time{}, -1, 0},
	} {
		place, rest, ok := tt.in.take(at(tt.now), tt.notBefore)
		got := -1
		if ok {
			got = int(place.Sub(start).Milliseconds())
		}
		if diff := cmp.Diff([]int{tt.want, tt.left}, []int{got, rest.left}); diff != "" {
			t.Errorf("%s: place and what is left: -want +got\n%s", tt.name, diff)
		}
		if rest.left > 0 && !rest.next.Equal(place.Add(tt.in.gap)) {
			t.Errorf("%s: the next place is %v, want a gap after this one", tt.name, rest.next)
		}
	}
}
