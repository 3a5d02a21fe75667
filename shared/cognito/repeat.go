package cognito

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolsync/poolsync/shared/directory"
)

// repeatable is how long the creation of a user can be repeated. A caller who was
// told that it failed tries again within minutes; an older user was there before.
const repeatable = time.Hour

// chosenForm is the form of the user names that we choose. Nobody else uses it.
var chosenForm = regexp.MustCompile(`^[a-z2-7]{26}$`)

// made returns the user that a creation has made, if it did: it failed with an error
// that leaves that open, or because there is such a user, whom an earlier try may
// have made.
//
// A name alone does not prove that it is the same user: see [creation.made]. A user
// who does not fit was there before, and the error is [ErrExists].
func (p *Provisioner) made(ctx context.Context, c creation, failed error) (directory.User, error) {
	exists := hasCode(failed, "UsernameExistsException", "AliasExistsException")
	look := p.pool.present
	if exists {
		look = c.find(p.pool)
	}
	u, err := look(ctx, "look for the user", c.Username)
	switch {
	case err == nil && c.made(u):
		return u, nil
	case err == nil, exists && errors.Is(err, ErrNotFound):
		// Somebody else has the name, or an alias that is or comes with it.
		return directory.User{}, fmt.Errorf("%w: %w", ErrExists, failed)
	case exists:
		return directory.User{}, fmt.Errorf("tell whether it is the same user: %w", err)
	case errors.Is(err, ErrNotFound):
		return directory.User{}, failed
	}
	return directory.User{}, fmt.Errorf("%w (then: %v)", failed, err)
}

// made reports whether a user is what this creation, or one just like it, left
// moments ago: with the identifier that was asked for, or one of ours, the same
// attributes and no others, and the first password still unused.
func (c creation) made(u directory.User) bool {
	if u.Status != string(types.UserStatusTypeForceChangePassword) || time.Since(u.Created) > repeatable {
		return false
	}
	if !u.Enabled && !c.Disabled || !c.names(u) {
		return false
	}
	has, want := maps.Clone(u.Attributes), maps.Clone(c.written)
	delete(has, "sub")
	if c.byAlias != "" {
		delete(has, c.byAlias) // compared as the name
		delete(want, c.byAlias)
	}
	return maps.Equal(has, want)
}

// names reports whether a user has the name of this creation. A pool may ignore case.
func (c creation) names(u directory.User) bool {
	switch {
	case c.byAlias != "":
		return strings.EqualFold(u.Attributes[c.byAlias], c.Username)
	case c.chosen && chosenForm.MatchString(u.Username):
		return true
	}
	return strings.EqualFold(u.Username, c.Username)
}

// find returns how to look for a user of this name who is known to exist. A listed
// user is not made billable; one who is not listed was created moments ago, and is
// billable already.
func (c creation) find(p *Pool) func(ctx context.Context, what, name string) (directory.User, error) {
	attribute := "username"
	if c.byAlias != "" {
		attribute = c.byAlias
	}
	return func(ctx context.Context, what, name string) (directory.User, error) {
		u, listed, err := p.one(ctx, attribute, name, func(u directory.User) bool {
			return u.Status != statusFederated && c.names(u)
		})
		// A user can have a name that the filter does not accept.
		if listed || err != nil && !errors.Is(err, ErrInvalid) {
			return u, err
		}
		return p.present(ctx, what, name)
	}
}
