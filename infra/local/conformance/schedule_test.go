package conformance

import (
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/shared/ledger"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/throttle"
)

// TestSchedule holds a ledger's promises against another emulator, which unlike moto
// carries out a conditional write in one piece: moto changes an item after it has looked
// at the condition, and lets others in between.
func TestSchedule(t *testing.T) {
	e, err := emulator.StartMinistack(t.Context(), t.TempDir(), emulator.AccountID)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Stop()
	client := ledger.NewClient(e.Config())
	table := createTable(t, client)
	open := func(now func() time.Time) *ledger.Table {
		return ledger.New(client, table, "us-east-1_"+rand.Text(), "scim:1", ledger.WithClock(now))
	}
	ofLedger := func(_ *testing.T, now func() time.Time) ledgertest.Ledger { return open(now) }
	t.Run("Ledger", func(t *testing.T) { ledgertest.TestLedger(t, ofLedger) })
	t.Run("Shared", func(t *testing.T) { ledgertest.TestShared(t, ofLedger) })
	t.Run("Budget", func(t *testing.T) { testBudget(t, open(time.Now)) })
}

// testBudget has instances make all the calls that they are let make: together they take
// as long as one would.
func testBudget(t *testing.T, schedule throttle.Schedule) {
	const (
		instances, workers, calls = 4, 5, 10 // calls of a worker
		perSecond                 = 100
		// As much may go at once at the beginning.
		head = time.Second / 2
	)
	began := time.Now()
	var all sync.WaitGroup
	for range instances {
		b := throttle.NewBudget(schedule, "calls", throttle.Limit{PerSecond: perSecond}, throttle.Bulk())
		for range workers {
			all.Go(func() {
				for range calls {
					if err := b.Wait(t.Context()); err != nil {
						t.Errorf("Wait: %v", err)
					}
				}
			})
		}
	}
	all.Wait()
	const least = instances*workers*calls*time.Second/perSecond - head
	if got := time.Since(began); got < least {
		t.Errorf("%d calls in %v, want them to take %v at least", instances*workers*calls, got, least)
	}
}
