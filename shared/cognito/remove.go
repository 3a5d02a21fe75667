package cognito

import (
	"context"
	"errors"
	"fmt"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolsync/poolsync/shared/directory"
)

// Removal is what it means to remove a user from the pool.
type Removal string

// The ways of removing a user.
const (
	// Disable bars the user from signing in and keeps everything else, so that it
	// can be undone.
	Disable Removal = "disable"
	// Delete deletes the user for good. The user name becomes free; whoever gets
	// it next has another sub.
	Delete Removal = "delete"
)

// Valid reports whether r is one of the declared removals.
func (r Removal) Valid() bool { return r == Disable || r == Delete }

// Remove removes the user in the given way. A user who is already gone is no error,
// so repeating a removal is safe. A user who is listed as disabled is disabled again:
// the listing may be late. The error is [ErrThrottled], [ErrUnavailable] or
// [ErrInvalid].
func (p *Provisioner) Remove(ctx context.Context, u directory.User, r Removal) error {
	var err error
	switch r {
	case Disable:
		err = p.setEnabled(ctx, &u, false)
	case Delete:
		_, err = write(ctx, p.updates, "delete", p.client.AdminDeleteUser,
			&cip.AdminDeleteUserInput{UserPoolId: &p.pool.id, Username: &u.Username})
		if hasCode(err, "UserNotFoundException") {
			err = ErrNotFound
		}
		if unclear(err) {
			err = p.confirm(ctx, u, err, func(directory.User) bool { return false })
		}
	default:
		err = fmt.Errorf("%w: removal: want %s or %s", ErrInvalid, Disable, Delete)
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("remove user: %w", err)
	}
	return nil
}
