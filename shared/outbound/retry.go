package outbound

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/poolsync/poolsync/shared/reconcile"
)

const (
	// maxAttempts is how many attempts are made in all. What a few tries within a second
	// do not solve is better left to the queue, which can wait longer.
	maxAttempts = 4
	// firstDelay is the longest delay before the second attempt; each further one may be
	// twice as long: 200, 400 and 800 ms.
	firstDelay = 200 * time.Millisecond
	// maxDelay is the longest delay that is waited for here, whoever asks for it. The
	// error passes a longer one to the caller.
	maxDelay = 5 * time.Second
)

// Backoff returns the delay before the attempt that follows the given one, counted from 1.
type Backoff func(attempt int) time.Duration

// Jittered is 100 to 200 ms after the first attempt and twice that after each further one.
// Half of it is random, so that what failed together does not come back together.
func Jittered(attempt int) time.Duration {
	longest := firstDelay << (attempt - 1)
	return longest/2 + rand.N(longest/2)
}

// Retry makes attempts until one succeeds, fails with an error for which again says no,
// is the fourth, or the next would have to wait for more than 5 s or for longer than the
// context lasts. It waits as long as the error asks for ([reconcile.RetryAfter]), at least
// as long as backoff says.
//
// It returns what the last attempt did. An attempt after the first for which our own pace
// left no turn ([reconcile.ErrHeldBack]) does not count: what the one before it brought
// says more.
func Retry[T any](ctx context.Context, backoff Backoff, again func(error) bool, try func() (T, error)) (T, error) {
	var before T
	var last error
	for attempt := 1; ; attempt++ {
		got, err := try()
		switch {
		case attempt > 1 && errors.Is(err, reconcile.ErrHeldBack):
			return before, last
		case err == nil || attempt == maxAttempts || !again(err):
			return got, err
		}
		before, last = got, err
		delay := backoff(attempt)
		if asked, ok := reconcile.RetryAfter(err); ok {
			delay = max(delay, asked)
		}
		if !wait(ctx, delay) {
			return got, err
		}
	}
}

// wait sleeps for delay and reports true, or reports false at once if the delay is too
// long for us or for the context.
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
