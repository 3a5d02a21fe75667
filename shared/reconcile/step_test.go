package reconcile_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestStepThatBeginsTooLateFails shows that a step without time for anything does not
// report success: the state machine would make it again without end.
func TestStepThatBeginsTooLateFails(t *testing.T) {
	late := func(t *testing.T) context.Context {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second) // less than is kept back for the result
		t.Cleanup(cancel)
		return ctx
	}
	bubble(t, "walk", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(40)))
		run, lanes, err := w.engine().Start(t.Context(), reconcile.Request{ID: "first"})
		if err != nil {
			t.Fatal(err)
		}
		if lane, err := w.engine().Walk(late(t), run, lanes[0]); err == nil {
			t.Errorf("walked up to partition %d without an error, want one", lane.Next)
		}
	})
	bubble(t, "sweep", func(t *testing.T) {
		run, w, lane := missing(t, 10)
		if lane, err := w.engine().Sweep(late(t), run, lane); err == nil {
			t.Errorf("swept %d users without an error, want one", lane.Shares[0].Counts.Removed)
		}
	})
}

// TestStepWithoutADeadlineGoesToTheEnd shows that where nothing ends a step, it does all.
func TestStepWithoutADeadlineGoesToTheEnd(t *testing.T) {
	bubble(t, "walk", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(40), cognitotest.Estimate(3000)))
		w.settings.Rate = 2.5 // one lane
		run, lanes, err := w.engine().Start(t.Context(), reconcile.Request{ID: "first"})
		if err != nil {
			t.Fatal(err)
		}
		if lane, err := w.engine().Walk(t.Context(), run, lanes[0]); err != nil || !lane.Done || lane.Next != 16 {
			t.Errorf("walked %d of 16 partitions, done %t, %v", lane.Next, lane.Done, err)
		}
	})
	bubble(t, "sweep", func(t *testing.T) {
		run, w, lane := missing(t, 10)
		if lane, err := w.engine().Sweep(t.Context(), run, lane); err != nil || !lane.Done || lane.Shares[0].Counts.Removed != 10 {
			t.Errorf("removed %d of 10, done %t, %v", lane.Shares[0].Counts.Removed, lane.Done, err)
		}
	})
}

// TestSweepThatIsStoppedDoubtsNobody shows that who was being looked for when a sweep
// was stopped is looked for again, and not passed over as doubtful.
func TestSweepThatIsStoppedDoubtsNobody(t *testing.T) {
	bubble(t, "stopped", func(t *testing.T) {
		const gone = 100
		run, w, lane := missing(t, gone)
		ctx, cancel := context.WithCancel(t.Context())
		w.strike(func(n int, call string) (error, bool) {
			if call == "pool.AdminGetUser" && len(w.queued) == gone/2 {
				cancel()
				return context.Canceled, false
			}
			return nil, false
		})
		lane, err := w.engine().Sweep(ctx, run, lane)
		if err != nil || lane.Done || lane.Shares[0].Counts.Removed != gone/2 || lane.Shares[0].Counts.Doubtful != 0 {
			t.Fatalf("counts %+v, done %t, %v; want half removed and nobody in doubt", lane.Shares[0].Counts, lane.Done, err)
		}
		w.strike(nil)
		lane, err = w.engine().Sweep(t.Context(), run, lane)
		if err != nil || !lane.Done || lane.Shares[0].Counts.Removed != gone {
			t.Errorf("counts %+v, done %t, %v; want all removed", lane.Shares[0].Counts, lane.Done, err)
		}
	})
}

// TestSmallPoolIsNotAskedToBeSplit shows that a run asks whether the pool can be split
// only where it is going to.
func TestSmallPoolIsNotAskedToBeSplit(t *testing.T) {
	for _, tt := range []struct {
		name     string
		estimate int
		want     map[string]int
	}{
		{"small", 2_000, map[string]int{"DescribeUserPool": 1}},
		{"large", 2_001, map[string]int{"DescribeUserPool": 1, "ListUsers": 1}},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New(cognitotest.Users(10), cognitotest.Estimate(tt.estimate)))
			if _, _, err := w.engine().Start(t.Context(), reconcile.Request{ID: "first"}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, w.counts()); diff != "" {
				t.Errorf("calls to the pool: -want +got\n%s", diff)
			}
		})
	}
}

// TestRemovalIsDatedBeforeItsProof shows that a removal speaks of the moment before the
// user was looked for: whoever is told of a state observed later knows better.
func TestRemovalIsDatedBeforeItsProof(t *testing.T) {
	bubble(t, "one", func(t *testing.T) {
		run, w, lane := missing(t, 1)
		w.pool.Change(cognitotest.Latency(2 * time.Second))
		began := time.Now()
		if _, err := w.engine().Sweep(t.Context(), run, lane); err != nil || len(w.queued) != 1 {
			t.Fatalf("queued %v, %v; want one removal", w.queued, err)
		}
		if got := w.queued[0].ObservedAt; !got.Equal(began) || time.Since(began) < 2*time.Second {
			t.Errorf("removal of %v, want of %v, before the look-up", got, began)
		}
	})
}
