package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/poolsync/poolsync/shared/reconcile"
)

const (
	// maxAttempts is how often a delivery is attempted in all. What a few tries within
	// a second do not solve is better left to the queue, which can wait longer.
	maxAttempts = 4
	// firstDelay is the longest delay before the second attempt; each further one may
	// be twice as long: 200, 400 and 800 ms.
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

// retry makes attempts at a delivery until one succeeds, fails for good, has failed
// maxAttempts times, or would have to wait for longer than the context lasts. An attempt
// begins anew with a look at the service: a request whose answer was lost may have taken
// effect, so none is simply repeated.
func (a *attempt) retry(ctx context.Context, try func(context.Context) (reconcile.Remote, error)) (reconcile.Remote, error) {
	var remote reconcile.Remote
	var last error
	for n := 1; ; n++ {
		got, err := try(ctx)
		switch {
		case n > 1 && errors.Is(err, reconcile.ErrHeldBack):
			return remote, last
		case err == nil || n == maxAttempts || !again(err):
			return got, err
		}
		remote, last = got, err
		delay := a.backoff(n)
		if asked, ok := reconcile.RetryAfter(err); ok {
			delay = max(delay, asked)
		}
		if !wait(ctx, delay) {
			return got, err
		}
	}
}

// again reports whether another attempt may succeed in a moment.
func again(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.again()
	}
	_, ok := errors.AsType[*connectionError](err)
	return ok
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
