package sandbox

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// profile is what the pool and UserHub must agree about for each user. It is read here
// without the code that keeps the two in step.
type profile struct {
	name, email, phone string
	disabled           bool
}

// Disagreements compares the pool with UserHub user by user, and returns the names of the
// users that only one of them holds, or that the two describe differently. A user that
// UserHub has marked for deletion counts as not held.
func (s *Stack) Disagreements(ctx context.Context) ([]string, error) {
	differ := map[string]bool{}
	held := s.heldByUserHub()
	pool := s.Ref("UserPool")
	pages := cognitoidentityprovider.NewListUsersPaginator(cognitoidentityprovider.NewFromConfig(s.AWS.Config()),
		&cognitoidentityprovider.ListUsersInput{UserPoolId: &pool})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list users: %w", err)
		}
		for _, user := range page.Users {
			name := aws.ToString(user.Username)
			if got, ok := held[name]; !ok || got != profileOf(user) {
				differ[name] = true
			}
			delete(held, name)
		}
	}
	for name := range held {
		differ[name] = true
	}
	return slices.Sorted(maps.Keys(differ)), nil
}

// heldByUserHub returns what UserHub holds about its connected users.
func (s *Stack) heldByUserHub() map[string]profile {
	held := map[string]profile{}
	for _, user := range s.UserHub.Users() {
		if user.DeleteTime.IsZero() && len(user.AccountConnections) > 0 {
			held[user.AccountConnections[0].ExternalID] = profile{
				user.DisplayName, user.Email, user.PhoneNumber, user.Disabled,
			}
		}
	}
	return held
}

func profileOf(user types.UserType) profile {
	p := profile{disabled: !user.Enabled}
	for _, attribute := range user.Attributes {
		switch aws.ToString(attribute.Name) {
		case "name":
			p.name = aws.ToString(attribute.Value)
		case "email":
			p.email = aws.ToString(attribute.Value)
		case "phone_number":
			p.phone = aws.ToString(attribute.Value)
		}
	}
	return p
}
