package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// How a run can fail to start, or to go on.
var (
	// ErrNotStarted is returned by [Engine.Start] when a run must not start now
	// and nothing is wrong: another run is under way, or the changes of an earlier
	// one still wait to be delivered. The error that wraps it says which.
	ErrNotStarted = errors.New("run not started")
	// ErrLeaseHeld is returned by [RunLedger] when another run holds the lease.
	ErrLeaseHeld = errors.New("another run is under way")
	// ErrLeaseLost is returned by [RunLedger] when a run renews a lease that it no
	// longer holds.
	ErrLeaseLost = errors.New("the lease was lost to another run")
	// ErrFilterRefused is returned by [Pool] when it cannot list by a prefix, or
	// lists users who do not have it.
	ErrFilterRefused = errors.New("filter not honoured by the pool")
)

// How a pool is split. Cognito filters by a prefix of sub, whose first digit is
// random in every Region. In newer pools the second, fourth and eighth are the
// same for all users of a Region, so two digits split no finer than one, and
// three split 256 ways where they could split 4,096.
const (
	// smallPool users are some thirty requests: splitting would only add more.
	smallPool = 2_000
	// longestWalk is how long the walk of one partition may take at its lane's rate:
	// two thirds of Lambda's 15 minutes, because the pool's size is an estimate and
	// partitions differ. At the default rate sixteen partitions do for 1,440,000
	// users; what a function then has to remember fits into its memory many times.
	longestWalk = 10 * time.Minute
	// pageUsers is how many users the pool lists at once.
	pageUsers = 60

	maxLanes = 16
	// laneRate is what one lane is sure to reach. A page takes 100 to 200 ms, so
	// a chain of requests makes five to ten a second; half of that leaves room
	// for slow answers.
	laneRate = 2.5
)

// Start begins a run:
//
//  1. It refuses while changes of an earlier run wait, because the ledger then
//     lags behind and everything would be sent twice.
//  2. It takes the lease, so that one run is under way at a time.
//  3. It splits the pool into partitions, and spreads them over lanes.
//
// A dry run reads only, so it neither waits for others nor keeps them out.
func (e *Engine) Start(ctx context.Context, request Request) (Run, []Lane, error) {
	run := Run{Request: request, StartedAt: time.Now().UTC().Truncate(time.Millisecond)}
	if !run.DryRun {
		if err := e.admit(ctx, run); err != nil {
			return Run{}, nil, err
		}
	}
	lanes, err := e.split(ctx)
	if err != nil {
		return Run{}, nil, errors.Join(err, e.Abandon(ctx, run))
	}
	return run, lanes, nil
}

// admit checks the backlog and takes the lease.
func (e *Engine) admit(ctx context.Context, run Run) error {
	waiting, err := e.queue.Backlog(ctx)
	if err != nil {
		return fmt.Errorf("measure the backlog: %w", err)
	}
	if waiting > e.settings.MaxBacklog {
		return fmt.Errorf("%w: %d changes still wait to be delivered, more than %d; the next run tries again",
			ErrNotStarted, waiting, e.settings.MaxBacklog)
	}
	err = e.ledger.Acquire(ctx, run.ID, time.Now().Add(leaseTime))
	if errors.Is(err, ErrLeaseHeld) {
		return fmt.Errorf("%w: %w", ErrNotStarted, err)
	}
	return err
}

// split asks how large the pool is and returns its lanes.
func (e *Engine) split(ctx context.Context) ([]Lane, error) {
	if len(e.settings.Groups) > 0 {
		// Members of a group can be listed only as a whole.
		return lanes(0, e.settings.Rate), nil
	}
	users, err := e.pool.Estimate(ctx)
	if err != nil {
		return nil, fmt.Errorf("estimate the pool's size: %w", err)
	}
	digits := digitsFor(users, e.settings.Rate)
	if digits > 0 && !e.splits(ctx) {
		digits = 0
	}
	return lanes(digits, e.settings.Rate), nil
}

// splits reports whether the pool accepts a filter by prefix.
func (e *Engine) splits(ctx context.Context) bool {
	err := e.pool.CheckFilter(ctx)
	if errors.Is(err, ErrFilterRefused) {
		e.log.WarnContext(ctx, "the pool refuses to be split by prefix of sub: it is walked as one partition", "error", err)
		return false
	}
	return true // any other failure is for the walk to meet, and to report
}

// digitsFor returns how many digits of sub to split a pool of that size by: as few
// as will do, because each partition costs up to one request more than its pages.
func digitsFor(users int, rate float64) int {
	if users <= smallPool {
		return 0
	}
	pages := float64(users) / pageUsers / float64(partitions(1))
	if pages <= lanes(1, rate)[0].Rate*longestWalk.Seconds() {
		return 1
	}
	return 3
}

// lanes spreads the partitions evenly over as many lanes as it takes to reach the
// rate, and gives each lane its share of it.
func lanes(digits int, rate float64) []Lane {
	n := 1
	for n < maxLanes && n < partitions(digits) && float64(n)*laneRate < rate {
		n *= 2 // a power of two divides the partitions evenly
	}
	share := partitions(digits) / n
	all := make([]Lane, n)
	for i := range all {
		all[i] = Lane{Number: i, Digits: digits, Next: i * share, End: (i + 1) * share, Rate: rate / float64(n)}
	}
	return all
}
