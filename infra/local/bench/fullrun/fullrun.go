// Package fullrun carries out a whole run over a pool of any size, as the state
// machine would: one step after the other in each lane, each with Lambda's 15
// minutes. It computes users and ledger entries on demand, so that ten million take
// no memory.
//
// It uses package time for the time. In a testing/synctest bubble the hours that a run
// waits pass at once, while its computation takes its real time.
package fullrun

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/userhub"
)

// How long the services take. A page of users takes 100 to 200 ms, and a page of the
// ledger, of 1 MB, some 80.
const (
	pageLatency   = 150 * time.Millisecond
	readLatency   = 80 * time.Millisecond
	ledgerLatency = 20 * time.Millisecond
	queueLatency  = 20 * time.Millisecond
	// stepTime is how long one invocation of a function may take, Lambda's limit.
	stepTime = 15 * time.Minute
)

// Case is a run to carry out.
type Case struct {
	Users int
	// Rate is the run's share of the pool's quota, in requests a second.
	Rate float64
	// First makes it the first run, with an empty ledger. Any other run finds that the
	// target is up to date.
	First bool
	// Targets is how many targets there are, each with a ledger and a queue; 0 is one.
	Targets int
	// Share and Of have only every Of-th lane walked, from the one numbered Share,
	// so that several processes carry out one run. By default all are.
	Share, Of int
}

// Result is what a run did.
type Result struct {
	Took        time.Duration
	Walked      int // users, once for each target
	PoolCalls   int
	LedgerReads int // pages
	Writes      int // to users' entries in the ledgers
	Queued      int // changes
	Lanes       int
	Invocations int // of the function, to walk all lanes
	Worst       int // users in the largest partition
	Digits      int // how many digits of a sub name a partition
}

// Add returns the result of two shares of a run together.
func (r Result) Add(o Result) Result {
	return Result{
		Took: max(r.Took, o.Took), Walked: r.Walked + o.Walked, PoolCalls: r.PoolCalls + o.PoolCalls,
		LedgerReads: r.LedgerReads + o.LedgerReads, Writes: r.Writes + o.Writes, Queued: r.Queued + o.Queued,
		Lanes: r.Lanes + o.Lanes, Invocations: r.Invocations + o.Invocations,
		Worst: max(r.Worst, o.Worst), Digits: max(r.Digits, o.Digits),
	}
}

// Measure carries out a run, or a share of one, and returns its result.
func Measure(ctx context.Context, c Case) (Result, error) {
	pool := cognitotest.New(cognitotest.Users(c.Users), cognitotest.Latency(pageLatency), cognitotest.ListQuota(30))
	target := userhub.NewClient(nil, "conn_test")
	changes, census := &changes{}, &census{}
	var ledgers []*ledgertest.Memory
	for range max(c.Targets, 1) {
		ledger := ledgertest.New()
		if !c.First {
			ledger = ledgertest.New(ledgertest.WithBase(ledgertest.Confirmed(pool.Generated, target.Fingerprint, time.Now())))
		}
		ledgers = append(ledgers, ledger)
	}
	// Every step is carried out by a function of its own.
	engine := func() *reconcile.Engine {
		processor := newProcessor()
		var targets []reconcile.RunTarget
		for i, ledger := range ledgers {
			targets = append(targets, reconcile.RunTarget{
				Name: fmt.Sprint("target-", i), Ledger: books{ledger, processor}, Queue: changes.sender(),
				Fingerprinter: &comparing{target, processor, 0}, Policy: plan.Full, Limits: plan.DefaultLimits(),
			})
		}
		return reconcile.NewEngine(slow{census.count(pool), processor}, lease{ledgers[0].Lease()}, targets,
			reconcile.Settings{Rate: c.Rate}, slog.New(slog.DiscardHandler))
	}
	start := time.Now()
	run, lanes, err := engine().Start(ctx, reconcile.Request{ID: "bench"})
	if err != nil {
		return Result{}, err
	}
	if c.Share > 0 {
		pool.ResetCalls() // share 0 accounts for the start
	}
	lanes = slices.DeleteFunc(lanes, func(l reconcile.Lane) bool { return l.Number%max(c.Of, 1) != c.Share })
	invocations, err := walk(ctx, engine, run, lanes)
	if err != nil {
		return Result{}, err
	}
	conclusion, err := engine().Conclude(run, lanes)
	if err != nil {
		return Result{}, err
	}
	summary, err := engine().Finish(ctx, run, conclusion, nil)
	if err != nil {
		return Result{}, err
	}
	if summary.Held != "" {
		return Result{}, fmt.Errorf("removals held: %s", summary.Held)
	}
	reads, writes := 0, 0
	for _, ledger := range ledgers {
		reads, writes = reads+ledger.Calls(ledgertest.Entries), writes+ledger.Writes()
	}
	return Result{
		Took: time.Since(start), Walked: summary.Walked, PoolCalls: calls(pool), LedgerReads: reads, Writes: writes,
		Queued: int(changes.queued.Load()), Lanes: len(lanes), Invocations: invocations,
		Worst: int(census.worst.Load()), Digits: lanes[0].Digits,
	}, nil
}

// walk walks all lanes at the same time, with a new engine for each step, and returns how
// many steps that took.
func walk(ctx context.Context, engine func() *reconcile.Engine, run reconcile.Run, lanes []reconcile.Lane) (int, error) {
	var (
		mu    sync.Mutex // guards steps
		steps int
	)
	group, ctx := errgroup.WithContext(ctx)
	for i := range lanes {
		group.Go(func() error {
			for !lanes[i].Done {
				step, cancel := context.WithTimeout(ctx, stepTime)
				lane, err := engine().Walk(step, run, lanes[i])
				cancel()
				if err != nil {
					return err
				}
				lanes[i] = lane
				mu.Lock()
				steps++
				mu.Unlock()
			}
			return nil
		})
	}
	err := group.Wait()
	return steps, err
}

func calls(pool *cognitotest.Pool) int {
	total := 0
	for _, n := range pool.AllCalls() {
		total += n
	}
	return total
}
