package ledgertest

import (
	"context"
	"errors"

	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// Claim notes that a delivery is about to create a user.
func (m *Memory) Claim(ctx context.Context, sub, username string, c plan.Claim) error {
	err := m.write(ctx, Claim, sub, func(old plan.Entry) (plan.Entry, bool) {
		free := !old.Claim.Live(kept(m.now())) || old.Claim.By == c.By
		allowed := free && old.DeliveredAt.IsZero()
		old.Sub, old.Username, old.Claim, old.Removed = sub, username, keptClaim(c), false
		return old, allowed
	})
	if errors.Is(err, reconcile.ErrStale) {
		return reconcile.ErrClaimed
	}
	return err
}

// EndClaim has a change's claim expire.
func (m *Memory) EndClaim(ctx context.Context, sub, by string) error {
	err := m.write(ctx, EndClaim, sub, func(old plan.Entry) (plan.Entry, bool) {
		own := old.Claimed() && old.Claim.By == by
		old.Claim.Until = kept(m.now())
		return old, own
	})
	if errors.Is(err, reconcile.ErrStale) {
		return nil
	}
	return err
}

// keptClaim returns a claim as the table keeps it.
func keptClaim(c plan.Claim) plan.Claim {
	if c == (plan.Claim{}) {
		return c
	}
	return plan.Claim{By: c.By, Until: kept(c.Until)}
}
