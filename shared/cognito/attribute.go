package cognito

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolsync/poolsync/shared/directory"
)

// maxValueBytes is how long an attribute's value may be. (Amazon Cognito developer
// guide, "Quotas in Amazon Cognito", user attributes)
const maxValueBytes = 2048

// statusFederated is the status of a user who signs in with an identity provider.
const statusFederated = string(types.UserStatusTypeExternalProvider)

// verifications names the attribute that says whether another is verified.
var verifications = map[string]string{"email": "email_verified", "phone_number": "phone_number_verified"}

// checkAttributes refuses what the pool would refuse with a message that does not
// name the attribute.
func checkAttributes(attributes map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		switch value := attributes[name]; {
		case name == "identities", name == "sub", strings.HasPrefix(name, "cognito:"):
			return fmt.Errorf("%w: %s is Cognito's own", ErrInvalid, name)
		case len(value) > maxValueBytes:
			return fmt.Errorf("%w: %s is longer than %d bytes", ErrInvalid, name, maxValueBytes)
		case name == "phone_number" && value != "" && !isE164(value):
			return fmt.Errorf("%w: %s: want a plus sign and up to 15 digits", ErrInvalid, name)
		}
	}
	return nil
}

// isE164 reports whether a phone number has the form that Cognito takes.
func isE164(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && digits != "" && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}

// withVerifications completes a write: an address always comes with the statement
// whether it is verified, which is false if nobody said so. A new address must not
// inherit the verification of the old one.
func withVerifications(write map[string]string) {
	for address, verified := range verifications {
		if write[address] != "" && write[verified] == "" {
			write[verified] = "false"
		}
	}
}

// holder returns a user who counts and has this value of an attribute, and whether
// there is one. A user whose record no longer has the value is none, even if the
// index still leads to them.
func (p *Pool) holder(
	ctx context.Context, attribute, value string, counts func(directory.User) bool,
) (directory.User, bool, error) {
	// It is not documented whether the filter minds case. Whether two spellings
	// of an e-mail address are one depends on the pool.
	for _, v := range slices.Compact([]string{value, strings.ToLower(value)}) {
		wanted := func(u directory.User) bool { return strings.EqualFold(u.Attributes[attribute], v) }
		for users, err := range pages(p.lister(ctx, PageSize, equals(attribute, v, wanted))) {
			if err != nil {
				return directory.User{}, false, fmt.Errorf("look for others with this %s: %w", attribute, err)
			}
			if i := slices.IndexFunc(users, counts); i >= 0 {
				return users[i], true, nil
			}
		}
	}
	return directory.User{}, false, nil
}

// toAttributes converts attributes for a request.
func toAttributes(m map[string]string) []types.AttributeType {
	var as []types.AttributeType
	for _, name := range slices.Sorted(maps.Keys(m)) {
		as = append(as, types.AttributeType{Name: aws.String(name), Value: aws.String(m[name])})
	}
	return as
}
