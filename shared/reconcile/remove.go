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

// remove does about a user who is gone what [action] says.
func (d *Deliverer) remove(ctx context.Context, c directory.Change, entry plan.Entry, s state) (Outcome, error) {
	act := decide(facts{
		gone: true, late: entry.ObservedAt.After(s.observedAt), known: entry.Known(), held: entry.Delivered(), claimed: entry.Claimed(),
		removed: entry.Removed, silent: d.removals != Report, itself: d.hasRemoved(c, entry, s), doubt: d.tried(c),
	})
	switch act {
	case ignore:
		return Outdated, nil
	case foreign:
		return d.leave(ctx, c, entry, s)
	}
	if entry.Claim.Live(time.Now()) {
		return "", ErrClaimed // what is being created now would outlast the removal
	}
	if act == remove {
		kept, err := d.tellRemoved(ctx, c, entry, s)
		switch {
		case kept:
			return Refused, err
		case err != nil:
			return "", err
		}
	}
	if err := d.ledger.Forget(ctx, c.Sub, s.observedAt); err != nil && !errors.Is(err, ErrStale) {
		err = fmt.Errorf("forget in the ledger: %w", err)
		if act == remove {
			err = told(err)
		}
		return "", err
	}
	return Dropped, nil
}

// leave does nothing about a user whom nobody knows. One who is outside the groups may
// have come in so recently that it does not show.
func (d *Deliverer) leave(ctx context.Context, c directory.Change, entry plan.Entry, s state) (Outcome, error) {
	if s.left {
		if err := d.secondLook(ctx, c, entry, s); err != nil {
			return "", err
		}
	}
	return Foreign, nil
}

// tellRemoved tells the target that a user is gone. It reports whether the target keeps
// the user all the same: then the next run tries again.
//
// A target that knows users by their user name, and looks for itself, may find
// another user of that name, and hold them from then on. So the ledger must too:
// if they are deleted before their own first delivery, nobody else would notice.
func (d *Deliverer) tellRemoved(ctx context.Context, c directory.Change, entry plan.Entry, s state) (kept bool, err error) {
	at := c.ObservedAt // of the change
	c.Kind, c.Username, c.User, c.ObservedAt = directory.Removed, cmp.Or(entry.Username, c.Username), nil, s.observedAt
	remote, err := d.target.Deliver(ctx, Delivery{Change: c, Confirm: true, Held: held(entry), Claimed: d.claimed(entry)})
	if VerdictOf(err).Refuses() {
		return true, d.refuse(ctx, entry, plan.Entry{
			Sub: c.Sub, Username: entry.Username, ObservedAt: s.observedAt, RemoteID: remote.ID, Note: remote.Note,
		}, err)
	}
	if err == nil && d.target.Nature().KnowsNames {
		err = d.deliverNamesake(ctx, c)
	}
	if err == nil {
		return false, nil
	}
	if !s.crossed { // else the retry is outdated, and takes nobody away
		err = errors.Join(err, d.markLeaving(ctx, entry, at))
	}
	return false, told(err)
}

// deliverNamesake delivers the user who has the name of a removed one, if anybody
// has. One who is not listed yet has a delivery of their own to come. Missed is who
// is deleted before that, and before this look: the target finds out when it next
// lists the pool for itself.
func (d *Deliverer) deliverNamesake(ctx context.Context, c directory.Change) error {
	asked := time.Now()
	user, found, err := d.pool.UserByName(ctx, c.Username)
	if errors.Is(err, ErrFilterRefused) {
		return nil // a name that cannot be looked for: the next run finds its new owner
	}
	if err == nil && found && user.Sub != c.Sub {
		c.Kind, c.Sub, c.User, c.ObservedAt = directory.Changed, user.Sub, &user, asked
		c.By, c.Gone, c.Again = "", false, "" // that was the other one
		_, err = d.Deliver(ctx, c)
	}
	if err != nil {
		return fmt.Errorf("deliver the user of the same name: %w", err)
	}
	return nil
}
