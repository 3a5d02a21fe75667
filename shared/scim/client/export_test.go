package client

import "github.com/poolsync/poolsync/shared/reconcile"

// WithClaims says of whose deliveries somebody may have created the user before.
func WithClaims(claimed func(reconcile.Delivery) bool) Option {
	return func(c *Client) { c.claimed = claimed }
}
