package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
)

// Walk goes through the lane's partitions until none remains or the deadline is
// near, and returns how far it came. For each partition:
//
//  1. It reads what each target's ledger holds of it.
//  2. It lists the pool's side once, page by page, and queues for each target a change
//     for each user who differs.
//  3. Once the listing is complete, it marks for each target who was not in it as
//     absent.
//
// A target whose ledger or queue fails is out for the rest of the run, and the others
// go on. If none remains, or if the pool fails, the partition has failed. It is not
// skipped: Walk returns what it did before it, and fails if that is nothing. A failed
// partition marks nobody. To walk a partition twice does no harm.
func (e *Engine) Walk(ctx context.Context, run Run, lane Lane) (Lane, error) {
	ctx, stop := working(ctx)
	defer stop()
	if err := e.keepLease(ctx, run); err != nil {
		return lane, err
	}
	e.pool.SetRate(lane.Rate)
	pace := newPace(ctx)
	for first := lane.Next; lane.Next < lane.End && pace.allows(); lane.Next++ {
		done, err := e.walkPartition(ctx, run, lane, lane.Next == first)
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

// walkPartition walks the lane's next partition, which may be the first of its step, and
// returns the lane with what was found added.
func (e *Engine) walkPartition(ctx context.Context, run Run, lane Lane, first bool) (Lane, error) {
	w, err := e.newWalking(ctx, run, lane)
	if err != nil {
		return lane, err
	}
	if err := w.each(ctx, w.open); err != nil {
		return lane, err
	}
	if first { // after the ledgers, which take one lane longer than another
		if err := e.stagger(ctx, run, lane); err != nil {
			return lane, err
		}
	}
	if err := w.list(ctx); err != nil {
		return lane, err
	}
	if err := w.each(ctx, w.conclude); err != nil {
		return lane, err
	}
	return w.lane, nil
}

// list lists the partition once, and hands every page to each walker, with a time
// before which the page was not asked for.
func (w *walking) list(ctx context.Context) error {
	asked, next := time.Now(), time.Now()
	dated := func(group string) func([]directory.User) error {
		return func(users []directory.User) error {
			err := w.page(ctx, asked, group, users)
			asked, next = next, time.Now() // the page after next is asked for from here on
			return err
		}
	}
	if !w.run.ByGroup {
		return w.engine.pool.Walk(ctx, w.prefix, dated(""))
	}
	for _, group := range w.engine.scopeGroups(w.run) {
		if !w.wanted(group) {
			continue
		}
		if err := w.engine.pool.WalkGroup(ctx, group, dated(group)); err != nil {
			if err = w.withoutGroup(ctx, group, err); err != nil {
				return err
			}
		}
	}
	return nil
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
