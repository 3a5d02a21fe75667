package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/plan"
)

// refuse records that the target refused what next describes, for good or for now.
func (d *Deliverer) refuse(ctx context.Context, entry, next plan.Entry, cause error) error {
	next.Rejected = cause.Error()
	if VerdictOf(cause) == Blocked {
		next = entry.Block(next, time.Now())
	}
	return d.record(ctx, d.ledger.Reject, next)
}

// record writes an answer of the target's to the ledger.
func (d *Deliverer) record(ctx context.Context, write func(context.Context, plan.Entry) error, e plan.Entry) error {
	if err := write(ctx, e); err != nil {
		return fmt.Errorf("record in the ledger: %w", err)
	}
	return nil
}

// markTimeout bounds the note of a removal whose delivery has used up its time.
const markTimeout = time.Second

// markLeaving notes that a removal is on its way, once for each change that carries it:
// while the target is away, no run needs to miss the user. It goes by the age of the
// change, so that one which was given up and sent again says nothing new. And it takes
// a moment of its own, because a target that hangs has used up the delivery's.
func (d *Deliverer) markLeaving(ctx context.Context, entry plan.Entry, observedAt time.Time) error {
	if entry.Leaving(time.Now()) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), markTimeout)
	defer cancel()
	if err := d.ledger.MarkLeaving(ctx, entry.Sub, observedAt); err != nil {
		return fmt.Errorf("mark as leaving in the ledger: %w", err)
	}
	return nil
}
