package reconciletest

import (
	"context"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// Creator is a [Holder] with claims: it creates users under identifiers of its own, and
// finds nobody by ours unless it is told to look.
type Creator struct{ *Holder }

// NewCreator returns a target that holds nobody.
func NewCreator() Creator { return Creator{NewHolder()} }

// Nature says that the target has claims.
func (Creator) Nature() reconcile.Nature { return reconcile.Nature{Claims: true} }

// Deliver takes over a user's state, or drops the user. Under a claim it looks first for
// whom it holds of that sub, if it is handed nobody.
func (c Creator) Deliver(ctx context.Context, d reconcile.Delivery) (reconcile.Remote, error) {
	if d.Claimed && d.Held.ID == "" {
		d.Held.ID = c.find(d.Sub)
	}
	return c.Holder.Deliver(ctx, d)
}

// find returns the identifier of a user whom the target holds, or "".
func (h *Holder) find(sub string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for id, u := range h.users {
		if u.Sub == sub {
			return id
		}
	}
	return ""
}
