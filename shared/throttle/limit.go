package throttle

import (
	"math"
	"time"
)

// Limit is what a service takes of all callers together.
type Limit struct {
	PerSecond float64 // calls; must be positive
	PerMinute int     // calls in any 60 seconds, or 0 for no such limit
}

const (
	// late is how far the shared schedule may be behind the clock before time that was
	// not used is lost: long enough for a write to the table, so that a caller who always
	// has work reaches the full rate, and short enough to be no burst.
	late = 250 * time.Millisecond
	// usable is for how long a place in the schedule may be taken after its time. A
	// caller who comes later, because its function was frozen or its timer fired late,
	// must ask for another.
	usable = time.Second
	// arrival is how much longer than another one call may take to the service, with the
	// difference between the clocks of two functions.
	arrival = time.Second
	// slack is what all this makes the places of a minute come closer at the service:
	// calls that are a minute and slack apart by the schedule are a minute apart there.
	slack = usable + arrival
)

// gap returns the space between two calls. It is the longer of what the two limits ask
// for, and longer by slack/minute, or 3.3 %: if the k-th call after another comes within
// a minute at the service, then (k-1) gaps are less than a minute and slack by the
// schedule, and so k is no more than the limit. It is rounded up.
func (l Limit) gap() time.Duration {
	calls := l.PerSecond * time.Minute.Seconds()
	if l.PerMinute > 0 {
		calls = min(calls, float64(l.PerMinute))
	}
	return time.Duration(math.Ceil(float64(time.Minute+slack) / calls))
}

// valid reports whether anything may pass.
func (l Limit) valid() bool { return l.PerSecond > 0 && !math.IsInf(l.PerSecond, 1) } // NaN is not a rate either

// atMost returns how many calls bulk work, or anybody, reserves at a time: a second's
// worth, but one at least.
func atMost(gap time.Duration) int { return max(1, int(time.Second/gap)) }

// places are consecutive places in the schedule that are the caller's.
type places struct {
	next time.Time
	left int
	gap  time.Duration
}

// take returns the first place that can still be used now, not before the given time,
// and what remains after it. Those that cannot are lost.
func (p places) take(now, notBefore time.Time) (place time.Time, rest places, ok bool) {
	for ; p.left > 0; p.next, p.left = p.next.Add(p.gap), p.left-1 {
		if now.Sub(p.next) <= usable && !p.next.Before(notBefore) {
			return p.next, places{p.next.Add(p.gap), p.left - 1, p.gap}, true
		}
	}
	return time.Time{}, places{}, false
}
