package reconcile

import (
	"context"
	"errors"
	"fmt"
)

// errDeadline ends the reading of candidates when the step's time is up.
var errDeadline = errors.New("deadline is near")

// Sweep goes through the lane's candidates for removal until none remains or the
// deadline is near, target by target, and returns how far it came. Each is looked for by
// name: only who is proven gone is queued for removal. One who cannot be confirmed
// either way is left for the next run. If it fails, it returns what it did before, and
// fails if that is nothing.
//
// Then it has those tried again whom the target blocks for now: whoever is removed may
// have had their address, or their seat.
//
// Of several targets, one whose ledger or queue fails is out, and the others go on.
func (e *Engine) Sweep(ctx context.Context, run Run, lane Lane) (Lane, error) {
	ctx, stop := working(ctx)
	defer stop()
	if err := e.keepLease(ctx, run); err != nil {
		return lane, err
	}
	lane = lane.clone()
	pace := newPace(ctx)
	for lane.Next < lane.End {
		at := lane.swath()
		if !lane.holds(at) {
			lane.Next++
			continue
		}
		err := e.sweepSwath(ctx, run, &lane, at, pace)
		switch {
		case errors.Is(err, errDeadline):
			return lane, nil
		case err == nil:
			lane.Next, lane.After = lane.Next+1, ""
		case run.participants() > 1 && ctx.Err() == nil:
			e.log.WarnContext(ctx, "target is out for the rest of the run", "run", run.ID, "target", run.Parts[at.target].Name, "error", err)
			lane.Shares[at.target].putOut(err)
			lane.After = ""
		case pace.pieces == 0:
			return lane, err
		default:
			e.log.WarnContext(ctx, "sweep failed: the rest is swept again", "run", run.ID, "error", err)
			return lane, nil
		}
	}
	lane.Done = true
	return lane, nil
}

// swath is what Sweep goes through at a time: one partition for one target, for those
// who are absent or for those who are blocked. They are numbered: all of the first
// target's for the absent, then all of its for the blocked, then the next target's.
type swath struct {
	target    int
	blocked   bool
	partition int
}

// swath returns the next one to be swept.
func (l Lane) swath() swath {
	return swath{target: l.Next / (2 * l.Size), blocked: l.Next/l.Size%2 == 1, partition: l.First + l.Next%l.Size}
}

// holds reports whether there is anything in a swath.
func (l Lane) holds(s swath) bool {
	set := l.Shares[s.target].AbsentIn
	if s.blocked {
		set = l.Shares[s.target].BlockedIn
	}
	return set.has(s.partition-l.First, l.Size)
}

// sweepSwath sweeps one swath.
func (e *Engine) sweepSwath(ctx context.Context, run Run, lane *Lane, at swath, pace *pace) error {
	b := broom{engine: e, run: run, target: e.target(run.Parts[at.target].Name), share: &lane.Shares[at.target],
		within: prefix(at.partition, lane.Digits), after: &lane.After, pace: pace}
	if b.target == nil {
		b.share.putOut(errTakenAway)
		return nil
	}
	sweep := b.sweep
	if at.blocked {
		sweep = b.unblock
	}
	if err := sweep(ctx); err != nil {
		return fmt.Errorf("sweep partition %d of %d: %w", at.partition+1, partitions(lane.Digits), err)
	}
	return nil
}
