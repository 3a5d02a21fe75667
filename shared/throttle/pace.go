package throttle

import (
	"math"
	"time"
)

// pace spaces callers evenly: the generic cell rate algorithm. next is when the
// next caller is due; up to burst-1 callers may be ahead of that.
type pace struct {
	burst int
	next  time.Time
}

// earliest returns when a caller with so many others ahead of it may pass, not
// before from.
func (p *pace) earliest(from time.Time, gap time.Duration, ahead int) time.Time {
	return latest(from, latest(p.next, from).Add(gap*time.Duration(ahead-p.burst+1)))
}

// take records that a caller passes. The schedule is kept when it passes less
// than one gap late, because timers fire late: measured from the passing, every
// delay would be lost from the rate for good.
func (p *pace) take(now time.Time, gap time.Duration) {
	if now.Sub(p.next) >= gap {
		p.next = now
	}
	p.next = p.next.Add(gap)
}

// hasten makes the next caller due within one gap, after the gap became shorter.
func (p *pace) hasten(now time.Time, gap time.Duration) {
	if due := now.Add(gap); p.next.After(due) {
		p.next = due
	}
}

// window lets at most len(passed) callers through in any minute. passed is a ring
// of when the last callers passed; oldest is the place of the first of them.
type window struct {
	passed []time.Time
	oldest int
}

// earliest returns when a caller with so many others ahead of it may pass, not
// before from.
func (w *window) earliest(from time.Time, ahead int) time.Time {
	n := len(w.passed)
	if n == 0 {
		return from
	}
	free := w.passed[(w.oldest+ahead)%n].Add(time.Minute)
	return latest(from, free).Add(time.Duration(ahead/n) * time.Minute)
}

// take records that a caller passes.
func (w *window) take(now time.Time) {
	if n := len(w.passed); n > 0 {
		w.passed[w.oldest] = now
		w.oldest = (w.oldest + 1) % n
	}
}

const (
	// recovery is how long the rate would take to grow from nothing to full. So
	// one halving is made good in 30 seconds: slow enough to find the level at
	// which a service that is short of room stops complaining.
	recovery = time.Minute
	// quiet is how long further complaints count as the same signal at least:
	// the answers to what was already under way.
	quiet = time.Second
	// floor is the part of the full rate below which halving stops, so that
	// there is always a next call to learn from.
	floor = 1.0 / 16
)

// rate is a number of calls a second that is halved on complaint and then grows
// back linearly. That (additive increase, multiplicative decrease) is how senders
// who share a limit and know nothing of each other come to share it fairly.
type rate struct {
	full    float64
	reduced float64   // what it was halved to
	since   time.Time // when it began to recover
}

// at returns the rate at one moment.
func (r *rate) at(now time.Time) float64 {
	grown := max(now.Sub(r.since), 0).Seconds() / recovery.Seconds() * r.full
	return min(r.full, r.reduced+grown)
}

// gap returns the space between two calls at one moment. It is rounded up: rounded
// down, 30 gaps at 30 a second would be a little less than a second, and a strict
// service would count 31 calls in it.
func (r *rate) gap(now time.Time) time.Duration {
	return time.Duration(math.Ceil(float64(time.Second) / r.at(now)))
}

// scale changes the full rate, and what the rate was halved to along with it.
func (r *rate) scale(full float64) {
	if r.full > 0 {
		r.reduced *= full / r.full
	} else {
		r.reduced = full
	}
	r.full = full
}

// halve halves the rate for a complaint that is followed by a pause.
func (r *rate) halve(now time.Time, pause time.Duration) {
	if now.Before(r.since) {
		return
	}
	r.reduced = max(r.at(now)/2, r.full*floor)
	r.since = now.Add(max(pause, quiet))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
