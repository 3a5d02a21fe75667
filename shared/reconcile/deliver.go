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
	// Forget drops the entry of a user who is gone.
	Forget(ctx context.Context, sub string, observedAt time.Time) error
}

// A FullTarget is a target together with what it is sent of a user.
type FullTarget interface {
	Target
	Fingerprinter
}

// Deliverer takes changes to a target and keeps the ledger true.
type Deliverer struct {
	pool     PoolReader
	ledger   DeliveryLedger
	target   FullTarget
	removals RemovalPolicy
	groups   []string // empty for everybody
	provider string   // the target's name as a provider, if it is one
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
//  1. It looks up what the target last confirmed.
//  2. It reads the user, unless the change carries a snapshot.
//  3. A user who is gone is removed, if the target holds them. Whoever has the user
//     name by now is delivered.
//  4. A state that the target has confirmed, or refused, is not sent again, unless
//     the user was touched since: see touched. A sign-in or sign-up is always
//     reported. What the target did itself is not: see own.
//  5. The answer is recorded, after it was given.
//
// An error means that the change is to be delivered again.
func (d *Deliverer) Deliver(ctx context.Context, c directory.Change) (Outcome, error) {
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
	switch {
	case err != nil:
		return "", err
	case state.gone:
		return d.remove(ctx, c, entry, state)
	case state.user.Sub == "":
		return Foreign, nil
	}
	outcome, err := d.upsert(ctx, c, entry, state)
	if errors.Is(err, ErrStale) && !crossed {
		c.Kind, c.Username, c.User = directory.Changed, state.user.Username, nil
		return d.deliver(ctx, c, true)
	}
	return outcome, err
}

// doubted returns what is left of an entry when the target was told of an older state
// at about the time of it: no state is confirmed, and one who was removed may be back.
func doubted(entry plan.Entry, username string) plan.Entry {
	if entry.Removed {
		entry.Removed, entry.Username, entry.DeliveredAt = false, username, entry.ObservedAt
	}
	entry.Fingerprint = directory.Fingerprint{}
	return entry
}

// remove tells the target that a user is gone, if it holds them.
//
// A target that knows users by their user name, and looks for itself, may find
// another user of that name, and hold them from then on. So the ledger must too:
// if they are deleted before their own first delivery, nobody else would notice.
func (d *Deliverer) remove(ctx context.Context, c directory.Change, entry plan.Entry, s state) (Outcome, error) {
	switch {
	case entry.ObservedAt.After(s.observedAt):
		return Outdated, nil
	case !entry.Known():
		return Foreign, nil
	case entry.Delivered() && d.removals == Report && !d.hasRemoved(c, entry, s):
		c.Kind, c.Username, c.User = directory.Removed, entry.Username, nil
		err := d.target.Deliver(ctx, Delivery{Change: c, Confirm: true})
		if Refusal(err) {
			// The target holds the user still, so the next run tries again.
			return Refused, d.refuse(ctx, false, entry, plan.Entry{Sub: c.Sub, Username: entry.Username, ObservedAt: s.observedAt}, err)
		}
		if err == nil {
			err = d.deliverNamesake(ctx, c)
		}
		if err != nil {
			return "", errors.Join(err, d.markLeaving(ctx, entry, c.ObservedAt))
		}
	}
	if err := d.ledger.Forget(ctx, c.Sub, s.observedAt); err != nil && !errors.Is(err, ErrStale) {
		return "", fmt.Errorf("forget in the ledger: %w", err)
	}
	return Dropped, nil
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
		c.By, c.Gone = "", false // that was the other one
		_, err = d.Deliver(ctx, c)
	}
	if err != nil {
		return fmt.Errorf("deliver the user of the same name: %w", err)
	}
	return nil
}

// upsert tells the target of a user's state, if there is anything to tell.
func (d *Deliverer) upsert(ctx context.Context, c directory.Change, entry plan.Entry, s state) (Outcome, error) {
	next := plan.Entry{
		Sub: c.Sub, Username: s.user.Username, Fingerprint: d.target.Fingerprint(s.user),
		ObservedAt: s.observedAt,
	}
	// A sign-in has happened, whatever became of the user since. All else is only
	// about the state.
	happened := c.Kind == directory.SignIn || c.Kind == directory.SignUp
	outdated := entry.ObservedAt.After(s.observedAt)
	confirmed := entry.Confirmed(next.Fingerprint) && (d.own(c) || !touched(c, entry))
	switch {
	case outdated && entry.Removed:
		return Outdated, nil // it would bring back somebody who is gone
	case happened:
	case confirmed && entry.LeavingAt.IsZero():
		return Unchanged, nil
	case confirmed: // whose removal was on its way, and who is back
		next.DeliveredAt = entry.DeliveredAt
		return Unchanged, d.record(ctx, outdated, d.ledger.Confirm, next)
	case outdated:
		return Outdated, nil
	case d.hasDisabled(c, entry, s.user):
		next.DeliveredAt = time.Now()
		return Unchanged, d.record(ctx, false, d.ledger.Confirm, next)
	case entry.Rejected != "" && entry.Fingerprint == next.Fingerprint && c.Origin != directory.Sync && !entry.Due(time.Now()):
		return Refused, nil // a run decides for itself whether to try again
	}
	c.Username, c.User = s.user.Username, &s.user
	if c.Kind == directory.Removed {
		c.Kind = directory.Changed // the hint was wrong: here is the user
	}
	// A sign-in of a user whom the target holds needs no more than to be accepted.
	news := !outdated && !confirmed
	delivery := Delivery{Change: c, Confirm: news || c.Kind != directory.SignIn}

	err := d.target.Deliver(ctx, delivery)
	switch {
	case Refusal(err):
		return Refused, d.refuse(ctx, outdated, entry, next, err)
	case err != nil:
		return "", err
	}
	next.DeliveredAt = time.Now()
	return Delivered, d.record(ctx, !news, d.ledger.Confirm, next)
}

// refuse records that the target refused what next describes, for good or for now.
func (d *Deliverer) refuse(ctx context.Context, skip bool, entry, next plan.Entry, cause error) error {
	next.Rejected = cause.Error()
	if errors.Is(cause, ErrBlocked) {
		next = entry.Block(next, time.Now())
	}
	return d.record(ctx, skip, d.ledger.Reject, next)
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

// record writes to the ledger, unless there is nothing new to say.
func (d *Deliverer) record(ctx context.Context, skip bool, write func(context.Context, plan.Entry) error, e plan.Entry) error {
	if skip {
		return nil
	}
	if err := write(ctx, e); err != nil {
		return fmt.Errorf("record in the ledger: %w", err)
	}
	return nil
}
