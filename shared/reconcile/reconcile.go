// Package reconcile is the engine: it turns what the pool holds, what the ledger
// says and what events hint at into deliveries to a target.
//
// It declares the interfaces that it consumes. Adapters (shared/cognito,
// shared/userhub, shared/ledger, shared/queue) satisfy them; nothing here imports
// an SDK.
package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
)

// How a delivery can fail. A target wraps exactly one of these, so that every
// decision between "again" and "never" is made by [errors.Is] on them. An error
// that wraps none of them counts as [ErrUnavailable]: trying again is safe.
var (
	// ErrRejected is returned when the target refused this state of the user for good:
	// the same delivery would be refused again. Others are not affected.
	ErrRejected = errors.New("rejected by the target")
	// ErrBlocked is returned when the target refused the user for a reason that may
	// pass although the user does not change: an address that somebody else holds, a
	// seat limit, a connection that is not there yet. Others are not affected.
	ErrBlocked = errors.New("blocked at the target for now")
	// ErrUnavailable is returned when the target could not be reached, was too
	// slow, or failed. The same delivery may succeed later.
	ErrUnavailable = errors.New("target unavailable")
	// ErrThrottled is returned when the target asked for a slower pace. It may
	// carry a delay: see [RetryAfter].
	ErrThrottled = errors.New("throttled by the target")
	// ErrHeldBack is an [ErrThrottled] of our own: at the pace that we keep there was
	// no time left to ask the target, of which it says nothing.
	ErrHeldBack = fmt.Errorf("%w: held back by our own pace", ErrThrottled)
	// ErrUnauthorized is returned when the target refused our credentials. It
	// concerns every user alike and nobody in particular: no user is rejected
	// for it, and it is worth an alarm.
	ErrUnauthorized = errors.New("credentials refused by the target")
)

// Target is a system that is kept in step with the pool.
type Target interface {
	// Deliver reports one change and returns once the target answered. With
	// d.Confirm, nil means that the target holds the user's current state.
	Deliver(ctx context.Context, d Delivery) error
}

// Delivery is one change on its way to a target.
type Delivery struct {
	directory.Change
	// Confirm asks for an answer that is given only after the target has
	// processed the change. Without it, success says no more than "accepted".
	Confirm bool
}

// Refusal reports whether a failed delivery was a no to the user, and not to everybody:
// it is recorded, and others go on. It is the only place where that is decided.
func Refusal(err error) bool {
	return errors.Is(err, ErrRejected) || errors.Is(err, ErrBlocked)
}

// RetryAfter returns the delay that the target asked for in err, if it did.
func RetryAfter(err error) (time.Duration, bool) {
	var d interface{ RetryAfter() (time.Duration, bool) }
	if errors.As(err, &d) {
		return d.RetryAfter()
	}
	return 0, false
}
