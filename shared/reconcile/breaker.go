package reconcile

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Defaults of a [Breaker].
const (
	// tripAfter failures in a row, with no success between them, are an outage and
	// not bad luck.
	tripAfter = 5
	// The pause before the first probe, and the longest pause that repeated
	// failures of the probe lead to: an outage of an hour costs each instance some
	// sixty probes, and its end is noticed within a minute.
	firstPause   = 5 * time.Second
	longestPause = time.Minute
)

// Breaker is a [Target] that stops asking a target that is down, so that an
// outage costs a few probes instead of every change's budget. While it is open,
// Deliver fails at once with [ErrUnavailable] and the time to wait until the next
// probe ([RetryAfter]). One change at a time is let through as a probe; its
// success closes the breaker.
//
// A target that refuses our credentials counts as down: that too concerns every
// change alike. One that rejects a single change, or asks for a slower pace, is up.
//
// A Breaker is safe for concurrent use.
type Breaker struct {
	target Target

	mu       sync.Mutex // guards what follows
	failures int        // in a row
	pause    time.Duration
	until    time.Time // when the next probe may go; zero while closed
	probing  bool
}

// NewBreaker returns a closed Breaker in front of target.
func NewBreaker(target Target) *Breaker { return &Breaker{target: target} }

// openError is the failure of a change that was not let through.
type openError struct{ wait time.Duration }

func (e openError) Error() string {
	return fmt.Sprintf("%v: not asked again for %v after repeated failures", ErrUnavailable, e.wait.Round(time.Second))
}
func (openError) Unwrap() error                       { return ErrUnavailable }
func (e openError) RetryAfter() (time.Duration, bool) { return e.wait, true }

// Deliver passes d on to the target, unless the target is known to be down.
func (b *Breaker) Deliver(ctx context.Context, d Delivery) error {
	if wait, open := b.enter(); open {
		return openError{wait}
	}
	err := b.target.Deliver(ctx, d)
	b.leave(healthy(err))
	return err
}

// Open reports whether the target is taken to be down.
func (b *Breaker) Open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.until.IsZero()
}

// enter reports whether the breaker is open to a change that arrives now, and if
// it is, how long until the next probe.
func (b *Breaker) enter() (wait time.Duration, open bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch wait := time.Until(b.until); {
	case b.until.IsZero():
		return 0, false
	case wait > 0:
		return wait, true
	case b.probing:
		return b.pause, true
	}
	b.probing = true
	return 0, false
}

// leave records how a change that was let through fared.
func (b *Breaker) leave(ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if ok {
		b.failures, b.pause, b.until, b.probing = 0, 0, time.Time{}, false
		return
	}
	b.failures++
	switch {
	case b.probing:
		b.pause = min(2*b.pause, longestPause)
	case b.until.IsZero() && b.failures >= tripAfter:
		b.pause = firstPause
	default:
		return // not yet an outage, or a straggler from before it
	}
	b.probing = false
	b.until = time.Now().Add(b.pause)
}

// healthy reports whether a delivery's outcome shows a target that is up.
func healthy(err error) bool {
	return err == nil || errors.Is(err, ErrRejected) || errors.Is(err, ErrThrottled)
}
