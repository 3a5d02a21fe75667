// Package reconcile is the engine: it turns what the pool holds, what the ledger
// says and what events hint at into deliveries to a target.
//
// It declares the interfaces that it consumes. Adapters (shared/cognito, shared/ledger,
// shared/queue, and a package for each kind of target) satisfy them; nothing here
// imports an SDK, or knows a target by name.
package reconcile

import (
	"context"

	"github.com/poolsync/poolsync/shared/directory"
)

// Target is a system that is kept in step with the pool.
type Target interface {
	// Deliver reports one change and returns once the target answered, with what the
	// ledger is to keep for it. With d.Confirm, nil means that the target holds the
	// user's current state.
	//
	// An error wraps one of the Err values above [Verdict]. What is returned with a
	// refusal is kept too, for a target may have taken a part of what it then refused.
	Deliver(ctx context.Context, d Delivery) (Remote, error)
}

// Remote is what the ledger keeps of a user for the target alone, and hands back with
// the next delivery. It is kept with the target's answer to news of the user's state,
// and dropped with the user.
type Remote struct {
	// ID is the target's own identifier of the user, or "" if it has none. One that
	// the ledger holds stays until there is another: it is what the user is found by.
	ID string
	// Note is whatever the target wants to find again, text of at most [plan.MaxNote]
	// bytes. A yes replaces it, also by a blank one; a refusal only by another.
	Note string
}

// Delivery is one change on its way to a target.
type Delivery struct {
	directory.Change
	// Confirm asks for an answer that is given only after the target has
	// processed the change. Without it, success says no more than "accepted".
	Confirm bool
	// Held is what the target had the ledger keep of the user; the zero Remote of one
	// of whom it holds nothing.
	Held Remote
	// Claimed says that somebody may have created the user at the target before, without
	// the ledger knowing what came of it: look for our identifier of the user before
	// creating anybody, or to find who is to be removed. Whoever is found so was created
	// by us. It is only set for a target whose [Nature] has claims.
	Claimed bool
}
