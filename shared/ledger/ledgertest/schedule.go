package ledgertest

import (
	"context"
	"time"
)

// Reserve moves a class's moment on by span.
func (m *Memory) Reserve(ctx context.Context, class string, span time.Duration, floor, ceiling time.Time) (from time.Time, granted bool, err error) {
	err = m.call(ctx, Reserve, func() error {
		from = m.schedule[class]
		if from.After(ceiling) {
			return nil
		}
		if floor.After(from) {
			from = floor
		}
		granted, m.schedule[class] = true, from.Add(span)
		return nil
	})
	if err != nil {
		return time.Time{}, false, err
	}
	return from, granted, nil
}

// HoldUntil moves a class's moment to the given one.
func (m *Memory) HoldUntil(ctx context.Context, class string, until time.Time) error {
	return m.call(ctx, HoldUntil, func() error {
		if until.After(m.schedule[class]) {
			m.schedule[class] = until
		}
		return nil
	})
}
