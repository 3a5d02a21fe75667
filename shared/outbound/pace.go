// Package outbound holds the habits of whoever sends requests to a target: at whose pace,
// over which connections, how long to wait for them, and how often to try again. What an
// answer means is the client's to say, by the errors of package reconcile.
package outbound

import (
	"context"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// Pacer spaces out the requests of everybody who shares it. throttle.Limiter and
// throttle.Budget are ones.
type Pacer interface {
	// Wait returns when it is the caller's turn, or at once with an error if the turn
	// would come after the context's deadline.
	Wait(ctx context.Context) error
	// Backoff lets nobody through for d, and slows the pace down after that.
	Backoff(d time.Duration)
}

const (
	// throttledPause is how long requests rest after an answer that asks for a slower
	// pace and does not say for how long.
	throttledPause = time.Second
	// longestPause is how long requests rest at most, whatever an answer asks for: one
	// that is wrong, or that comes from something in front of the target, must not keep
	// us away for days. No message waits longer on the queue, either.
	longestPause = 15 * time.Minute
)

// Paced calls send when it is its turn, and then has everybody who shares the pacer
// comply with what the answer asks for. Without a turn it fails as [Turn] does. The pacer
// is nil for none.
func Paced(ctx context.Context, pacer Pacer, send func() error) error {
	if err := Turn(ctx, pacer); err != nil {
		return err
	}
	err := send()
	Comply(pacer, err)
	return err
}

// Turn returns when it is the turn of a request, or at once with [reconcile.ErrHeldBack]
// if there is none in time. The pacer is nil for none.
func Turn(ctx context.Context, pacer Pacer) error {
	if pacer == nil {
		return nil
	}
	if err := pacer.Wait(ctx); err != nil {
		return fmt.Errorf("%w: %w", reconcile.ErrHeldBack, err)
	}
	return nil
}

// Comply has everybody who shares the pacer rest, not only the request that was answered
// with err, if that asks for a slower pace or to come back later. The pacer is nil for
// none.
func Comply(pacer Pacer, err error) {
	if pacer == nil {
		return
	}
	verdict := reconcile.VerdictOf(err)
	switch pause, asked := reconcile.RetryAfter(err); {
	case verdict.Refuses(): // it is about one user
	case asked:
		pacer.Backoff(min(pause, longestPause))
	case verdict == reconcile.Throttled:
		pacer.Backoff(throttledPause)
	}
}
