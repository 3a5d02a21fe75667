package reconcile

import (
	"context"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// ListingLag is how long after a write the pool's listings may still show what was
// before, as far as anybody relies on it. They are eventually consistent, and Cognito
// does not say for how long.
const ListingLag = time.Minute

// Hints is where changes go whose user is to be read: the queue of events.
type Hints interface {
	// SendAfter queues one change for after a delay.
	SendAfter(ctx context.Context, c directory.Change, delay time.Duration) error
}

// WithSecondLook has an event looked into once more after [ListingLag] if the pool shows
// what the ledger holds already, for the target of that name alone. The default is that
// the next run finds what a late listing hid. A target that fetches users by itself is
// told of every write, and needs no second look.
func WithSecondLook(name string, hints Hints) DelivererOption {
	return func(d *Deliverer) { d.name, d.hints = name, hints }
}

// settled reports whether an action takes the pool to be as the ledger has it.
func (a action) settled() bool {
	return a == same || a == keep || a == refused || a == foreign
}

// secondLook has the event that a change comes from looked into once more, if there is a
// reason to: somebody wrote to the user, and no difference is to be seen, perhaps not
// yet.
func (d *Deliverer) secondLook(ctx context.Context, c directory.Change, entry plan.Entry, s state) error {
	if d.hints == nil || d.target.Nature().Fetches || d.own(c) || !hidden(c, entry, s) {
		return nil
	}
	c.ID, c.ObservedAt, c.User, c.Again = directory.NewChangeID(), c.Since(), nil, d.name
	if err := d.hints.SendAfter(ctx, c, ListingLag); err != nil {
		return fmt.Errorf("queue a second look: %w", err)
	}
	return nil
}

// hidden reports whether the listing that showed s, or the one before it that the ledger
// knows of, may have been too early for the write that c tells of. A second look is late
// enough.
func hidden(c directory.Change, entry plan.Entry, s state) bool {
	seen := later(s.observedAt, entry.ObservedAt)
	return c.Origin == directory.CloudTrail && c.Again == "" && seen.Sub(c.Since()) < ListingLag+ClockSlack
}
