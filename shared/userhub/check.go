package userhub

import (
	"context"
	"errors"
	"fmt"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// How a connection can fail to be confirmed. Other errors of
// [Client.CheckConnection] are about the key or the way to UserHub.
var (
	// ErrUnknownConnection is returned when UserHub says that it does not know the
	// connection.
	ErrUnknownConnection = errors.New("UserHub does not know the connection")
	// ErrUnconfirmed is returned when UserHub answered, but did not tell whether
	// it knows the connection.
	ErrUnconfirmed = errors.New("UserHub's answer does not confirm the connection")
)

// CheckKey proves that UserHub can be reached and accepts the key for reporting
// events: it reports one about [directory.Nobody]. Deliveries do the same, so a key
// that may do nothing else passes. Listing users would ask for more than is needed,
// and hand us somebody's data.
//
// UserHub only accepts the event: what it finds out about the user later, or cannot
// find out because its connection is not set up yet, does not concern the key. Any
// refusal but that of the key comes after the key was accepted.
func (c *Client) CheckKey(ctx context.Context) error {
	err := c.checkEvent(ctx, false)
	if e, answered := errors.AsType[*Error](err); answered && e.refuses() {
		return nil
	}
	return err
}

// CheckConnection asks UserHub to look for [directory.Nobody] in the connection,
// and to answer once it has. It proves that UserHub knows the connection if the
// answer is yes, or says that there is no such user.
//
// UserHub documents neither what it answers for an unknown user nor for an unknown
// connection. So only an answer that names the connection counts as
// [ErrUnknownConnection]; all others are [ErrUnconfirmed], including that of a
// connection whose webhook is not set up yet. UserHub imports unknown users from the
// connection, which does not have this one; if it keeps a trace of the question
// anyway, that is one user without a profile.
func (c *Client) CheckConnection(ctx context.Context) error {
	err := c.checkEvent(ctx, true)
	e, answered := errors.AsType[*Error](err)
	switch {
	case err == nil, answered && e.Code == NotFound && e.Reason == reasonUserNotFound:
		return nil
	case answered && e.ofConnection():
		return fmt.Errorf("%w: %w", ErrUnknownConnection, e)
	case answered && !errors.Is(e, reconcile.ErrUnauthorized):
		return fmt.Errorf("%w: %w", ErrUnconfirmed, e)
	}
	return err
}

// checkEvent reports that nobody may have changed.
func (c *Client) checkEvent(ctx context.Context, wait bool) error {
	return c.call(ctx, c.userPath(directory.Nobody)+":event", event{eventType(directory.Changed), wait})
}
