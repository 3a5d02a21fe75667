package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// errDeadline ends the reading of candidates when the step's time is up.
var errDeadline = errors.New("deadline is near")

// Sweep goes through the lane's candidates for removal until none remains or the
// deadline is near, and returns how far it came. Each is looked for by name: only
// who is proven gone is queued for removal. One who cannot be confirmed either way
// is left for the next run. If it fails, it returns what it did before, and fails if
// that is nothing.
//
// Then it has those tried again whom the target blocks for now: whoever is removed may
// have had their address, or their seat.
func (e *Engine) Sweep(ctx context.Context, run Run, lane Lane) (Lane, error) {
	ctx, stop := working(ctx)
	defer stop()
	if err := e.keepLease(ctx, run); err != nil {
		return lane, err
	}
	pace := newPace(ctx)
	for lane.Next < lane.End {
		sweep := e.sweepPartition
		if lane.Next >= len(lane.Absent) {
			sweep = e.unblockPartition
		}
		err := sweep(ctx, run, &lane, pace)
		if errors.Is(err, errDeadline) {
			return lane, nil
		}
		if err != nil {
			err = fmt.Errorf("sweep partition %d of %d: %w", lane.sweeping()+1, partitions(lane.Digits), err)
			if pace.pieces == 0 {
				return lane, err
			}
			e.log.WarnContext(ctx, "sweep failed: the rest is swept again", "run", run.ID, "error", err)
			return lane, nil
		}
		lane.Next, lane.After = lane.Next+1, ""
	}
	lane.Done = true
	return lane, nil
}

// sweeping returns the partition that Sweep has come to.
func (l Lane) sweeping() int {
	if l.Next < len(l.Absent) {
		return l.Absent[l.Next]
	}
	return l.Blocked[l.Next-len(l.Absent)]
}

// unblockAfter leaves the removals of a run time to reach the target first. What is
// still blocked then waits for its turn.
const unblockAfter = 5 * time.Minute

// unblockPartition queues those of one partition whom the target blocks for now. Their
// users are read when they are delivered.
func (e *Engine) unblockPartition(ctx context.Context, _ Run, lane *Lane, pace *pace) error {
	if !pace.allows() {
		return errDeadline
	}
	var changes []directory.Change
	asked := time.Now()
	err := e.ledger.Entries(ctx, prefix(lane.sweeping(), lane.Digits), func(entry plan.Entry) error {
		if entry.Blocked() && !entry.Due(asked) { // who is due was queued by Walk
			changes = append(changes, directory.Change{
				ID: directory.NewChangeID(), Kind: directory.Changed, Origin: directory.Sync, Pool: e.settings.Pool,
				Sub: entry.Sub, Username: entry.Username, ObservedAt: asked,
			})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	if err := e.queue.SendAllAfter(ctx, changes, unblockAfter); err != nil {
		return err
	}
	lane.Counts.Retried += len(changes)
	lane.Counts.Blocked -= len(changes)
	pace.done()
	return nil
}

// sweepPartition goes through the candidates of one partition, which the ledger
// gives in the order of their subs, from where an earlier step stopped.
func (e *Engine) sweepPartition(ctx context.Context, run Run, lane *Lane, pace *pace) error {
	within := prefix(lane.sweeping(), lane.Digits)
	return e.ledger.Candidates(ctx, within, run.ID, func(entry plan.Entry) error {
		if entry.Sub <= lane.After {
			return nil
		}
		if !pace.allows() {
			return errDeadline
		}
		if err := e.sweepUser(ctx, lane, entry); err != nil {
			return err
		}
		lane.After = entry.Sub
		pace.done()
		return nil
	})
}

// sweepUser confirms one absence and queues the removal. Then it notes that the removal
// is on its way: the guard has let it pass, and the next run is not to miss the user once
// more while the change waits. If the note fails, the step does, and the change is queued
// twice; the other way round nobody might remove the user for days.
func (e *Engine) sweepUser(ctx context.Context, lane *Lane, entry plan.Entry) error {
	asked := time.Now()
	gone, err := e.gone(ctx, entry)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		lane.Counts.Doubtful++
		e.log.WarnContext(ctx, "absence not confirmed: the user is kept", "sub", entry.Sub, "error", err)
		return nil
	case !gone:
		lane.Counts.Present++
		return nil
	}
	err = e.queue.SendAll(ctx, []directory.Change{{
		ID: directory.NewChangeID(), Kind: directory.Removed, Origin: directory.Sync, Pool: e.settings.Pool,
		Sub: entry.Sub, Username: entry.Username, ObservedAt: asked,
	}})
	if err != nil {
		return err
	}
	if err := e.ledger.MarkLeaving(ctx, entry.Sub, asked); err != nil {
		return fmt.Errorf("mark as leaving: %w", err)
	}
	lane.Counts.Removed++
	return nil
}

// gone reports whether a user is proven to have left the pool, or the groups that
// the run is limited to.
func (e *Engine) gone(ctx context.Context, entry plan.Entry) (bool, error) {
	if len(e.settings.Groups) > 0 {
		member, err := e.pool.InGroups(ctx, entry.Username, e.settings.Groups)
		if err != nil || !member {
			return err == nil, err
		}
		// A member by that name may be another user, created after this one went.
	}
	return e.pool.Gone(ctx, entry.Sub, entry.Username)
}
