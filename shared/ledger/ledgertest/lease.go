package ledgertest

import (
	"context"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// Lease is a lease beside a [Memory], which counts its calls and makes them fail.
type Lease struct {
	m    *Memory
	held *lease // guarded by the Memory's mu
}

// lease is held by owner until a time; by nobody if owner is "".
type lease struct {
	owner string
	until time.Time
}

// Lease returns the lease of the pool's runs.
func (m *Memory) Lease() *Lease { return &Lease{m, &m.lease} }

// Watch returns the lease of the run that waits for the target's queue to be empty.
func (m *Memory) Watch() reconcile.Lease { return &Lease{m, &m.watch} }

// Acquire takes the lease for owner until the given time.
func (l *Lease) Acquire(ctx context.Context, owner string, until time.Time) error {
	return l.m.call(ctx, Acquire, func() error {
		if held := *l.held; held.owner != "" && held.owner != owner && held.until.After(kept(l.m.now())) {
			return fmt.Errorf("%w: %s holds the lease until %s", reconcile.ErrLeaseHeld, held.owner, held.until.Format(time.RFC3339))
		}
		*l.held = lease{owner: owner, until: kept(until)}
		return nil
	})
}

// Renew extends owner's lease until the given time.
func (l *Lease) Renew(ctx context.Context, owner string, until time.Time) error {
	return l.m.call(ctx, Renew, func() error {
		if l.held.owner != owner {
			return reconcile.ErrLeaseLost
		}
		l.held.until = kept(until)
		return nil
	})
}

// Release gives owner's lease back.
func (l *Lease) Release(ctx context.Context, owner string) error {
	return l.m.call(ctx, Release, func() error {
		if l.held.owner == owner {
			*l.held = lease{}
		}
		return nil
	})
}
