package reconcile_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestNoPartitionIsBegunThatMayNotFit shows when a walk stops: it begins another
// partition only while half as much again as the longest so far took is left of the
// 14 min 50 s that an invocation works.
func TestNoPartitionIsBegunThatMayNotFit(t *testing.T) {
	tests := []struct {
		name string
		took []time.Duration // the partitions; the last also stands for all after it
		want int             // partitions walked
	}{
		{"6:50 left after two of 4:00", []time.Duration{4 * time.Minute}, 3},
		{"5:50 left after two of 4:30", []time.Duration{4*time.Minute + 30*time.Second}, 2},
		{"the longest counts, not the last", []time.Duration{4*time.Minute + 30*time.Second, time.Minute}, 5},
		{"the longest counts, not the first", []time.Duration{time.Minute, 4*time.Minute + 30*time.Second}, 3},
		{"the first is always begun", []time.Duration{14 * time.Minute}, 1},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New(cognitotest.Users(16), cognitotest.Estimate(3000)))
			w.settings.Rate = 2.5 // one lane
			run, lanes, err := w.engine().Start(t.Context(), reconcile.Request{ID: "first"})
			if err != nil || len(lanes) != 1 {
				t.Fatalf("%d lanes, %v; want one", len(lanes), err)
			}
			partition := 0
			w.strike(func(_ int, call string) (error, bool) {
				if call == "ledger.Entries" {
					time.Sleep(tt.took[min(partition, len(tt.took)-1)] - time.Second) // and up to 1 s for its page
					partition++
				}
				return nil, false
			})
			lane, err := invoke(w, walk(run), lanes[0])
			if err != nil || lane.Next != tt.want || lane.Done {
				t.Errorf("walked %d of 16 partitions, done %t, %v; want %d", lane.Next, lane.Done, err, tt.want)
			}
		})
	}
}

// TestLaneThatCannotTakeItsTurn shows that a lane whose context ends while it waits for its
// turn asks nothing of the pool, and fails with what ended it.
func TestLaneThatCannotTakeItsTurn(t *testing.T) {
	bubble(t, "cancelled", func(t *testing.T) {
		w := newWorld(t, cognitotest.New(cognitotest.Users(40)))
		w.settings.Rate = 0.1
		run, lanes, err := w.engine().Start(t.Context(), reconcile.Request{ID: "first"})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // its turn comes every ten seconds
		began, reason := time.Now(), errors.New("the function is stopped")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(2*time.Second, func() { cancel(reason) })
		w.pool.ResetCalls()
		lane, err := w.engine().Walk(ctx, run, lanes[0])
		if !errors.Is(err, reason) || lane.Next != 0 || time.Since(began) != 2*time.Second {
			t.Errorf("walked up to %d, %v after %v; want nothing, and the reason at once", lane.Next, err, time.Since(began))
		}
		if calls := w.counts(); len(calls) != 0 {
			t.Errorf("calls %v, want none", calls)
		}
	})
}
