package eventbus

import (
	"context"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// Pacer spaces out the requests of everybody who shares it. throttle.Limiter is
// one.
type Pacer interface {
	// Wait returns when it is the caller's turn, or at once with an error if the
	// turn would come after the context's deadline.
	Wait(ctx context.Context) error
	// Backoff lets nobody through for d, and slows the pace down after that.
	Backoff(d time.Duration)
}

// throttledPause is how long requests rest after an answer that asks for a slower pace.
// EventBridge does not say for how long.
const throttledPause = time.Second

// turn returns when it is the turn of a request.
func (c *carrier) turn(ctx context.Context) error {
	if c.pacer == nil {
		return nil
	}
	if err := c.pacer.Wait(ctx); err != nil {
		return fmt.Errorf("%w: %w", reconcile.ErrHeldBack, err)
	}
	return nil
}

// comply rests if one of the answers to a request asks for a slower pace.
func (c *carrier) comply(answers []error) {
	for _, err := range answers {
		if c.pacer != nil && reconcile.VerdictOf(err) == reconcile.Throttled {
			c.pacer.Backoff(throttledPause)
			return
		}
	}
}
