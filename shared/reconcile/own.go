package reconcile

import (
	"slices"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// WithStatuses limits who is new to the target to users of these statuses. Whom it holds
// it keeps, whatever becomes of their status. The default is everybody.
func WithStatuses(statuses ...string) DelivererOption {
	return func(d *Deliverer) { d.statuses = statuses }
}

// welcome reports whether somebody new of a status is in scope. A status that is not
// known keeps nobody out.
func welcome(statuses []string, status string) bool {
	return len(statuses) == 0 || status == "" || slices.Contains(statuses, status)
}

// DelivererOption changes a default of [NewDeliverer].
type DelivererOption func(*Deliverer)

// WithProvider says by which name the target writes into the pool through us, as
// [directory.Change] has it in By. What it removed or disabled itself is no news to
// it. The default is that it writes nothing.
func WithProvider(name string) DelivererOption {
	return func(d *Deliverer) { d.provider = name }
}

// own reports whether the target itself made a change, as a provider.
//
// It is told of such a change like of any other, unless it asked for what came of it
// in so many words: see hasRemoved and hasDisabled. For its request was carried out
// in our way, the answer may have been lost, and only an answer of its own proves
// what it holds.
func (d *Deliverer) own(c directory.Change) bool { return c.By != "" && c.By == d.provider }

// hasRemoved reports whether the target removed a user itself, and was told nothing
// of them since. To report that would have it look for somebody whom it has just
// dropped. One who left the groups is still in the pool, and the target holds them;
// and of one whom it changed, and who is gone by now, it does not know.
func (d *Deliverer) hasRemoved(c directory.Change, entry plan.Entry, s state) bool {
	return d.own(c) && c.Kind == directory.Removed && !s.left && !since(c, entry)
}

// hasDisabled reports whether a state is one that the target had confirmed, but for
// the user being disabled, which the target did itself, and was told nothing since.
func (d *Deliverer) hasDisabled(c directory.Change, entry plan.Entry, u directory.User) bool {
	if !d.own(c) || u.Enabled || since(c, entry) {
		return false
	}
	u.Enabled = true
	return entry.Confirmed(d.target.Fingerprint(u))
}

// since reports whether the target answered for a state that was observed after the
// change. It may then have fetched what an old listing showed of the user, and hold
// that in the place of what it did itself.
func since(c directory.Change, entry plan.Entry) bool { return entry.ObservedAt.After(c.Since()) }
