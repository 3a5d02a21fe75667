package throttle

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"
)

// Schedule keeps one moment for each class of calls, which all instances share: from
// when on nobody has reserved anything. Package ledger keeps it in the table.
type Schedule interface {
	// Reserve moves the moment on by span, from where it stands or from the floor,
	// whichever is later, and returns that: the span from there on is the caller's. If the
	// moment stands after the ceiling, it stays, and granted is false.
	Reserve(ctx context.Context, class string, span time.Duration, floor, ceiling time.Time) (from time.Time, granted bool, err error)
	// HoldUntil moves the moment to the given one, unless it is there or later already.
	HoldUntil(ctx context.Context, class string, until time.Time) error
}

const (
	// horizon is how far ahead of the clock bulk work reserves. With what it then
	// reserves at most, a caller who is in a hurry waits for two seconds, or for one and
	// a gap, however many instances do bulk work.
	horizon = time.Second
	// scatter is how far apart those come back who found the schedule full.
	scatter = 400 * time.Millisecond
	// farOff stands for the deadline of a caller who has none.
	farOff = 24 * time.Hour
)

// reserve reserves places for all who wait, or waits for a moment where the schedule is
// full.
func (b *Budget) reserve(ctx context.Context) error {
	now, gap := time.Now(), b.limit.gap()
	b.mu.Lock()
	n := min(max(b.waiting, b.least(gap)), atMost(gap))
	floor, standing := latest(now.Add(-late), b.notBefore), b.standing
	b.mu.Unlock()
	deadline, limited := ctx.Deadline()
	if !limited {
		deadline = now.Add(farOff)
	}
	ceiling := deadline
	if b.bulk {
		ceiling = earlier(deadline, now.Add(horizon))
	}
	if known := latest(floor, standing); known.After(ceiling) {
		return b.wait(ctx, known, deadline)
	}
	from, granted, err := b.schedule.Reserve(ctx, b.class, time.Duration(n)*gap, floor, ceiling)
	if err != nil {
		return fmt.Errorf("reserve calls: %w", err)
	}
	b.mu.Lock()
	b.standing = from
	if granted {
		b.reserved, b.standing = places{from, n, gap}, from.Add(time.Duration(n)*gap)
	}
	b.mu.Unlock()
	if granted {
		return nil
	}
	return b.wait(ctx, from, deadline)
}

// wait returns when it is time to look at a full schedule again, at the horizon of where
// it is known to stand. It fails at once if that is too late for the caller.
func (b *Budget) wait(ctx context.Context, standing, deadline time.Time) error {
	if !standing.Before(deadline) {
		return tooLate(standing, deadline)
	}
	return sleep(ctx, time.Until(standing.Add(-horizon))+rand.N(scatter))
}

// least returns how many calls are reserved at a time at least. Bulk work takes a tenth
// of a second's worth, so that at a high rate it is not the table that it waits for.
func (b *Budget) least(gap time.Duration) int {
	if !b.bulk {
		return 1
	}
	return int(time.Second / 10 / gap)
}

func tooLate(turn, deadline time.Time) error {
	return fmt.Errorf("%w: the turn comes %s after it", ErrDeadline, turn.Sub(deadline).Round(time.Millisecond))
}

// sleep returns after d, or with the context's cause.
func sleep(ctx context.Context, d time.Duration) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d <= 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
