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

// errLagging is the failure of a change whose user the listing does not show,
// although the user exists: ListUsers lags behind. A little later it will show.
var errLagging = errors.New("the user exists but is not listed yet")

// Outcome is what became of a change that needs no second try.
type Outcome string

// The outcomes.
const (
	Delivered Outcome = "delivered"
	// Unchanged: the target has confirmed this very state; it was not asked again.
	Unchanged Outcome = "unchanged"
	// Outdated: a newer state of the user has been dealt with.
	Outdated Outcome = "outdated"
	// Refused: the target said no for good, now or before to this very state.
	Refused Outcome = "refused"
	// Dropped: the user is gone, and the target was told so if it held the user.
	Dropped Outcome = "removed"
	// Foreign: neither pool nor ledger knows the user, or the user is outside the
	// groups that are synchronised.
	Foreign Outcome = "foreign"
)

// RemovalPolicy says what a target is told of a user who is gone.
type RemovalPolicy string

// The policies.
const (
	// Report tells the target, which then looks for itself and finds nobody.
	Report RemovalPolicy = "report"
	// Keep tells the target nothing.
	Keep RemovalPolicy = "none"
)

// UnmarshalText reads a policy by its name, so that a setting can be one.
func (p *RemovalPolicy) UnmarshalText(text []byte) error {
	switch named := RemovalPolicy(text); named {
	case Report, Keep:
		*p = named
		return nil
	}
	return fmt.Errorf("unknown removal policy: want %s or %s", Report, Keep)
}

// PoolReader is what a delivery asks of the pool.
type PoolReader interface {
	// User reads one user without making them billable.
	User(ctx context.Context, sub string) (directory.User, bool, error)
	// Gone reports whether the user with that sub is proven to be absent.
	Gone(ctx context.Context, sub, username string) (bool, error)
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
}

// NewDeliverer returns a Deliverer. Only members of groups are delivered, if any
// are named.
func NewDeliverer(pool PoolReader, ledger DeliveryLedger, target FullTarget, removals RemovalPolicy, groups []string) *Deliverer {
	return &Deliverer{pool: pool, ledger: ledger, target: target, removals: removals, groups: groups}
}

// Deliver brings the target to the pool's state of the change's user:
//
//  1. It looks up what the target last confirmed.
//  2. It reads the user, unless the change carries a snapshot.
//  3. A user who is gone is removed, if the target holds them.
//  4. A state that the target has confirmed, or refused, is not sent again, unless
//     the user was touched since: see touched. A sign-in or sign-up is always
//     reported.
//  5. The answer is recorded, after it was given.
//
// An error means that the change is to be delivered again.
func (d *Deliverer) Deliver(ctx context.Context, c directory.Change) (Outcome, error) {
	outcome, err := d.deliver(ctx, c)
	if !errors.Is(err, ErrStale) {
		return outcome, err
	}
	// Another delivery of a newer state crossed this one, and which of the two
	// reached the target last is not known. The present state settles it.
	c.Kind, c.User = directory.Changed, nil
	return d.deliver(ctx, c)
}

// deliver is one try of Deliver. It fails with [ErrStale] if another delivery was
// recorded while this one was under way.
func (d *Deliverer) deliver(ctx context.Context, c directory.Change) (Outcome, error) {
	entry, err := d.ledger.Entry(ctx, c.Sub)
	if err != nil {
		return "", fmt.Errorf("read the ledger: %w", err)
	}
	state, err := d.resolve(ctx, c, entry)
	switch {
	case err != nil:
		return "", err
	case state.gone:
		return d.remove(ctx, c, entry, state.observedAt)
	case state.user.Sub == "":
		return Foreign, nil
	}
	return d.upsert(ctx, c, entry, state)
}

// clockSlack allows for an event's time, which is in whole seconds and of another
// clock.
const clockSlack = 2 * time.Second

// touched reports whether a change is news of a write to the user after the state
// in entry was observed. Then the target is told even if it confirmed the state
// that the pool holds now. UserHub fetches a user by itself, at a time of its own:
// a user who was disabled, fetched, and enabled again before we looked is as we
// know them in the pool and in the ledger, and not at UserHub. No later run would
// find that out.
//
// So each write costs one call, and an event that is repeated or late costs none.
func touched(c directory.Change, entry plan.Entry) bool {
	event := c.Origin == directory.CloudTrail || c.Origin == directory.Webhook
	return event && c.ObservedAt.After(entry.ObservedAt.Add(-clockSlack))
}

// state is what the pool holds of a user: the user, the proof that they are gone,
// or neither if they are no concern of ours.
type state struct {
	user       directory.User
	gone       bool
	observedAt time.Time
}

// resolve finds out the state that a change speaks of.
func (d *Deliverer) resolve(ctx context.Context, c directory.Change, entry plan.Entry) (state, error) {
	asked := time.Now()
	switch {
	case c.Kind == directory.Removed && c.Origin == directory.Sync:
		// The run has the proof. A sub is never used again, so it stays true.
		return state{gone: true, observedAt: c.ObservedAt}, nil
	case c.Kind == directory.Removed && entry.Known():
		// A listing may still show the user for a while: ask for certain.
		gone, err := d.pool.Gone(ctx, entry.Sub, entry.Username)
		if err != nil || gone {
			return state{gone: gone, observedAt: asked}, err
		}
	}
	if c.User != nil {
		return d.inScope(ctx, state{user: *c.User, observedAt: c.ObservedAt})
	}
	user, found, err := d.pool.User(ctx, c.Sub)
	switch {
	case err != nil:
		return state{}, fmt.Errorf("read the user: %w", err)
	case found:
		return d.inScope(ctx, state{user: user, observedAt: asked})
	case !entry.Known():
		return state{}, nil
	}
	gone, err := d.pool.Gone(ctx, entry.Sub, entry.Username)
	if err == nil && !gone {
		err = errLagging
	}
	return state{gone: gone, observedAt: asked}, err
}

// inScope turns the state of a user who is outside the groups into gone.
func (d *Deliverer) inScope(ctx context.Context, s state) (state, error) {
	if len(d.groups) == 0 {
		return s, nil
	}
	member, err := d.pool.InGroups(ctx, s.user.Username, d.groups)
	if err != nil {
		return state{}, fmt.Errorf("read the user's groups: %w", err)
	}
	s.gone = !member
	return s, nil
}

// remove tells the target that a user is gone, if it holds them.
func (d *Deliverer) remove(ctx context.Context, c directory.Change, entry plan.Entry, observedAt time.Time) (Outcome, error) {
	switch {
	case entry.ObservedAt.After(observedAt):
		return Outdated, nil
	case !entry.Known():
		return Foreign, nil
	case entry.Delivered() && d.removals == Report:
		c.Kind, c.Username, c.User = directory.Removed, entry.Username, nil
		c.ObservedAt = observedAt
		err := d.target.Deliver(ctx, Delivery{Change: c, Confirm: true})
		if Permanent(err) {
			return Refused, nil // the entry stays, so the next run tries again
		}
		if err != nil {
			return "", err
		}
	}
	if err := d.ledger.Forget(ctx, c.Sub, observedAt); err != nil && !errors.Is(err, ErrStale) {
		return "", fmt.Errorf("forget in the ledger: %w", err)
	}
	return Dropped, nil
}

// upsert tells the target of a user's state, if there is anything to tell.
func (d *Deliverer) upsert(ctx context.Context, c directory.Change, entry plan.Entry, s state) (Outcome, error) {
	next := plan.Entry{
		Sub: c.Sub, Username: s.user.Username, Fingerprint: d.target.Fingerprint(s.user),
		ObservedAt: s.observedAt, RemoteID: entry.RemoteID,
	}
	// A sign-in has happened, whatever became of the user since. All else is only
	// about the state.
	happened := c.Kind == directory.SignIn || c.Kind == directory.SignUp
	outdated := entry.ObservedAt.After(s.observedAt)
	confirmed := entry.Confirmed(next.Fingerprint) && !touched(c, entry)
	switch {
	case outdated && entry.Removed:
		return Outdated, nil // it would bring back somebody who is gone
	case happened:
	case confirmed:
		return Unchanged, nil
	case outdated:
		return Outdated, nil
	case entry.Rejected != "" && entry.Fingerprint == next.Fingerprint && c.Origin != directory.Sync:
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
	case Permanent(err):
		next.Rejected = err.Error()
		return Refused, d.record(ctx, outdated, d.ledger.Reject, next)
	case err != nil:
		return "", err
	case !delivery.Confirm:
		return Delivered, nil
	}
	next.DeliveredAt = time.Now()
	return Delivered, d.record(ctx, outdated || !news, d.ledger.Confirm, next)
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
