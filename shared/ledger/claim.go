package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// notLive is the condition that no creation is under way.
const notLive = "attribute_not_exists(claimedUntil) OR claimedUntil <= :now"

// Claim notes that a delivery is about to create a user whom the target does not hold as
// far as the ledger knows. A claim that has expired, or that the same change made, is
// renewed. A removal is over, but for the time of it, and the item does not expire any
// more: the claim stays until [Table.Confirm] or [Table.Forget].
//
// The error is [reconcile.ErrClaimed] if another change's claim is live, or if the target
// holds the user by now. Claims must last long beside the difference between the clocks
// of two functions.
func (t *Table) Claim(ctx context.Context, sub, username string, c plan.Claim) error {
	err := t.write(ctx, "claim", sub,
		"SET username = :username, claimedBy = :by, claimedUntil = :until REMOVE removed, expires",
		"attribute_not_exists(deliveredAt) AND ("+notLive+" OR claimedBy = :by)",
		item{":username": text(username), ":by": text(c.By), ":until": instant(c.Until), ":now": instant(t.now())})
	if errors.Is(err, reconcile.ErrStale) {
		return fmt.Errorf("claim: %w", reconcile.ErrClaimed)
	}
	return err
}

// EndClaim has a change's claim expire: its delivery creates nobody any more. That the
// claim was made stays. A claim that is another's by now, or none any more, is left
// alone, and that is no error.
func (t *Table) EndClaim(ctx context.Context, sub, by string) error {
	err := t.write(ctx, "end claim", sub, "SET claimedUntil = :now", "claimedBy = :by",
		item{":by": text(by), ":now": instant(t.now())})
	if errors.Is(err, reconcile.ErrStale) {
		return nil
	}
	return err
}
