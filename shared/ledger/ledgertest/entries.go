package ledgertest

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"time"

	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// PageSize is about how many entries DynamoDB returns in a page of 1 MB. Each page
// is a call.
const PageSize = 4000

// Entry returns what the ledger holds of one user, the zero Entry if nothing.
func (m *Memory) Entry(ctx context.Context, sub string) (plan.Entry, error) {
	if err := checkSub(sub); err != nil {
		return plan.Entry{}, err
	}
	var e plan.Entry
	err := m.call(ctx, Entry, func() error {
		e = m.get(sub)
		return nil
	})
	if err != nil {
		return plan.Entry{}, err
	}
	return e, nil
}

// Entries calls fn for every entry whose sub starts with prefix, but for removed
// users.
func (m *Memory) Entries(ctx context.Context, prefix string, fn func(plan.Entry) error) error {
	return m.each(ctx, Entries, prefix, func(e plan.Entry) error {
		if e.Removed {
			return nil
		}
		return fn(e)
	})
}

// Candidates calls fn for every entry whose sub starts with prefix and that the
// run marked absent.
func (m *Memory) Candidates(ctx context.Context, prefix, run string, fn func(plan.Entry) error) error {
	return m.each(ctx, Candidates, prefix, func(e plan.Entry) error {
		if e.AbsentRun != run {
			return nil
		}
		return fn(e)
	})
}

// each calls fn for every entry of a prefix in the order of the subs, as they were
// when it began. A fault at a later page strikes after the entries of the earlier
// ones. It holds no lock while fn runs.
func (m *Memory) each(ctx context.Context, op Op, prefix string, fn func(plan.Entry) error) error {
	if prefix != "" {
		if err := checkSub(prefix); err != nil {
			return err
		}
	}
	turnPage := func() error { return m.call(ctx, op, func() error { return nil }) }
	if err := turnPage(); err != nil {
		return err
	}
	read := 0
	for e := range m.under(prefix) {
		if read == PageSize {
			if err := turnPage(); err != nil {
				return err
			}
			read = 0
		}
		read++
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

// under yields the entries of a prefix in the order of their subs: the base's, and
// in place of some of them and between them those written.
func (m *Memory) under(prefix string) iter.Seq[plan.Entry] {
	return func(yield func(plan.Entry) bool) {
		written := m.writtenUnder(prefix)
		for e := range m.based(prefix) {
			for len(written) > 0 && written[0].Sub < e.Sub {
				if !yield(written[0]) {
					return
				}
				written = written[1:]
			}
			if hidden := len(written) > 0 && written[0].Sub == e.Sub; !hidden && !yield(e) {
				return
			}
		}
		for _, e := range written {
			if !yield(e) {
				return
			}
		}
	}
}

// based yields the base's entries of a prefix, but for those erased.
func (m *Memory) based(prefix string) iter.Seq[plan.Entry] {
	m.mu.Lock()
	erased := maps.Clone(m.erased)
	m.mu.Unlock()
	return func(yield func(plan.Entry) bool) {
		for e := range m.base(prefix) {
			if !erased[e.Sub[:1]] && !yield(e) {
				return
			}
		}
	}
}

// Confirm records the target's yes.
func (m *Memory) Confirm(ctx context.Context, e plan.Entry) error {
	if err := e.CheckNote(); err != nil {
		return err
	}
	return m.write(ctx, Confirm, e.Sub, func(old plan.Entry) (plan.Entry, bool) {
		return plan.Entry{
			Sub: e.Sub, Username: e.Username, Fingerprint: e.Fingerprint,
			ObservedAt: kept(e.ObservedAt), DeliveredAt: kept(e.DeliveredAt),
			RemoteID: cmp.Or(e.RemoteID, old.RemoteID), Note: e.Note,
		}, notNewer(old, e.ObservedAt)
	})
}

// Reject records the target's no.
func (m *Memory) Reject(ctx context.Context, e plan.Entry) error {
	if err := e.CheckNote(); err != nil {
		return err
	}
	return m.write(ctx, Reject, e.Sub, func(old plan.Entry) (plan.Entry, bool) {
		return plan.Entry{
			Sub: e.Sub, Username: e.Username, Fingerprint: e.Fingerprint,
			ObservedAt: kept(e.ObservedAt), DeliveredAt: old.DeliveredAt,
			RemoteID: cmp.Or(e.RemoteID, old.RemoteID), Note: cmp.Or(e.Note, old.Note), Rejected: cmp.Or(e.Rejected, "no reason given"),
			RejectedSince: keptIf(e.RetryAt, e.RejectedSince), RetryAt: keptIf(e.RetryAt, e.RetryAt),
			Claim: cmp.Or(keptClaim(e.Claim), old.Claim),
		}, notNewer(old, e.ObservedAt)
	})
}

// keptIf returns t as the table keeps it, unless the no is one that stays.
func keptIf(retryAt, t time.Time) time.Time {
	if retryAt.IsZero() {
		return time.Time{}
	}
	return kept(t)
}

// MarkLeaving notes that the user's removal is on its way.
func (m *Memory) MarkLeaving(ctx context.Context, sub string, at time.Time) error {
	err := m.write(ctx, MarkLeaving, sub, func(old plan.Entry) (plan.Entry, bool) {
		if kept(at).After(old.LeavingAt) {
			old.LeavingAt = kept(at)
		}
		return old, old.Delivered() || old.Claimed()
	})
	if errors.Is(err, reconcile.ErrStale) {
		return nil
	}
	return err
}

// MarkAbsent makes the user a candidate for removal by the run.
func (m *Memory) MarkAbsent(ctx context.Context, sub, run string) error {
	err := m.write(ctx, MarkAbsent, sub, func(old plan.Entry) (plan.Entry, bool) {
		present := old.Sub != "" && !old.Removed
		old.AbsentRun = run
		return old, present
	})
	if errors.Is(err, reconcile.ErrStale) {
		return nil
	}
	return err
}

// Forget drops all that is known of a removed user but the time of the removal.
func (m *Memory) Forget(ctx context.Context, sub string, observedAt time.Time) error {
	return m.write(ctx, Forget, sub, func(old plan.Entry) (plan.Entry, bool) {
		free := !old.Claim.Live(kept(m.now()))
		return plan.Entry{Sub: sub, ObservedAt: kept(observedAt), Removed: true}, free && notNewer(old, observedAt)
	})
}

// write replaces an entry, or refuses to if change says so.
func (m *Memory) write(ctx context.Context, op Op, sub string, change func(old plan.Entry) (plan.Entry, bool)) error {
	if err := checkSub(sub); err != nil {
		return err
	}
	return m.call(ctx, op, func() error {
		next, allowed := change(m.get(sub))
		if !allowed {
			return reconcile.ErrStale
		}
		m.set(next)
		return nil
	})
}

func notNewer(old plan.Entry, than time.Time) bool { return !old.ObservedAt.After(kept(than)) }

// kept returns a time as the table keeps it.
func kept(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
