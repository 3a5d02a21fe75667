package client

import (
	"context"
	"errors"

	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// retry makes attempts at a delivery while that is useful: see [outbound.Retry]. An attempt
// begins anew with a look at the service: a request whose answer was lost may have taken
// effect, so none is simply repeated.
func (a *attempt) retry(ctx context.Context, try func(context.Context) (reconcile.Remote, error)) (reconcile.Remote, error) {
	return outbound.Retry(ctx, a.backoff, again, func() (reconcile.Remote, error) { return try(ctx) })
}

// again reports whether another attempt may succeed in a moment.
func again(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.again()
	}
	return outbound.IsNoAnswer(err)
}
