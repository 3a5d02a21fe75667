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
// A change that was held back ([ErrHeldBack]) says nothing either way.
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

// Guard returns target behind a closed [Breaker].
func Guard(target FullTarget) FullTarget {
	return struct {
		*Breaker
		description
	}{NewBreaker(target), target}
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
func (b *Breaker) Deliver(ctx context.Context, d Delivery) (Remote, error) {
	probe, wait := b.enter()
	if wait > 0 {
		return Remote{}, openError{wait}
	}
	remote, err := b.target.Deliver(ctx, d)
	b.leave(probe, err)
	return remote, err
}

// enter reports whether a change that arrives now is a probe. If the change is not let
// through, it returns how long it is until the next probe.
func (b *Breaker) enter() (probe bool, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch wait := time.Until(b.until); {
	case b.until.IsZero():
		return false, 0
	case wait > 0:
		return false, wait
	case b.probing:
		return false, b.pause
	}
	b.probing = true
	return true, 0
}

// leave records how a change that was let through fared.
func (b *Breaker) leave(probe bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if probe {
		b.probing = false
	}
	switch {
	case errors.Is(err, ErrHeldBack):
		return
	case healthy(err):
		b.failures, b.pause, b.until = 0, 0, time.Time{}
		return
	}
	b.failures++
	switch {
	case probe && !b.until.IsZero():
		b.pause = min(2*b.pause, longestPause)
	case b.until.IsZero() && b.failures >= tripAfter:
		b.pause = firstPause
	default:
		return // not yet an outage, or a straggler from before it
	}
	b.until = time.Now().Add(b.pause)
}

// healthy reports whether a delivery's outcome shows a target that is up.
func healthy(err error) bool {
	v := VerdictOf(err)
	return v != Unavailable && v != Unauthorized
}
