package userhub

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/poolsync/poolsync/shared/reconcile"
)

const (
	// maxAttempts is how often a request is sent in all. What a few tries within
	// a second do not solve is better left to the queue, which can wait longer.
	maxAttempts = 4
	// firstDelay is the longest delay before the first retry; each further one
	// may be twice as long: 200, 400 and 800 ms.
	firstDelay = 200 * time.Millisecond
	// maxDelay is the longest delay that is waited for here, whoever asks for it.
	// The error passes a longer one to the caller.
	maxDelay = 5 * time.Second
)

// Backoff returns the delay before the retry that follows the given attempt,
// counted from 1.
type Backoff func(attempt int) time.Duration

// Jittered is 100 to 200 ms after the first attempt and twice that after each further
// one. Half of it is random, so that requests that failed together do not come back
// together.
func Jittered(attempt int) time.Duration {
	longest := firstDelay << (attempt - 1)
	return longest/2 + rand.N(longest/2)
}

// retry calls send until it succeeds, fails for good, has failed maxAttempts
// times, or would have to wait for longer than the context lasts. It returns the
// last error that was an answer, or the lack of one.
func (c *Client) retry(ctx context.Context, send func() error) error {
	var last error
	for attempt := 1; ; attempt++ {
		err := send()
		switch {
		case attempt > 1 && errors.Is(err, reconcile.ErrHeldBack):
			return last
		case err == nil || attempt == maxAttempts || !again(err):
			return err
		}
		last = err
		delay := c.backoff(attempt)
		if asked, ok := reconcile.RetryAfter(err); ok {
			delay = max(delay, asked)
		}
		if !wait(ctx, delay) {
			return err
		}
	}
}

// again reports whether to repeat a request right here: only if it may succeed in a
// moment.
func again(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.again()
	}
	_, ok := errors.AsType[*connectionError](err)
	return ok
}

// wait sleeps for delay and reports true, or reports false at once if the delay is
// too long for us or for the context.
func wait(ctx context.Context, delay time.Duration) bool {
	if deadline, ok := ctx.Deadline(); delay > maxDelay || ok && time.Until(deadline) <= delay {
		return false
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
