package cognito

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolsync/poolsync/shared/directory"
)

// PageSize is how many users a page holds at most, the most that ListUsers and
// ListUsersInGroup give. ("ListUsers", Limit,
// https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html)
const PageSize = 60

// Walk calls page with every user whose sub starts with prefix, a page at a time,
// in no particular order, until the pool says that there are no more. It returns
// nil only then: a walk that broke off at any point is an error. An error of
// page's ends the walk and is returned as it is.
//
// The next page is fetched while page works on the current one, so that the rate
// limit bounds the walk and not the sum of latency and work. page may keep the
// slice, which is never empty.
//
// A listing is eventually consistent: a user who is missing from it may still exist.
// Ask [Pool.Gone] before acting on it.
func (p *Pool) Walk(ctx context.Context, prefix string, page func([]directory.User) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	return ahead(pages(p.bySub(ctx, prefix)), stop, page)
}

// WalkGroup calls page with every member of the group, as [Pool.Walk] does. A group
// that does not exist is an error, [ErrNoGroup], not an empty group.
func (p *Pool) WalkGroup(ctx context.Context, group string, page func([]directory.User) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	return ahead(pages(p.inGroup(ctx, group)), stop, page)
}

// GroupPage returns one page of the group's members, and the token of the next page. A
// page may be short or empty; the listing ends when the token is empty. The first page's
// token is empty. A group that does not exist is an error, [ErrNoGroup].
func (p *Pool) GroupPage(ctx context.Context, group, token string) ([]directory.User, string, error) {
	var from *string
	if token != "" {
		from = &token
	}
	l, err := p.inGroup(ctx, group)(from)
	return l.users, l.next, err
}

// inGroup lists the members of a group.
func (p *Pool) inGroup(ctx context.Context, group string) fetch {
	return func(token *string) (listing, error) {
		out, err := call(ctx, p.lists, "list users in group", p.client.ListUsersInGroup, &cip.ListUsersInGroupInput{
			UserPoolId: &p.id,
			GroupName:  &group,
			Limit:      aws.Int32(PageSize),
			NextToken:  token,
		})
		if hasCode(err, "ResourceNotFoundException") {
			return listing{}, fmt.Errorf("%w: %w", ErrNoGroup, err)
		}
		if err != nil {
			return listing{}, refusal(err, token, nil)
		}
		return newListing(out.Users, out.NextToken)
	}
}

// Page returns one page of all users, of at most size users and never more than
// [PageSize], and the token of the next page. A page may be short or empty; the
// listing ends when the token is empty. The first page's token is empty.
func (p *Pool) Page(ctx context.Context, size int, token string) ([]directory.User, string, error) {
	fetch := p.lister(ctx, min(max(size, 1), PageSize), search{})
	var from *string
	if token != "" {
		from = &token
	}
	l, err := fetch(from)
	return l.users, l.next, err
}

// CheckFilter asks, with one request, whether the pool honours a filter by sub
// prefix; any prefix shows it. The error is [ErrFilterRefused] when it does not.
func (p *Pool) CheckFilter(ctx context.Context) error {
	_, err := p.bySub(ctx, "0")(nil)
	return err
}

// bySub lists the users whose sub starts with prefix.
func (p *Pool) bySub(ctx context.Context, prefix string) fetch {
	if prefix == "" {
		return p.lister(ctx, PageSize, search{})
	}
	return p.lister(ctx, PageSize, search{
		filter: filter("sub", "^=", prefix),
		wanted: func(u directory.User) bool { return strings.HasPrefix(u.Sub, prefix) },
		fixed:  true,
	})
}
