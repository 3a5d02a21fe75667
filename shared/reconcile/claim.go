package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// ErrClaimed is returned while another delivery may be creating the user. It is an
// [ErrThrottled] of our own: the target was told nothing, and is to be told again later.
var ErrClaimed = fmt.Errorf("%w: held back while another delivery may be creating the user", ErrThrottled)

// claimLife is how long a claim leaves the creation to whoever made it: no invocation of
// Lambda lasts longer, so a claim that expired is of one that creates nobody any more.
const claimLife = 15 * time.Minute

// claim claims the creation of a user, if that is what telling the target comes to. It
// returns the claim, or none.
//
// A change that is delivered once more goes on under its claim of before, whatever came
// of the first try: the target looks before it creates anybody. (So do two deliveries of
// one message at the same moment, which SQS makes now and then: between those two only
// the target can tell.)
func (d *Deliverer) claim(ctx context.Context, c directory.Change, entry plan.Entry) (plan.Claim, error) {
	if !d.target.Nature().Claims || entry.Delivered() && !entry.Claimed() {
		return plan.Claim{}, nil
	}
	now := time.Now()
	if entry.Claim.By == c.ID && entry.Claim.Until.Sub(now) > claimLife/2 {
		return entry.Claim, nil
	}
	claim := plan.Claim{By: cmp.Or(c.ID, directory.NewChangeID()), Until: now.Add(claimLife)}
	if err := d.ledger.Claim(ctx, c.Sub, c.Username, claim); err != nil {
		return plan.Claim{}, fmt.Errorf("claim in the ledger: %w", err)
	}
	return claim, nil
}

// endClaim has a claim expire after a delivery that was not confirmed, unless the target
// did not answer: it may be creating the user yet. The error is the delivery's.
func (d *Deliverer) endClaim(ctx context.Context, sub string, claim plan.Claim, cause error) error {
	if claim == (plan.Claim{}) || VerdictOf(cause) == Unavailable {
		return cause
	}
	if err := d.ledger.EndClaim(ctx, sub, claim.By); err != nil {
		return errors.Join(cause, fmt.Errorf("end the claim in the ledger: %w", err))
	}
	return cause
}
