package eventbus

import (
	"context"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// creationSlack is how far the time of an event of CloudTrail's may be from the creation
// that the event tells of. The event's time is that of the request, in whole seconds and
// by another clock ([reconcile.ClockSlack]). A sign-up also waits for the pool's
// PreSignUp trigger, for up to 5 seconds
// (https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html).
// A larger bound does little harm: whoever it lets through was created seconds ago.
const creationSlack = time.Second + reconcile.ClockSlack + 5*time.Second

// silent reports whether a delivery announces nobody, although the bus was told nothing
// of the user: while the target fills, unless the change tells of the creation itself.
func (b *Bus) silent(ctx context.Context, d reconcile.Delivery) (bool, error) {
	if d.Held.Note != "" || d.Kind == directory.Removed || isCreation(d.Change) || b.filled == nil || b.full.Load() {
		return false, nil
	}
	full, err := b.filled(ctx)
	if err != nil {
		return false, fmt.Errorf("%w: has the target been filled: %w", reconcile.ErrUnavailable, err)
	}
	if full {
		b.full.Store(true) // and stays so
	}
	return !full, nil
}

// isCreation reports whether a change tells of the user's creation: a sign-up, or an
// event of a write at the time at which the user was created.
func isCreation(c directory.Change) bool {
	switch {
	case c.Kind == directory.SignUp:
		return true
	case c.Origin != directory.CloudTrail || c.WrittenAt.IsZero() || c.User == nil || c.User.Created.IsZero():
		return false
	}
	return c.User.Created.Sub(c.WrittenAt).Abs() <= creationSlack
}
