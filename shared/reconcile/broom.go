package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// broom sweeps one partition for one target.
type broom struct {
	engine *Engine
	run    Run
	target *RunTarget
	share  *Share
	within string  // the partition, as a prefix of sub
	after  *string // the last sub that was dealt with
	pace   *pace
}

// unblockAfter leaves the removals of a run time to reach the target first. What is
// still blocked then waits for its turn.
const unblockAfter = 5 * time.Minute

// unblock queues those of the partition whom the target blocks for now. Their users are
// read when they are delivered.
func (b broom) unblock(ctx context.Context) error {
	if !b.pace.allows() {
		return errDeadline
	}
	var changes []directory.Change
	asked := time.Now()
	err := b.target.Ledger.Entries(ctx, b.within, func(entry plan.Entry) error {
		if entry.Blocked() && !entry.Due(asked) { // who is due was queued by Walk
			changes = append(changes, directory.Change{
				ID: directory.NewChangeID(), Kind: directory.Changed, Origin: directory.Sync, Pool: b.engine.settings.Pool,
				Sub: entry.Sub, Username: entry.Username, ObservedAt: asked,
			})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	if err := b.target.Queue.SendAllAfter(ctx, changes, unblockAfter); err != nil {
		return err
	}
	b.share.Retried += len(changes)
	b.share.Blocked -= len(changes)
	b.pace.done()
	return nil
}

// sweep goes through the candidates of the partition, which the ledger gives in the
// order of their subs, from where an earlier step stopped.
func (b broom) sweep(ctx context.Context) error {
	return b.target.Ledger.Candidates(ctx, b.within, b.run.ID, func(entry plan.Entry) error {
		if entry.Sub <= *b.after {
			return nil
		}
		if !b.pace.allows() {
			return errDeadline
		}
		if err := b.remove(ctx, entry); err != nil {
			return err
		}
		*b.after = entry.Sub
		b.pace.done()
		return nil
	})
}

// remove confirms one absence and queues the removal. Then it notes that the removal
// is on its way: the guard has let it pass, and the next run is not to miss the user once
// more while the change waits. If the note fails, the step does, and the change is queued
// twice; the other way round nobody might remove the user for days.
func (b broom) remove(ctx context.Context, entry plan.Entry) error {
	asked := time.Now()
	gone, err := b.gone(ctx, entry)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		b.share.Doubtful++
		b.engine.log.WarnContext(ctx, "absence not confirmed: the user is kept", "sub", entry.Sub, "error", err)
		return nil
	case !gone:
		b.share.Present++
		return nil
	}
	err = b.target.Queue.SendAll(ctx, []directory.Change{{
		ID: directory.NewChangeID(), Kind: directory.Removed, Origin: directory.Sync, Pool: b.engine.settings.Pool,
		Sub: entry.Sub, Username: entry.Username, ObservedAt: asked,
	}})
	if err != nil {
		return err
	}
	if err := b.target.Ledger.MarkLeaving(ctx, entry.Sub, asked); err != nil {
		return fmt.Errorf("mark as leaving: %w", err)
	}
	b.share.Removed++
	return nil
}

// gone reports whether a user is proven to have left the pool, or the groups that
// the target is limited to.
func (b broom) gone(ctx context.Context, entry plan.Entry) (bool, error) {
	if len(b.target.Groups) > 0 {
		member, err := b.engine.pool.InGroups(ctx, entry.Username, b.target.Groups)
		if err != nil || !member {
			return err == nil, err
		}
		// A member by that name may be another user, created after this one went.
	}
	return b.engine.pool.Gone(ctx, entry.Sub, entry.Username)
}
