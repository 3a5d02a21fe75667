package cognitotest

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// ListUsers lists users, in no particular order.
func (p *Pool) ListUsers(ctx context.Context, in *cip.ListUsersInput, _ ...func(*cip.Options)) (*cip.ListUsersOutput, error) {
	from := readToken(in.PaginationToken)
	return serve(ctx, p, Call{Op: "ListUsers", Page: from.page}, func() (*cip.ListUsersOutput, error) {
		f, err := p.parseFilter(aws.ToString(in.Filter))
		if err != nil {
			return nil, err
		}
		users, next, err := p.page(from, aws.ToString(in.UserPoolId), "ListUsers "+aws.ToString(in.Filter), in.Limit,
			func(u *user) bool { return p.finds(f, u) }, func() []place { return p.candidates(f) })
		if err != nil {
			return nil, err
		}
		return &cip.ListUsersOutput{Users: users, PaginationToken: next}, nil
	})
}

// ListUsersInGroup lists a group's members, in no particular order.
func (p *Pool) ListUsersInGroup(ctx context.Context, in *cip.ListUsersInGroupInput, _ ...func(*cip.Options)) (*cip.ListUsersInGroupOutput, error) {
	from := readToken(in.NextToken)
	return serve(ctx, p, Call{Op: "ListUsersInGroup", Page: from.page}, func() (*cip.ListUsersInGroupOutput, error) {
		group := aws.ToString(in.GroupName)
		members, ok := p.groups[group]
		if !ok {
			return nil, Answer("ResourceNotFoundException", 400)
		}
		users, next, err := p.page(from, aws.ToString(in.UserPoolId), "ListUsersInGroup "+group, in.Limit,
			func(u *user) bool { return members[u.sub] },
			func() []place { return p.lone(slices.Sorted(maps.Keys(members))) })
		if err != nil {
			return nil, err
		}
		return &cip.ListUsersInGroupOutput{Users: users, NextToken: next}, nil
	})
}

// cursor is one listing in progress. Users created while it lasts are not in it; what
// users look like is read page by page.
type cursor struct {
	query  string // with the limit; must be the same for every page
	places []place
}

// token says where a page begins. It is good for p.settings.tokenLife.
type token struct {
	cursor, page int
	place, skip  int // this many places are done, and this many users of the next
	issued       time.Time
}

func (t token) String() string {
	s := fmt.Sprintf("%d %d %d %d %d", t.cursor, t.page, t.place, t.skip, t.issued.UnixNano())
	return base64.StdEncoding.EncodeToString([]byte(s))
}

// readToken reads a page token. Page is -1 if it is none, and 0 without one.
func readToken(s *string) token {
	if aws.ToString(s) == "" {
		return token{cursor: -1}
	}
	t, nanos := token{}, int64(0)
	text, err := base64.StdEncoding.DecodeString(*s)
	if err == nil {
		_, err = fmt.Sscan(string(text), &t.cursor, &t.page, &t.place, &t.skip, &nanos)
	}
	if err != nil || min(t.cursor, t.page, t.place, t.skip) < 0 {
		return token{cursor: -1, page: -1}
	}
	t.issued = time.Unix(0, nanos)
	return t
}

// page returns one page of a listing: the users of places that match.
func (p *Pool) page(
	from token, pool, query string, limit *int32, matches func(*user) bool, places func() []place,
) ([]types.UserType, *string, error) {
	if pool != ID {
		return nil, nil, Answer("ResourceNotFoundException", 400)
	}
	size := 60
	if limit != nil {
		size = int(*limit)
	}
	if size < 1 || size > 60 {
		return nil, nil, Answer("InvalidParameterException", 400)
	}
	query = fmt.Sprint(query, " ", size)
	first := from.cursor < 0 && from.page == 0
	if first {
		from.cursor = len(p.cursors)
		p.cursors = append(p.cursors, &cursor{query: query, places: places()})
	} else if !p.accepts(from, query) {
		return nil, nil, Answer("InvalidParameterException", 400)
	}
	users, next := p.fill(p.cursors[from.cursor], from, min(p.settings.pageSize(from.page, size), size), matches)
	if first && next == nil {
		p.cursors = p.cursors[:from.cursor] // nobody has a token for it
	}
	return users, next, nil
}

// accepts reports whether a token belongs to this query and has not expired.
func (p *Pool) accepts(t token, query string) bool {
	return t.cursor >= 0 && t.cursor < len(p.cursors) && p.cursors[t.cursor].query == query &&
		time.Since(t.issued) < p.settings.tokenLife
}

// fill returns up to size users from where the token points, and the next token.
func (p *Pool) fill(c *cursor, t token, size int, matches func(*user) bool) ([]types.UserType, *string) {
	users := make([]types.UserType, 0, size)
	for ; t.place < len(c.places); t.place, t.skip = t.place+1, 0 {
		pl := c.places[t.place]
		for ; t.skip < pl.len(); t.skip++ {
			if len(users) == size {
				t.page++
				t.issued = time.Now()
				return users, aws.String(t.String())
			}
			u := pl.user(p, t.skip)
			if r := p.listed(u); r != nil && !p.hidden[u.sub] && matches(u) {
				users = append(users, r.userType())
			}
		}
	}
	return users, nil
}
