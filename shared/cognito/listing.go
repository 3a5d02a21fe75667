package cognito

import (
	"context"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolsync/poolsync/shared/directory"
)

// listing is one page of users; next is empty on the last.
type listing struct {
	users []directory.User
	next  string
}

// fetch gets the page that a token stands for, or the first for nil. It repeats every
// other parameter unchanged, as paging requires.
type fetch func(token *string) (listing, error)

func newListing(users []types.UserType, next *string) (listing, error) {
	converted, err := toUsers(users)
	if err != nil {
		return listing{}, fmt.Errorf("read page of users: %w", err)
	}
	return listing{users: converted, next: aws.ToString(next)}, nil
}

// search says which users to list; the zero search is for all.
type search struct {
	filter *string
	wanted func(directory.User) bool
	// fixed says that no user's value ever changes, as with sub. Then a user who
	// is not wanted shows that the pool does not honour the filter, which would
	// deliver users twice, or make others look absent. For any other attribute
	// the index may still hold what the user has given up, and it is not
	// documented whether a filter minds case, or reads a backslash as we do: then
	// such a user is simply no hit.
	fixed bool
}

// equals searches for the value of an attribute.
func equals(attribute, value string, wanted func(directory.User) bool) search {
	return search{filter: filter(attribute, "=", value), wanted: wanted, fixed: attribute == "sub"}
}

// hits returns the users of a page that are wanted.
func (s search) hits(page []directory.User) ([]directory.User, error) {
	if s.filter == nil {
		return page, nil
	}
	all := len(page)
	page = slices.DeleteFunc(page, func(u directory.User) bool { return !s.wanted(u) })
	if s.fixed && len(page) < all {
		return nil, fmt.Errorf("list users: %w: a user outside it was listed", ErrFilterRefused)
	}
	return page, nil
}

// lister lists users by ListUsers.
//
// AttributesToGet is never set: the request fails if one user of the page lacks
// one of the attributes.
func (p *Pool) lister(ctx context.Context, limit int, s search) fetch {
	return func(token *string) (listing, error) {
		out, err := call(ctx, p.lists, "list users", p.client.ListUsers, &cip.ListUsersInput{
			UserPoolId:      &p.id,
			Limit:           aws.Int32(int32(limit)),
			Filter:          s.filter,
			PaginationToken: token,
		})
		if err != nil {
			return listing{}, refusal(err, token, s.filter)
		}
		l, err := newListing(out.Users, out.PaginationToken)
		if err != nil {
			return listing{}, err
		}
		l.users, err = s.hits(l.users)
		return l, err
	}
}

// filter returns a filter expression of ListUsers.
func filter(attribute, operator, value string) *string {
	// A quotation mark ends the value unless it is escaped; a backslash at the
	// value's end would escape the closing one.
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value)
	return aws.String(fmt.Sprintf(`%s %s "%s"`, attribute, operator, escaped))
}

// refusal says what InvalidParameterException means for a listing. It is about what
// is new in the request: the token if there is one, or else the filter.
func refusal(err error, token, filter *string) error {
	switch {
	case !hasCode(err, "InvalidParameterException"):
		return err
	case token != nil:
		return fmt.Errorf("%w: %w", ErrTokenRefused, err)
	case filter != nil:
		return fmt.Errorf("%w: %w: %w", ErrFilterRefused, ErrInvalid, err)
	}
	return err
}

// pages yields the users of one page after another until the token is empty; it goes
// on after short pages, and skips empty ones. It yields an error at most once, last:
// a loop over it that meets none has seen everything.
func pages(get fetch) iter.Seq2[[]directory.User, error] {
	return func(yield func([]directory.User, error) bool) {
		var token *string
		// Hashes of the tokens met: a chain of 10 million users has 170,000 of some
		// hundred bytes each.
		seed, met := maphash.MakeSeed(), make(map[uint64]struct{})
		for {
			l, err := get(token)
			if err != nil {
				yield(nil, err)
				return
			}
			if len(l.users) > 0 && !yield(l.users, nil) {
				return
			}
			if l.next == "" {
				return
			}
			h := maphash.String(seed, l.next)
			if _, again := met[h]; again {
				yield(nil, fmt.Errorf("list users: %w: a page token came twice", ErrUnexpected))
				return
			}
			met[h] = struct{}{}
			token = &l.next
		}
	}
}

// ahead calls page with each page of seq, while the one after it is being fetched.
// stop ends a fetch that is no longer wanted.
func ahead(seq iter.Seq2[[]directory.User, error], stop func(), page func([]directory.User) error) error {
	type result struct {
		users []directory.User
		err   error
	}
	results, quit := make(chan result), make(chan struct{})
	go func() {
		defer close(results)
		for users, err := range seq {
			select {
			case results <- result{users, err}:
			case <-quit:
				return
			}
		}
	}()
	defer func() {
		close(quit)
		stop()
		for range results { // until the goroutine has ended
		}
	}()
	for r := range results {
		if r.err != nil {
			return r.err
		}
		if err := page(r.users); err != nil {
			return err
		}
	}
	return nil
}
