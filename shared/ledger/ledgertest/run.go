package ledgertest

import (
	"context"
	"time"
)

// success is the last run that came to its end.
type success struct {
	run       string
	startedAt time.Time
}

// RecordSuccess records a run that came to its end, by when it started.
func (m *Memory) RecordSuccess(ctx context.Context, run string, startedAt time.Time) error {
	return m.call(ctx, RecordSuccess, func() error {
		if at := kept(startedAt); !m.success.startedAt.After(at) {
			m.success = success{run: run, startedAt: at}
		}
		return nil
	})
}

// LastSuccess returns the last run that came to its end, and when it started.
func (m *Memory) LastSuccess(ctx context.Context) (run string, startedAt time.Time, err error) {
	err = m.call(ctx, LastSuccess, func() error {
		run, startedAt = m.success.run, m.success.startedAt
		return nil
	})
	return run, startedAt, err
}
