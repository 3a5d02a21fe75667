package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// ErrStale is returned by [DeliveryLedger] when a newer observation of the user
// has been recorded.
var ErrStale = errors.New("a newer observation is recorded")

// PoolReader is what a delivery asks of the pool.
type PoolReader interface {
	UserReader
	// UserByName reads one user by user name, without making them billable.
	UserByName(ctx context.Context, username string) (directory.User, bool, error)
	// InGroups reports whether there is a user of that name in one of the groups.
	InGroups(ctx context.Context, username string, groups []string) (bool, error)
}

// DeliveryLedger is what a delivery asks of the ledger. Writes of an older
// observation than the recorded one fail with [ErrStale].
type DeliveryLedger interface {
	// Entry returns the user's entry; the zero Entry if there is none.
	Entry(ctx context.Context, sub string) (plan.Entry, error)
	// Confirm records that the target holds this state.
	Confirm(ctx context.Context, e plan.Entry) error
	// Reject records that the target refuses this state, and why.
	Reject(ctx context.Context, e plan.Entry) error
	// MarkLeaving notes since when the removal of a user is on its way. The latest note
	// stays.
	MarkLeaving(ctx context.Context, sub string, at time.Time) error
	// Claim notes that a delivery is about to create a user. It fails with [ErrClaimed]
	// if another one may be, or has been.
	Claim(ctx context.Context, sub, username string, c plan.Claim) error
	// EndClaim says that the delivery of a change creates the user no more. The claim
	// itself stays.
	EndClaim(ctx context.Context, sub, by string) error
	// Forget drops the entry of a user who is gone, unless somebody is about to create
	// them.
	Forget(ctx context.Context, sub string, observedAt time.Time) error
}

// A FullTarget is a target together with what it is sent of a user, and its nature.
type FullTarget interface {
	Target
	description
}

// description is what a target says of itself.
type description interface {
	Fingerprinter
	// Nature says what is particular about the target. It is always the same.
	Nature() Nature
}

// Deliverer takes changes to a target and keeps the ledger true.
type Deliverer struct {
	pool     PoolReader
	ledger   DeliveryLedger
	target   FullTarget
	removals RemovalPolicy
	groups   []string // empty for everybody
	statuses []string // likewise
	provider string   // the target's name as a provider, if it is one
	name     string   // the target's name in the ledger
	hints    Hints    // nil for no second look
}

// NewDeliverer returns a Deliverer. Only members of groups are delivered, if any
// are named.
func NewDeliverer(pool PoolReader, ledger DeliveryLedger, target FullTarget, removals RemovalPolicy, groups []string, opts ...DelivererOption) *Deliverer {
	d := &Deliverer{pool: pool, ledger: ledger, target: target, removals: removals, groups: groups}
	for _, o := range opts {
		o(d)
	}
	return d
}

// Deliver brings the target to the pool's state of the change's user:
//
//  1. It takes the change for what it is to a target of this [Nature].
//  2. It looks up what the target last confirmed.
//  3. It reads the user, unless the change carries a snapshot.
//  4. A user who is gone is removed, if the target holds them. Whoever has the user
//     name by now is delivered, where that matters to the target.
//  5. A state that the target has confirmed, or refused, is not sent again. What the
//     target did itself is not, either. See [action], which has every case.
//  6. A target that creates users under its own identifiers is told of a new one under a
//     claim: see [Nature].
//  7. The answer is recorded, after it was given.
//
// An error means that the change is to be delivered again.
func (d *Deliverer) Deliver(ctx context.Context, c directory.Change) (Outcome, error) {
	c.Kind = d.target.Nature().SignIns.kind(c.Kind)
	return d.deliver(ctx, c, false)
}

// deliver is one try of Deliver, or with crossed the second one: another delivery of
// a newer state crossed the first, and which of the two reached the target last is
// not known. The present state settles it.
func (d *Deliverer) deliver(ctx context.Context, c directory.Change, crossed bool) (Outcome, error) {
	entry, err := d.ledger.Entry(ctx, c.Sub)
	if err != nil {
		return "", fmt.Errorf("read the ledger: %w", err)
	}
	if crossed {
		entry = doubted(entry, c.Username)
	}
	if entry.Removed && c.Kind == directory.Removed {
		return Outdated, nil // nobody goes twice: a second word of it is not worth a look
	}
	state, err := d.resolve(ctx, c, entry)
	state.crossed = crossed
	switch {
	case err != nil:
		return "", err
	case state.gone:
		return d.remove(ctx, c, entry, state)
	case state.user.Sub == "":
		return Foreign, nil
	}
	outcome, err := d.upsert(ctx, c, entry, state)
	// An earlier try of an older state may have reached the target after the newer one did.
	behind := err == nil && d.tried(c) && entry.ObservedAt.After(state.observedAt)
	if (errors.Is(err, ErrStale) || behind) && !crossed {
		c.Kind, c.Username, c.User = directory.Changed, state.user.Username, nil
		outcome, err = d.deliver(ctx, c, true)
		return outcome, doubtful(err)
	}
	return outcome, err
}

// doubted returns what is left of an entry when the target was told of an older state
// at about the time of it: no state is confirmed, and one who was removed may be back.
func doubted(entry plan.Entry, username string) plan.Entry {
	if entry.Removed {
		entry.Removed, entry.Username, entry.DeliveredAt = false, username, entry.ObservedAt
		entry.Claim = plan.Claim{Until: entry.ObservedAt} // whoever was told may have created them anew
	}
	entry.Fingerprint = directory.Fingerprint{}
	return entry
}
