package reconcile

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
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
	// ErrNoGroup is returned by [Pool] for a group that does not exist.
	ErrNoGroup = errors.New("no such group in the pool")
	// ErrBadRequest is returned for a request that can never be granted as it stands.
	ErrBadRequest = errors.New("bad request")
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
//  1. A target for which changes of an earlier run wait sits this one out, because its
//     ledger then lags behind and everything would be sent twice. Start refuses if no
//     target takes part.
//  2. It takes the lease, so that one run is under way at a time.
//  3. It splits the pool into partitions, and spreads them over lanes.
//
// A dry run reads only, so it neither waits for others nor keeps them out.
func (e *Engine) Start(ctx context.Context, request Request) (Run, []Lane, error) {
	run := Run{Request: request, V: Version, StartedAt: time.Now().UTC().Truncate(time.Millisecond)}
	var err error
	if run.Parts, err = e.parts(request.Targets); err != nil {
		return Run{}, nil, err
	}
	if !run.DryRun {
		if run, err = e.admit(ctx, run); err != nil {
			return Run{}, nil, err
		}
	}
	run, lanes, err := e.split(ctx, run)
	if err != nil {
		return Run{}, nil, errors.Join(err, e.Abandon(ctx, run))
	}
	return run, lanes, nil
}

// parts returns the targets that a run is for: those named, or all.
func (e *Engine) parts(names []string) ([]Part, error) {
	parts, all := []Part{}, []string{}
	for _, t := range e.targets {
		all = append(all, t.Name)
		if len(names) == 0 || slices.Contains(names, t.Name) {
			parts = append(parts, Part{Name: t.Name})
		}
	}
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("%w: there is no target %q: want %s", ErrBadRequest, name, strings.Join(all, ", "))
		}
	}
	return parts, nil
}

// admit checks the backlogs and takes the lease.
func (e *Engine) admit(ctx context.Context, run Run) (Run, error) {
	run, err := e.measure(ctx, run)
	if err != nil {
		return run, err
	}
	err = e.lease.Acquire(ctx, run.ID, time.Now().Add(leaseTime))
	if errors.Is(err, ErrLeaseHeld) {
		return run, fmt.Errorf("%w: %w", ErrNotStarted, err)
	}
	return run, err
}

// measure finds out which targets take part, and fails if none does.
func (e *Engine) measure(ctx context.Context, run Run) (Run, error) {
	failed := make(map[int]error)
	var waits []string
	for i, err := range together(ctx, len(run.Parts) > 1, len(run.Parts), func(ctx context.Context, i int) error {
		n, err := e.target(run.Parts[i].Name).Queue.Backlog(ctx)
		if err == nil && n > e.target(run.Parts[i].Name).MaxBacklog {
			run.Parts[i].Waiting = n
		}
		return err
	}) {
		part := run.Parts[i]
		if err != nil {
			failed[i] = fmt.Errorf("measure the backlog: %w", err)
			e.log.WarnContext(ctx, "target sits the run out", "run", run.ID, "target", part.Name, "error", failed[i])
		}
		if part.Waiting > 0 {
			waits = append(waits, of(part.Name, len(run.Parts), fmt.Sprintf("%d changes still wait to be delivered, more than %d",
				part.Waiting, e.target(part.Name).MaxBacklog)))
		}
	}
	run = run.putOut(failed)
	switch {
	case run.participants() > 0:
		return run, nil
	case len(failed) > 0:
		return run, errors.Join(slices.Collect(maps.Values(failed))...)
	}
	return run, fmt.Errorf("%w: %s; the next run tries again", ErrNotStarted, strings.Join(waits, "; "))
}

// of says of which target a text speaks, if there are several.
func of(name string, targets int, text string) string {
	if targets == 1 {
		return text
	}
	return name + ": " + text
}

// split decides how the run lists its users, asks how large the pool is, and returns
// the lanes.
func (e *Engine) split(ctx context.Context, run Run) (Run, []Lane, error) {
	scoped, all := e.scopes(run)
	run.ByGroup, run.Gathers = scoped == all, scoped > 0 && scoped < all
	if run.Gathers && e.memberships == nil {
		return run, nil, errNoMemberships
	}
	if !run.ByGroup { // members of a group can be listed only as a whole
		users, err := e.pool.Estimate(ctx)
		if err != nil {
			return run, nil, fmt.Errorf("estimate the pool's size: %w", err)
		}
		run.Digits = digitsFor(users, e.settings.Rate)
		if run.Digits > 0 && !e.splits(ctx) {
			run.Digits = 0
		}
	}
	if run.Gathers {
		run.Chains = e.chains(run)
	}
	split := lanes(run.Digits, e.settings.Rate)
	run.Lanes = len(split)
	for i := range split {
		split[i].Shares = make([]Share, len(run.Parts))
	}
	return run, split, nil
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
		all[i] = Lane{Number: i, Digits: digits, First: i * share, Size: share, Next: i * share, End: (i + 1) * share, Rate: rate / float64(n)}
	}
	return all
}
