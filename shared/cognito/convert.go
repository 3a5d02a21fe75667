package cognito

import (
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolsync/poolsync/shared/directory"
)

// toUser converts a listed user. Federated users come like any other, with the
// status EXTERNAL_PROVIDER; identities, which lists a user's accounts with identity
// providers, stays the JSON text that it is. (shared/cognito/trigger does the same
// for the user in a trigger event, without the SDK.)
func toUser(t types.UserType) (directory.User, error) {
	u := directory.User{
		Username:   aws.ToString(t.Username),
		Enabled:    t.Enabled,
		Status:     string(t.UserStatus),
		Attributes: toMap(t.Attributes),
		Created:    toTime(t.UserCreateDate),
		Modified:   toTime(t.UserLastModifiedDate),
	}
	u.Sub = u.Attributes["sub"]
	if u.Sub == "" || u.Username == "" {
		return directory.User{}, fmt.Errorf("%w: a user without sub or user name", ErrUnexpected)
	}
	return u, nil
}

// toUsers converts a page of users.
func toUsers(page []types.UserType) ([]directory.User, error) {
	users := make([]directory.User, len(page))
	for i, t := range page {
		u, err := toUser(t)
		if err != nil {
			return nil, err
		}
		users[i] = u
	}
	return users, nil
}

// toMap converts attributes, leaving out those that do not belong in a user.
func toMap(attributes []types.AttributeType) map[string]string {
	m := make(map[string]string, len(attributes))
	for _, a := range attributes {
		if name, value := aws.ToString(a.Name), aws.ToString(a.Value); directory.KeepAttribute(name, value) {
			m[name] = value
		}
	}
	return m
}

func toTime(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
