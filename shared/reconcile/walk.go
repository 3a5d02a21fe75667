package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// Walk goes through the lane's partitions until none remains or the deadline is
// near, and returns how far it came. For each partition:
//
//  1. It reads what the ledger holds of it.
//  2. It lists the pool's side page by page, and queues a change for each user
//     who differs.
//  3. Once the listing is complete, it marks who was not in it as absent.
//
// A partition that fails is not skipped: Walk returns what it did before it, and
// fails if that is nothing. A failed partition marks nobody. To walk a partition
// twice does no harm.
func (e *Engine) Walk(ctx context.Context, run Run, lane Lane) (Lane, error) {
	ctx, stop := working(ctx)
	defer stop()
	if err := e.keepLease(ctx, run); err != nil {
		return lane, err
	}
	e.pool.SetRate(lane.Rate)
	if err := e.stagger(ctx, run, lane); err != nil {
		return lane, err
	}
	pace := newPace(ctx)
	for first := lane.Next; lane.Next < lane.End && pace.allows(); lane.Next++ {
		done, err := e.walkPartition(ctx, run, lane)
		if err != nil {
			err = fmt.Errorf("walk partition %d of %d: %w", lane.Next+1, partitions(lane.Digits), err)
			if lane.Next == first {
				return lane, err
			}
			e.log.WarnContext(ctx, "partition failed: it is walked again", "run", run.ID, "error", err)
			return lane, nil
		}
		lane = done
		pace.done()
	}
	lane.Done = lane.Next >= lane.End
	return lane, nil
}

// walkPartition walks the lane's next partition and returns the lane with what
// was found added.
func (e *Engine) walkPartition(ctx context.Context, run Run, lane Lane) (Lane, error) {
	part := plan.NewPartition(time.Now(), run.RetryRejected)
	err := e.ledger.Entries(ctx, prefix(lane.Next, lane.Digits), func(entry plan.Entry) error {
		part.Add(entry)
		return nil
	})
	if err != nil {
		return lane, fmt.Errorf("read the ledger: %w", err)
	}
	blocked := lane.Counts.Blocked
	err = e.list(ctx, prefix(lane.Next, lane.Digits), func(asked time.Time, users []directory.User) error {
		return e.compare(ctx, run, &lane, part, asked, users)
	})
	if err != nil {
		return lane, err
	}
	if lane.Counts.Blocked > blocked && !run.DryRun {
		lane.Blocked = append(slices.Clip(lane.Blocked), lane.Next)
	}
	part.Complete()
	lane.Counts.Tally = lane.Counts.Tally.Add(part.Tally())
	return e.markAbsent(ctx, run, lane, part)
}

// compare decides about one page of users and queues the changes.
func (e *Engine) compare(ctx context.Context, run Run, lane *Lane, part *plan.Partition, asked time.Time, users []directory.User) error {
	var changes []directory.Change
	for _, user := range users {
		decision := part.Observe(user, e.target.Fingerprint(user))
		lane.Counts.count(decision)
		switch {
		case decision == plan.Same:
		case run.DryRun:
			lane.note(user.Sub, decision.String())
		case !decision.Deliver():
		default:
			changes = append(changes, directory.Change{
				ID: directory.NewChangeID(), Kind: directory.Changed, Origin: directory.Sync, Pool: e.settings.Pool,
				Sub: user.Sub, Username: user.Username, ObservedAt: asked, User: &user,
			})
		}
	}
	if len(changes) == 0 {
		return nil
	}
	return e.queue.SendAll(ctx, changes)
}

// markAbsent notes in the ledger who was not in the pool, for Sweep to confirm.
// Too many to be removed whatever the rest of the run finds are only counted.
// Users whom the target never took are forgotten at once: there is nothing to
// remove, and one forgotten wrongly is refused once more and remembered again.
func (e *Engine) markAbsent(ctx context.Context, run Run, lane Lane, part *plan.Partition) (Lane, error) {
	if run.DryRun {
		for sub := range part.Missing() {
			lane.note(sub, "missing")
		}
		return lane, nil
	}
	for sub := range part.Lapsed() {
		// A newer answer, recorded while the listing lagged, stays.
		if err := e.ledger.Forget(ctx, sub, run.StartedAt); err != nil && !errors.Is(err, ErrStale) {
			return lane, fmt.Errorf("forget a rejected user: %w", err)
		}
	}
	missing := part.Tally().Missing
	hopeless := e.settings.Limits.OverCount(missing) && !run.AllowRemovals
	if missing == 0 || hopeless || !e.settings.Policy.Removes() {
		return lane, nil
	}
	for sub := range part.Missing() {
		if err := e.ledger.MarkAbsent(ctx, sub, run.ID); err != nil {
			return lane, fmt.Errorf("mark as absent: %w", err)
		}
	}
	// A copy: a step that fails half-way must not have changed what it was given.
	lane.Absent = append(slices.Clip(lane.Absent), lane.Next)
	return lane, nil
}

// list calls page for everybody in the partition who is in scope, each once, with
// a time before which the page was not asked for.
func (e *Engine) list(ctx context.Context, prefix string, page func(time.Time, []directory.User) error) error {
	asked, next := time.Now(), time.Now()
	dated := func(users []directory.User) error {
		err := page(asked, users)
		asked, next = next, time.Now() // the page after next is asked for from here on
		return err
	}
	if len(e.settings.Groups) == 0 {
		return e.pool.Walk(ctx, prefix, dated)
	}
	seen := make(map[string]bool)
	for _, group := range e.settings.Groups {
		err := e.pool.WalkGroup(ctx, group, func(users []directory.User) error {
			fresh := make([]directory.User, 0, len(users))
			for _, user := range users {
				if !seen[user.Sub] {
					seen[user.Sub] = true
					fresh = append(fresh, user)
				}
			}
			return dated(fresh)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// keepLease prolongs the run's lease for another step.
func (e *Engine) keepLease(ctx context.Context, run Run) error {
	if run.DryRun {
		return nil
	}
	return e.ledger.Renew(ctx, run.ID, time.Now().Add(leaseTime))
}

// stagger waits for the lane's place among the others. Lanes ask at one pace: if
// they also asked at the same moments, a pool that counts the requests of each
// second would refuse what it allows on average. So each takes its turn within the
// pace, counted from the run's start and kept however late a step begins.
func (e *Engine) stagger(ctx context.Context, run Run, lane Lane) error {
	if !(lane.Rate > 0 && e.settings.Rate > 0) {
		return nil // the pool refuses such a rate
	}
	gap := max(time.Duration(float64(time.Second)/lane.Rate), 1)
	turn := time.Duration(float64(lane.Number) / e.settings.Rate * float64(time.Second))
	wait := (turn - time.Since(run.StartedAt)) % gap
	if wait < 0 {
		wait += gap
	}
	select {
	case <-time.After(wait):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
