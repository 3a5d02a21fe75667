// Package throttle paces calls to a service that limits them, on the caller's
// side: so many a second, optionally so many a minute, slower when the service
// says so.
//
// It reads the time through package time alone, so testing/synctest steps it.
package throttle

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// How [Limiter.Wait] can fail, besides with the context's own error.
var (
	// ErrDeadline is returned when the caller's turn would come after the
	// context's deadline. It is returned at once, without waiting for either.
	ErrDeadline = errors.New("rate limit: the wait would outlast the deadline")
	// ErrNoRate is returned by a limiter whose rate is not a positive number:
	// nothing may pass, and waiting would not help.
	ErrNoRate = errors.New("rate limit: the rate is not positive")
)

// Limiter lets callers through at a limited rate, in the order in which they
// asked. All callers of one service share one limiter. It is safe for concurrent
// use.
type Limiter struct {
	// turn is held by the caller at the head of the queue, who alone waits for
	// the clock. Go serves those blocked on a channel first come, first served.
	turn chan struct{}

	mu      sync.Mutex // guards everything below
	rate    rate
	pace    pace
	window  window
	queued  int           // callers inside Wait
	paused  time.Time     // nobody passes before
	changed chan struct{} // closed and replaced when the head must look again
}

// Option changes a default of [New].
type Option func(*Limiter)

// Burst lets n callers through at once after a quiet spell, before the even pace
// sets in. The default is 1: no burst at all.
func Burst(n int) Option {
	return func(l *Limiter) { l.pace.burst = max(n, 1) }
}

// PerMinute lets at most n callers through in any 60 seconds, on top of the limit
// per second. The default, and anything below 1, is no such limit.
func PerMinute(n int) Option {
	return func(l *Limiter) { l.window.passed = make([]time.Time, max(n, 0)) }
}

// New returns a limiter for perSecond calls a second, evenly spaced: a caller who
// starts late is made up for by the next one, by at most one space, so that the
// rate is reached in the long run.
func New(perSecond float64, opts ...Option) *Limiter {
	l := &Limiter{
		turn:    make(chan struct{}, 1),
		rate:    rate{full: perSecond, reduced: perSecond},
		pace:    pace{burst: 1},
		changed: make(chan struct{}),
	}
	for _, o := range opts {
		o(l)
	}
	return l
}

// Wait returns nil when it is the caller's turn. It fails with [ErrDeadline] as
// soon as the turn would, at the present rate, come too late; with [ErrNoRate]; or
// with the context's cause. A caller who fails uses up nothing.
func (l *Limiter) Wait(ctx context.Context) error {
	if err := l.join(ctx); err != nil {
		return err
	}
	defer l.leave()
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for {
		wait, changed, err := l.take(ctx)
		if err != nil || wait <= 0 {
			return err
		}
		select {
		case <-time.After(wait):
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Backoff lets nobody through for d from now, whoever shares the limiter, and
// halves the rate, which then recovers in equal steps: what an answer like
// TooManyRequests asks for when others share the same quota. A shorter pause does
// not cut a longer one short. Answers that arrive while the pause lasts, and at
// least for a second, count as the same signal and do not halve the rate again.
func (l *Limiter) Backoff(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	l.rate.halve(now, d)
	l.paused = latest(l.paused, now.Add(d))
	l.wake()
}

// SetRate lets perSecond callers a second through from now on, when nothing slows
// them. A rate that was halved stays in the same proportion to it.
func (l *Limiter) SetRate(perSecond float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rate.scale(perSecond)
	if l.rate.full > 0 {
		now := time.Now()
		l.pace.hasten(now, l.rate.gap(now))
	}
	l.wake()
}

// wake makes the head of the queue look again.
func (l *Limiter) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// join enters the queue, unless the turn would come too late.
func (l *Limiter) join(ctx context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.check(ctx, time.Now(), l.queued); err != nil {
		return err
	}
	l.queued++
	return nil
}

func (l *Limiter) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queued--
}

// take lets the head of the queue through, or says how long it has to wait and
// what tells it to look again earlier.
func (l *Limiter) take(ctx context.Context) (time.Duration, <-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if err := l.check(ctx, now, 0); err != nil {
		return 0, nil, err
	}
	if wait := l.earliest(now, 0).Sub(now); wait > 0 {
		return wait, l.changed, nil
	}
	l.pace.take(now, l.rate.gap(now))
	l.window.take(now)
	return 0, nil, nil
}

// check reports why a caller with so many others ahead of it cannot pass in time.
func (l *Limiter) check(ctx context.Context, now time.Time, ahead int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !(l.rate.full > 0) { // NaN is not a rate either
		return ErrNoRate
	}
	turn := l.earliest(now, ahead)
	if deadline, ok := ctx.Deadline(); ok && !turn.Before(deadline) {
		return fmt.Errorf("%w: %s to wait, %s left", ErrDeadline,
			turn.Sub(now).Round(time.Millisecond), deadline.Sub(now).Round(time.Millisecond))
	}
	return nil
}

// earliest returns the first moment at which a caller with so many others ahead
// of it can pass, if nothing slows it further.
func (l *Limiter) earliest(now time.Time, ahead int) time.Time {
	from := latest(now, l.paused)
	return latest(
		l.pace.earliest(from, l.rate.gap(now), ahead),
		l.window.earliest(from, ahead),
	)
}
