package throttle

import (
	"context"
	"sync"
	"time"
)

const (
	// holdTimeout bounds the word to the others that the service wants a rest.
	holdTimeout = 2 * time.Second
	// longestHold bounds that rest, whatever a service asks for: as long as a message can
	// be postponed.
	longestHold = 15 * time.Minute
)

// Budget lets the callers of all instances together through at a limited rate. Each
// instance has its own Budget, and all Budgets of one class share a [Schedule]. It is
// safe for concurrent use.
//
// It reserves as many calls at a time as wait for one, so that a busy instance writes to
// the table once for many calls. What an instance reserved and did not use is lost.
type Budget struct {
	schedule Schedule
	class    string
	limit    Limit
	bulk     bool

	// turn is held by whoever takes a place or reserves more. Go serves those blocked on
	// a channel first come, first served.
	turn chan struct{}

	mu        sync.Mutex // guards what follows
	waiting   int        // callers without a place
	reserved  places
	standing  time.Time // where the schedule stood when this instance last looked
	notBefore time.Time
}

// BudgetOption changes a default of [NewBudget].
type BudgetOption func(*Budget)

// Bulk has a Budget's callers wait while others have reserved the next second: it is for
// work that can wait, so that what cannot need not for long. The default is to line up
// behind all others.
func Bulk() BudgetOption { return func(b *Budget) { b.bulk = true } }

// NewBudget returns an instance's part in the limit on a class of calls.
func NewBudget(schedule Schedule, class string, limit Limit, opts ...BudgetOption) *Budget {
	b := &Budget{schedule: schedule, class: class, limit: limit, turn: make(chan struct{}, 1)}
	for _, o := range opts {
		o(b)
	}
	return b
}

// Wait returns nil when it is the caller's turn, for one call within the next moment. It
// fails with [ErrDeadline] as soon as it is known that the turn comes too late, with
// [ErrNoRate], with the schedule's error, or with the context's cause.
func (b *Budget) Wait(ctx context.Context) error {
	for {
		place, err := b.place(ctx)
		if err != nil {
			return err
		}
		if err := sleep(ctx, time.Until(place)); err != nil {
			return err
		}
		if b.stands(place) {
			return nil
		}
	}
}

// Backoff has nobody call for d from now, in whichever instance: what a service asks for
// that answers TooManyRequests. Who has reserved a place before, of at most a second,
// and has not heard of it, may still use it. If the others cannot be told, this instance
// rests alone.
func (b *Budget) Backoff(d time.Duration) {
	until := time.Now().Add(min(d, longestHold))
	b.mu.Lock()
	b.notBefore = latest(b.notBefore, until)
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), holdTimeout)
	defer cancel()
	// Each instance that the service refuses says so again.
	_ = b.schedule.HoldUntil(ctx, b.class, until)
}

// join enters the queue for a place, unless even with nobody but those of this instance
// ahead the turn would come too late.
func (b *Budget) join(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if !b.limit.valid() {
		return ErrNoRate
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	turn := latest(time.Now().Add(-usable).Add(b.limit.gap()*time.Duration(b.waiting)), b.notBefore)
	if deadline, limited := ctx.Deadline(); limited && !turn.Before(deadline) {
		return tooLate(turn, deadline)
	}
	b.waiting++
	return nil
}

func (b *Budget) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting--
}

// stands reports whether a place may be used: its time has come, and is not long over.
func (b *Budget) stands(place time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, _, ok := places{place, 1, 0}.take(time.Now(), b.notBefore)
	return ok
}

// place returns the caller's place in the schedule, and reserves more if none is left.
func (b *Budget) place(ctx context.Context) (time.Time, error) {
	if err := b.join(ctx); err != nil {
		return time.Time{}, err
	}
	defer b.leave()
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return time.Time{}, context.Cause(ctx)
	}
	for {
		place, ok, err := b.take(ctx)
		if ok || err != nil {
			return place, err
		}
		if err := b.reserve(ctx); err != nil {
			return time.Time{}, err
		}
	}
}

// take takes the next reserved place, if there is one that the caller can wait for.
func (b *Budget) take(ctx context.Context) (time.Time, bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	place, rest, ok := b.reserved.take(time.Now(), b.notBefore)
	if !ok {
		b.reserved = places{}
		return time.Time{}, false, nil
	}
	if deadline, limited := ctx.Deadline(); limited && !place.Before(deadline) {
		return time.Time{}, false, tooLate(place, deadline)
	}
	b.reserved = rest
	return place, true, nil
}
