package client

import (
	"log/slog"
	"net/http"

	"github.com/poolsync/poolsync/shared/outbound"
)

// Option changes a [Client].
type Option func(*Client)

// WithLeavers chooses what becomes of leavers. Default: [Disable].
func WithLeavers(l Leavers) Option { return func(c *Client) { c.leavers = l } }

// WithAdoption chooses who is adopted. Default: [AdoptNobody].
func WithAdoption(a Adoption) Option { return func(c *Client) { c.adoption = a } }

// WithReuse takes over an inactive user whose externalId is a sub that former knows as
// vacant, when their name is in the way: who comes back under the same name has another
// sub. Default: they stay, and who comes back is refused.
func WithReuse(former Former) Option { return func(c *Client) { c.former = former } }

// WithOutside names the statuses of users whom the service is not told of. Default:
// UNCONFIRMED, so that a sign-up which nobody has confirmed makes no account.
func WithOutside(statuses ...string) Option { return func(c *Client) { c.outside = statuses } }

// WithTransport carries requests another way. Default: [outbound.NewTransport].
func WithTransport(transport http.RoundTripper) Option {
	return func(c *Client) { c.http.Transport = transport }
}

// WithBackoff chooses the delay before another attempt. Default: [outbound.Jittered].
func WithBackoff(backoff outbound.Backoff) Option { return func(c *Client) { c.backoff = backoff } }

// WithPacer spaces requests out. Default: they go out as they come.
func WithPacer(pacer outbound.Pacer) Option { return func(c *Client) { c.pacer = pacer } }

// WithBulkPacer spaces Bulk requests out, for services that count them by themselves.
// Default: as other requests.
func WithBulkPacer(pacer outbound.Pacer) Option { return func(c *Client) { c.bulkPacer = pacer } }

// WithLogger says where a takeover is logged. Default: nowhere.
func WithLogger(log *slog.Logger) Option { return func(c *Client) { c.log = log } }
