package client

import (
	"context"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// Pacer spaces out the requests of everybody who shares it. throttle.Limiter is one.
type Pacer interface {
	// Wait returns when it is the caller's turn, or at once with an error if the turn
	// would come after the context's deadline.
	Wait(ctx context.Context) error
	// Backoff lets nobody through for d, and slows the pace down after that.
	Backoff(d time.Duration)
}

// throttledPause is how long requests rest after an answer that asks for a slower pace
// and does not say for how long.
const throttledPause = time.Second

// longestPause is how long requests rest at most, whatever an answer asks for: one that
// is wrong must not keep us away for days. No message waits longer on the queue, either.
const longestPause = 15 * time.Minute

// pacerOf returns what a request is spaced out by.
func (c *Client) pacerOf(r call) Pacer {
	if r.bulk && c.bulkPacer != nil {
		return c.bulkPacer
	}
	return c.pacer
}

// paced calls send when it is its turn. If an answer asks for a slower pace, or to come
// back later, everybody who shares the pacer complies.
func paced(ctx context.Context, pacer Pacer, send func() (*answer, error)) (*answer, error) {
	if pacer == nil {
		return send()
	}
	if err := pacer.Wait(ctx); err != nil {
		return nil, fmt.Errorf("%w: %w", reconcile.ErrHeldBack, err)
	}
	got, err := send()
	verdict := reconcile.VerdictOf(err)
	switch pause, asked := reconcile.RetryAfter(err); {
	case verdict.Refuses(): // it is about one user
	case asked:
		pacer.Backoff(min(pause, longestPause))
	case verdict == reconcile.Throttled:
		pacer.Backoff(throttledPause)
	}
	return got, err
}
