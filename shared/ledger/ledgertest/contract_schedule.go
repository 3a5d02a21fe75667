package ledgertest

import (
	"slices"
	"sync"
	"testing"
	"time"
)

// ask is one call to a schedule, with times in seconds since the test began, and what
// it must return.
type ask struct {
	span           float64 // 0 for a HoldUntil the floor
	floor, ceiling float64
	from           float64
	granted        bool
}

func testSchedule(t *testing.T, open Open) {
	const never = 1e6
	for _, tt := range []struct {
		name string
		asks []ask
	}{
		{"at first, from the floor", []ask{{1, 0, never, 0, true}}},
		{"then one after the other", []ask{{1, 0, never, 0, true}, {2, 0, never, 1, true}, {1, 0, never, 3, true}}},
		{"after a pause, from the floor", []ask{{1, 0, never, 0, true}, {1, 10, never, 10, true}, {1, 10, never, 11, true}}},
		{"right at the floor", []ask{{1, 0, never, 0, true}, {1, 1, never, 1, true}}},
		{"right at the ceiling", []ask{{5, 0, never, 0, true}, {1, 0, 5, 5, true}}},
		{"not after it", []ask{{5, 0, never, 0, true}, {1, 0, 4.999, 5, false}, {1, 0, never, 5, true}}},
		{"of a floor after the ceiling, where the moment stands counts", []ask{{1, 9, 5, 9, true}, {1, 20, 9, 10, false}}},
		{"parts of a millisecond count", []ask{{0.0001, 0, never, 0, true}, {0.0001, 0, never, 0.0001, true}, {1, 0, never, 0.0002, true}}},
		{"held back", []ask{{1, 0, never, 0, true}, {0, 30, 0, 0, true}, {1, 2, never, 30, true}}},
		{"held back before anything", []ask{{0, 30, 0, 0, true}, {1, 2, never, 30, true}}},
		{"held back for less than is reserved", []ask{{9, 0, never, 0, true}, {0, 3, 0, 0, true}, {1, 0, never, 9, true}}},
		{"held back beyond the ceiling", []ask{{0, 30, 0, 0, true}, {1, 2, 12, 30, false}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := open(t, time.Now)
			for i, a := range tt.asks {
				if a.span == 0 {
					if err := l.HoldUntil(t.Context(), "calls", at(a.floor)); err != nil {
						t.Fatal(err)
					}
					continue
				}
				span := time.Duration(a.span * float64(time.Second))
				from, granted, err := l.Reserve(t.Context(), "calls", span, at(a.floor), at(a.ceiling))
				if err != nil || !from.Equal(at(a.from)) || granted != a.granted {
					t.Errorf("ask %d: Reserve = %v, %t, %v; want %v, %t", i+1, from, granted, err, at(a.from), a.granted)
				}
			}
		})
	}
	t.Run("classes are apart", func(t *testing.T) {
		l := open(t, time.Now)
		for _, class := range []string{"calls", "bulk"} {
			if from, _, err := l.Reserve(t.Context(), class, time.Second, at(0), at(9)); err != nil || !from.Equal(at(0)) {
				t.Errorf("Reserve(%s) = %v, %v; want %v", class, from, err, at(0))
			}
		}
	})
}

// TestShared holds that of a schedule nobody gets what another has, however many reserve
// at once. It is apart from [TestLedger] because not every emulator of DynamoDB carries
// out a conditional write in one piece, as DynamoDB does.
func TestShared(t *testing.T, open Open) {
	l := open(t, time.Now)
	var all sync.WaitGroup
	var mu sync.Mutex // guards got
	var got []time.Time
	for range 8 {
		all.Go(func() {
			for range 5 {
				from, granted, err := l.Reserve(t.Context(), "calls", time.Second, at(0), at(1e6))
				if err != nil || !granted {
					t.Errorf("Reserve = %t, %v; want it granted", granted, err)
				}
				mu.Lock()
				got = append(got, from)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.SortFunc(got, time.Time.Compare)
	for i, from := range got {
		if want := at(float64(i)); !from.Equal(want) {
			t.Fatalf("reservation %d of %d begins at %v, want %v", i+1, len(got), from, want)
		}
	}
}
