package ledgertest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// OpenLease returns a lease that nobody holds, and that expires by the given clock.
type OpenLease func(t *testing.T, now func() time.Time) reconcile.Lease

// TestLease holds a lease against what every lease promises.
func TestLease(t *testing.T, open OpenLease) {
	// A lease is taken and renewed for a minute, from now.
	acquire := func(owner string) func(reconcile.Lease, time.Time) error {
		return func(l reconcile.Lease, now time.Time) error {
			return l.Acquire(t.Context(), owner, now.Add(time.Minute))
		}
	}
	renew := func(owner string) func(reconcile.Lease, time.Time) error {
		return func(l reconcile.Lease, now time.Time) error { return l.Renew(t.Context(), owner, now.Add(time.Minute)) }
	}
	release := func(owner string) func(reconcile.Lease, time.Time) error {
		return func(l reconcile.Lease, _ time.Time) error { return l.Release(t.Context(), owner) }
	}
	held, lost := reconcile.ErrLeaseHeld, reconcile.ErrLeaseLost

	type timed struct {
		seconds float64
		do      func(reconcile.Lease, time.Time) error
		want    error
	}
	for _, tt := range []struct {
		name  string
		steps []timed
	}{
		{"taken once", []timed{{0, acquire("a"), nil}, {1, acquire("b"), held}, {59, acquire("b"), held}}},
		{"taken again by its holder", []timed{{0, acquire("a"), nil}, {30, acquire("a"), nil}, {89, acquire("b"), held}}},
		{"renewed", []timed{{0, acquire("a"), nil}, {30, renew("a"), nil}, {89, acquire("b"), held}, {90, acquire("b"), nil}}},
		{"renewed without having it", []timed{{0, renew("a"), lost}, {1, acquire("b"), nil}, {2, renew("a"), lost}}},
		{"expired", []timed{{0, acquire("a"), nil}, {60, acquire("b"), nil}}},
		{"expired, renewed before anybody took it", []timed{{0, acquire("a"), nil}, {70, renew("a"), nil}, {71, acquire("b"), held}}},
		{"stolen", []timed{{0, acquire("a"), nil}, {60, acquire("b"), nil},
			{61, renew("a"), lost}, {61, acquire("a"), held}, {62, renew("b"), nil}}},
		{"stolen and given back", []timed{{0, acquire("a"), nil}, {60, acquire("b"), nil},
			{61, release("b"), nil}, {62, renew("a"), lost}, {63, acquire("c"), nil}}},
		{"stolen, expired and stolen back", []timed{{0, acquire("a"), nil}, {60, acquire("b"), nil},
			{120, acquire("a"), nil}, {121, renew("b"), lost}, {122, renew("a"), nil}}},
		{"released", []timed{{0, acquire("a"), nil}, {1, release("a"), nil}, {2, acquire("b"), nil}}},
		{"released twice", []timed{{0, acquire("a"), nil}, {1, release("a"), nil}, {1, release("a"), nil}, {2, acquire("b"), nil}}},
		{"released by another", []timed{{0, acquire("a"), nil}, {1, release("b"), nil}, {2, acquire("b"), held}, {3, renew("a"), nil}}},
		{"released by its former holder", []timed{{0, acquire("a"), nil}, {60, acquire("b"), nil},
			{61, release("a"), nil}, {62, renew("b"), nil}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			now := at(0)
			l := open(t, func() time.Time { return now })
			for i, s := range tt.steps {
				now = at(s.seconds)
				if err := s.do(l, now); !errors.Is(err, s.want) {
					t.Fatalf("step %d: error = %v, want %v", i+1, err, s.want)
				}
			}
		})
	}
	t.Run("taken by one of many at once", func(t *testing.T) {
		l := open(t, func() time.Time { return at(0) })
		var winners atomic.Int32
		var all sync.WaitGroup
		for _, owner := range []string{"a", "b", "c", "d", "e", "f"} {
			all.Go(func() {
				switch err := acquire(owner)(l, at(0)); {
				case err == nil:
					winners.Add(1)
				case !errors.Is(err, held):
					t.Errorf("Acquire error = %v, want %v", err, held)
				}
			})
		}
		all.Wait()
		if got := winners.Load(); got != 1 {
			t.Errorf("%d runs took the lease, want 1", got)
		}
	})
	t.Run("says who holds it", func(t *testing.T) {
		l := open(t, func() time.Time { return at(0) })
		if err := acquire("run-1")(l, at(0)); err != nil {
			t.Fatal(err)
		}
		err := acquire("run-2")(l, at(0))
		const want = "another run is under way: run-1 holds the lease until 2026-05-01T12:01:00Z"
		if err == nil || err.Error() != want {
			t.Errorf("Acquire error = %v, want %s", err, want)
		}
	})
}

func testSuccess(t *testing.T, open Open) {
	type success struct {
		Run       string
		StartedAt time.Time
	}
	first, second := success{"run-1", at(1)}, success{"run-2", at(2)}
	l := open(t, time.Now)
	for _, tt := range []struct {
		name   string
		record success
		want   success
	}{
		{"none yet", success{}, success{}},
		{"the first", first, first},
		{"a later one", second, second},
		{"the same again", second, second},
		{"an earlier one", first, second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.record != (success{}) {
				if err := l.RecordSuccess(t.Context(), tt.record.Run, tt.record.StartedAt); err != nil {
					t.Fatal(err)
				}
			}
			run, startedAt, err := l.LastSuccess(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, success{run, startedAt}); diff != "" {
				t.Errorf("LastSuccess: -want +got\n%s", diff)
			}
		})
	}
}
