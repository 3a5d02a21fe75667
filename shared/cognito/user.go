package cognito

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolsync/poolsync/shared/directory"
)

// User returns the user with this sub, as ListUsers shows it, and whether it was
// listed. A user who was not listed may still exist: only [Pool.Gone] proves the
// opposite.
func (p *Pool) User(ctx context.Context, sub string) (directory.User, bool, error) {
	return p.one(ctx, "sub", sub, func(u directory.User) bool { return u.Sub == sub })
}

// UserByName returns the user with this user name, exactly as the pool spells it;
// an alias, such as an e-mail address, is not a user name. Otherwise it is like
// [Pool.User].
func (p *Pool) UserByName(ctx context.Context, username string) (directory.User, bool, error) {
	return p.one(ctx, "username", username, func(u directory.User) bool { return u.Username == username })
}

// one returns the one user whose attribute has this value.
func (p *Pool) one(
	ctx context.Context, attribute, value string, wanted func(directory.User) bool,
) (directory.User, bool, error) {
	if value == "" {
		return directory.User{}, false, fmt.Errorf("find user: the %s is empty", attribute)
	}
	for users, err := range pages(p.lister(ctx, PageSize, equals(attribute, value, wanted))) {
		if err != nil {
			return directory.User{}, false, err
		}
		return users[0], true, nil
	}
	return directory.User{}, false, nil
}

// Gone reports whether the user with this sub and user name no longer exists; with an
// empty sub, whether nobody has the user name. It calls AdminGetUser, which, unlike a
// listing, shows the present state, and which makes the user it finds a monthly
// active user: so ask only for a user who is missing from a complete listing.
//
// It looks for the user by user name. AdminGetUser accepts a sub instead only for
// local users: it does not find a federated user by sub, and that user would look
// gone. ("AdminGetUser", Username,
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminGetUser.html)
//
//	answer                                  gone
//	no such user                            yes
//	the same sub                            no
//	the user name with another sub          yes: deleted, and created again
//	the user name, and no sub was given     no
//	another user, whose alias the name is   unknown: ErrUnproven
//	any other error                         unknown: the error
func (p *Pool) Gone(ctx context.Context, sub, username string) (bool, error) {
	if username == "" {
		return false, errors.New("prove absence: the user name is empty")
	}
	u, err := p.present(ctx, "prove absence", username)
	switch {
	case errors.Is(err, ErrNotFound):
		return true, nil
	case err != nil:
		return false, err
	case u.Sub == sub:
		return false, nil
	case !strings.EqualFold(u.Username, username): // a pool may ignore case
		return false, fmt.Errorf("prove absence: %w: the user name leads to another user", ErrUnproven)
	}
	return sub != "", nil
}

// SubOf returns the sub of the user with this user name, if a listing by user name
// did not show them. A listing by sub then finds the user without a value that a
// filter could misread, such as one with a backslash. If the pool ignores the case of
// user names, so does SubOf. The error is [ErrNotFound] if nobody has the name, and
// [ErrUnproven] if the name is another user's alias or sub. It asks as [Pool.Gone]
// does, and at the same price.
func (p *Pool) SubOf(ctx context.Context, username string) (string, error) {
	if username == "" {
		return "", errors.New("find sub: the user name is empty")
	}
	u, err := p.present(ctx, "find sub", username)
	switch {
	case err != nil:
		return "", err
	case !strings.EqualFold(u.Username, username):
		return "", fmt.Errorf("find sub: %w: the user name leads to another user", ErrUnproven)
	}
	return u.Sub, nil
}

// present returns the user that a user name leads to, as the pool is now. It is the
// only caller of AdminGetUser. The error is [ErrNotFound] if there is no user.
func (p *Pool) present(ctx context.Context, what, username string) (directory.User, error) {
	out, err := call(ctx, p.userReads, what, p.client.AdminGetUser,
		&cip.AdminGetUserInput{UserPoolId: &p.id, Username: &username})
	switch {
	case hasCode(err, "UserNotFoundException"):
		return directory.User{}, ErrNotFound
	case err != nil:
		return directory.User{}, invalid(err)
	}
	u, err := toUser(types.UserType{
		Username: out.Username, Attributes: out.UserAttributes, Enabled: out.Enabled, UserStatus: out.UserStatus,
		UserCreateDate: out.UserCreateDate, UserLastModifiedDate: out.UserLastModifiedDate,
	})
	if err != nil {
		return directory.User{}, fmt.Errorf("%s: %w", what, err)
	}
	return u, nil
}

// InGroups reports whether a user with that name is in at least one of the groups.
func (p *Pool) InGroups(ctx context.Context, username string, groups []string) (bool, error) {
	in := cip.AdminListGroupsForUserInput{UserPoolId: &p.id, Username: &username, Limit: aws.Int32(PageSize)}
	for {
		out, err := call(ctx, p.groupReads, "list groups of user", p.client.AdminListGroupsForUser, &in)
		if hasCode(err, "UserNotFoundException") {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		for _, g := range out.Groups {
			if slices.Contains(groups, aws.ToString(g.GroupName)) {
				return true, nil
			}
		}
		next := aws.ToString(out.NextToken)
		if next == "" {
			return false, nil
		}
		if next == aws.ToString(in.NextToken) {
			return false, fmt.Errorf("list groups of user: %w: a page token came twice", ErrUnexpected)
		}
		in.NextToken = &next
	}
}
