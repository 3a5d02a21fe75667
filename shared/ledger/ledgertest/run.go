package ledgertest

import (
	"context"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// lease is held by owner until a time; by nobody if owner is "".
type lease struct {
	owner string
	until time.Time
}

// success is the last run that came to its end.
type success struct {
	run       string
	startedAt time.Time
}

// Acquire takes the lease for owner until the given time.
func (m *Memory) Acquire(ctx context.Context, owner string, until time.Time) error {
	return m.call(ctx, Acquire, func() error {
		if l := m.lease; l.owner != "" && l.owner != owner && l.until.After(kept(m.now())) {
			return fmt.Errorf("%w: %s holds the lease until %s", reconcile.ErrLeaseHeld, l.owner, l.until.Format(time.RFC3339))
		}
		m.lease = lease{owner: owner, until: kept(until)}
		return nil
	})
}

// Renew extends owner's lease until the given time.
func (m *Memory) Renew(ctx context.Context, owner string, until time.Time) error {
	return m.call(ctx, Renew, func() error {
		if m.lease.owner != owner {
			return reconcile.ErrLeaseLost
		}
		m.lease.until = kept(until)
		return nil
	})
}

// Release gives owner's lease back.
func (m *Memory) Release(ctx context.Context, owner string) error {
	return m.call(ctx, Release, func() error {
		if m.lease.owner == owner {
			m.lease = lease{}
		}
		return nil
	})
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
