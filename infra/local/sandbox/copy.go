package sandbox

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolsync/poolsync/shared/eventbus"
)

// Copy is a copy of the pool that a consumer keeps by the events of a feed, as
// infra/docs/bus.md tells consumers to.
type Copy struct {
	users map[string]eventbus.Detail // by sub; without a user if deleted
	seen  map[string]bool            // ids of events
	// Repeats counts the events that came once more.
	Repeats int
	// Kinds counts the others, by their detail type.
	Kinds map[eventbus.DetailType]int
	// SignIns has how often each user signed in, by sub.
	SignIns map[string]int
}

// CopyOf returns the copy that events give rise to, in the order in which they came.
func CopyOf(events []eventbus.Event) *Copy {
	c := &Copy{users: map[string]eventbus.Detail{}, seen: map[string]bool{}, Kinds: map[eventbus.DetailType]int{}, SignIns: map[string]int{}}
	for _, e := range events {
		c.take(e)
	}
	return c
}

func (c *Copy) take(e eventbus.Event) {
	if held, known := c.users[e.Detail.Sub]; isState(e.DetailType) && (!known || !held.ObservedAt.After(e.Detail.ObservedAt)) {
		c.users[e.Detail.Sub] = e.Detail
	}
	if c.seen[e.Detail.ID] {
		c.Repeats++
		return
	}
	c.seen[e.Detail.ID] = true
	c.Kinds[e.DetailType]++
	if e.DetailType == eventbus.UserSignedIn {
		c.SignIns[e.Detail.Sub]++
	}
}

// isState reports whether an event says what the pool holds, and not what somebody did.
func isState(kind eventbus.DetailType) bool {
	return kind != eventbus.UserSignedIn && kind != eventbus.UserSignedUp
}

// shown returns what the copy holds of everybody who is there, by sub, as text.
func (c *Copy) shown() map[string]string {
	all := map[string]string{}
	for sub, d := range c.users {
		if d.User != nil {
			all[sub] = fmt.Sprint(d.Username, d.User.Enabled, d.User.Attributes)
		}
	}
	return all
}

// FeedDisagreements compares the pool with the copy that a consumer of the feed keeps,
// and returns the subs of those who differ.
func (s *Stack) FeedDisagreements(ctx context.Context) ([]string, error) {
	if err := s.Feed.Err(); err != nil {
		return nil, err
	}
	return s.CopyDisagreements(ctx, CopyOf(s.Feed.Events()))
}

// CopyDisagreements compares the pool with a copy of it, and returns the subs of those who
// differ.
func (s *Stack) CopyDisagreements(ctx context.Context, kept *Copy) ([]string, error) {
	held := kept.shown()
	differ := map[string]bool{}
	pages := cognitoidentityprovider.NewListUsersPaginator(cognitoidentityprovider.NewFromConfig(s.AWS.Config()),
		&cognitoidentityprovider.ListUsersInput{UserPoolId: &s.PoolID})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list users: %w", err)
		}
		for _, user := range page.Users {
			attributes, sub := map[string]string{}, ""
			for _, a := range user.Attributes {
				switch name := aws.ToString(a.Name); name {
				case "sub":
					sub = aws.ToString(a.Value)
				case "email", "given_name", "name": // what local.json lets events show
					attributes[name] = aws.ToString(a.Value)
				}
			}
			if held[sub] != fmt.Sprint(aws.ToString(user.Username), user.Enabled, attributes) {
				differ[sub] = true
			}
			delete(held, sub)
		}
	}
	for sub := range held {
		differ[sub] = true
	}
	return slices.Sorted(maps.Keys(differ)), nil
}
