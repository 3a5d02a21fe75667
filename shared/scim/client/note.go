package client

import (
	"fmt"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// The notes that the ledger keeps of a user. Only one whom the ledger calls created is
// ever disabled or deleted.
const (
	created = "created"
	adopted = "adopted"
	outside = "outside" // not in scope so far: the service was never told
)

var errNoUser = fmt.Errorf("%w: the change came without the user", reconcile.ErrUnavailable)

// outsider returns what the ledger keeps of a user who is not in scope: what it held, for
// the service may hold them from earlier.
func outsider(held reconcile.Remote) reconcile.Remote {
	if held.ID == "" {
		return reconcile.Remote{Note: outside}
	}
	return held
}

// claimed reports whether somebody may have created the user before: then we look before
// we create, and whom we find by externalId was created by us.
func claimed(d reconcile.Delivery) bool { return d.Claimed }
