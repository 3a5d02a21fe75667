package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// errLagging is the failure of a change whose user the listing does not show,
// although the user exists: ListUsers lags behind. A little later it will show.
var errLagging = errors.New("the user exists but is not listed yet")

// ClockSlack allows for the time of an event of CloudTrail's, which is in whole
// seconds and of another clock.
const ClockSlack = 2 * time.Second

// touched reports whether a change is news of a write to the user after the state
// in entry was observed. Then a target that fetches users by itself is told even if it
// confirmed the state that the pool holds now: a user who was disabled, fetched, and
// enabled again before we looked is as we know them in the pool and in the ledger, and
// not at the target. No later run would find that out.
//
// So each write costs one call, and an event that is repeated or late costs none.
// What the target itself reports does not count: to tell it what it has confirmed,
// because it spoke of a change, could go on for ever.
func touched(c directory.Change, entry plan.Entry) bool {
	return c.Origin == directory.CloudTrail && c.Since().After(entry.ObservedAt.Add(-ClockSlack))
}

// state is what the pool holds of a user: the user, the proof that they are gone,
// or neither if they are no concern of ours.
type state struct {
	user       directory.User
	gone       bool // from the pool, or from the groups
	left       bool // from the groups alone
	crossed    bool // another delivery crossed the one before
	observedAt time.Time
}

// resolve finds out the state that a change speaks of.
func (d *Deliverer) resolve(ctx context.Context, c directory.Change, entry plan.Entry) (state, error) {
	switch {
	case c.Gone:
		// A sub is never used again: whoever saw the user since was shown an old listing.
		return state{gone: true, observedAt: later(c.ObservedAt, entry.ObservedAt)}, nil
	case c.Kind == directory.Removed && c.Origin == directory.Sync:
		return d.proven(ctx, c)
	}
	if s, gone, err := proof(ctx, d.pool, c, entry); err != nil || gone {
		return s, err
	}
	if c.User != nil {
		return d.inScope(ctx, c, entry, state{user: *c.User, observedAt: c.ObservedAt})
	}
	s, err := look(ctx, d.pool, c.Sub, entry)
	if err != nil || s.user.Sub == "" {
		return s, err
	}
	return d.inScope(ctx, c, entry, s)
}

// proven returns what is left of a run's proof by the time that it is delivered. A sub is
// never used again, so that who is gone from the pool stays gone. But who had only left
// the groups may be back in them: nobody says so once more.
func (d *Deliverer) proven(ctx context.Context, c directory.Change) (state, error) {
	gone := state{gone: true, observedAt: c.ObservedAt}
	if len(d.groups) == 0 {
		return gone, nil
	}
	asked := time.Now()
	member, err := d.pool.InGroups(ctx, c.Username, d.groups)
	if err != nil {
		return state{}, fmt.Errorf("read the user's groups: %w", err)
	}
	if !member {
		return gone, nil
	}
	user, found, err := d.pool.User(ctx, c.Sub)
	switch {
	case err != nil:
		return state{}, fmt.Errorf("read the user: %w", err)
	case !found:
		return gone, nil // a member by that name is another user, created since
	}
	return state{user: user, observedAt: asked}, nil
}

// look reads a user. One who is not listed, and whom the ledger knows, is proven gone;
// of whom neither knows it returns nothing.
func look(ctx context.Context, pool UserReader, sub string, entry plan.Entry) (state, error) {
	asked := time.Now()
	user, found, err := pool.User(ctx, sub)
	switch {
	case err != nil:
		return state{}, fmt.Errorf("read the user: %w", err)
	case found:
		return state{user: user, observedAt: asked}, nil
	case !entry.Traced():
		return state{}, nil
	}
	gone, err := pool.Gone(ctx, entry.Sub, entry.Username)
	if err == nil && !gone {
		err = errLagging
	}
	return state{gone: gone, observedAt: asked}, err
}

// inScope turns the state of a user who is outside the groups into gone. To ask for a
// user's groups comes out of a small quota, so it is left out where nothing would be
// delivered anyway, unless the change is about groups. Who has left without an event, the
// next run misses.
func (d *Deliverer) inScope(ctx context.Context, c directory.Change, entry plan.Entry, s state) (state, error) {
	if len(d.groups) == 0 || c.Group == "" && c.Again == "" && c.Kind != directory.Removed && d.idle(c, entry, s) {
		return s, nil
	}
	member, err := d.pool.InGroups(ctx, s.user.Username, d.groups)
	if err != nil {
		return state{}, fmt.Errorf("read the user's groups: %w", err)
	}
	s.gone, s.left = !member, !member
	return s, nil
}

// idle reports whether nothing is to be delivered of a user who is in scope.
func (d *Deliverer) idle(c directory.Change, entry plan.Entry, s state) bool {
	next := plan.Entry{Fingerprint: d.target.Fingerprint(s.user), ObservedAt: s.observedAt}
	act := decide(d.facts(c, entry, next, s))
	return act == same || act == refused || act == ignore
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
