package userhub

import (
	"context"
	"errors"

	"github.com/poolsync/poolsync/shared/outbound"
)

// retry repeats a request while that is useful: see [outbound.Retry]. It returns the last
// error that was an answer, or the lack of one.
func (c *Client) retry(ctx context.Context, send func() error) error {
	_, err := outbound.Retry(ctx, c.backoff, again, func() (struct{}, error) { return struct{}{}, send() })
	return err
}

// again reports whether to repeat a request right here: only if it may succeed in a
// moment.
func again(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.again()
	}
	return outbound.IsNoAnswer(err)
}
