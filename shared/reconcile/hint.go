package reconcile

import (
	"context"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// UserReader reads the pool's users one by one.
type UserReader interface {
	// User reads one user without making them billable.
	User(ctx context.Context, sub string) (directory.User, bool, error)
	// Gone reports whether the user with that sub is proven to be absent.
	Gone(ctx context.Context, sub, username string) (bool, error)
}

// Resolve turns a hint into a change that says what the pool holds: with the user as
// the pool lists them, or with the proof that they are gone. So each event is looked
// into once, however many targets there are. entry is what the ledger holds of the user.
//
// It reports false where neither the pool's listing nor the ledger knows the user. A
// listing may show a deleted user for a while: where a hint speaks of a removal, and the
// entry has the name that it takes, the proof is asked for first.
//
// An error means that the hint is to be looked into again.
func Resolve(ctx context.Context, pool UserReader, hint directory.Change, entry plan.Entry) (directory.Change, bool, error) {
	s, gone, err := proof(ctx, pool, hint, entry)
	if err == nil && !gone {
		s, err = look(ctx, pool, hint.Sub, entry)
	}
	if err != nil {
		return hint, false, err
	}
	resolved := hint
	resolved.ObservedAt = s.observedAt
	if hint.Origin == directory.CloudTrail {
		resolved.WrittenAt = hint.Since()
	}
	switch {
	case s.gone:
		resolved.Kind, resolved.Username, resolved.Gone = directory.Removed, entry.Username, true
	case s.user.Sub == "":
		return hint, false, nil
	default:
		resolved.Kind, resolved.Username, resolved.User = directory.Changed, s.user.Username, &s.user
	}
	return resolved, true, nil
}

// proof asks for certain about a user of whom a change says that they are gone, and
// reports whether they are.
func proof(ctx context.Context, pool UserReader, c directory.Change, entry plan.Entry) (state, bool, error) {
	if c.Kind != directory.Removed || !entry.Traced() {
		return state{}, false, nil
	}
	asked := time.Now()
	gone, err := pool.Gone(ctx, entry.Sub, entry.Username)
	return state{gone: gone, observedAt: asked}, gone, err
}
