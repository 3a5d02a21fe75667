package cognitotest

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// attribute is what the pool's schema says of one attribute.
type attribute struct{ mutable bool }

// standardSchema is the schema that every pool begins with: the standard claims of
// OpenID Connect.
func standardSchema() map[string]attribute {
	s := map[string]attribute{"sub": {mutable: false}, "identities": {mutable: true}}
	for _, n := range []string{
		"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
		"website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
		"phone_number_verified", "address", "updated_at",
	} {
		s[n] = attribute{mutable: true}
	}
	return s
}

func (s *settings) schemaAttributes() []types.SchemaAttributeType {
	var as []types.SchemaAttributeType
	for _, n := range slices.Sorted(maps.Keys(s.schema)) {
		as = append(as, types.SchemaAttributeType{
			Name: aws.String(n), AttributeDataType: types.AttributeDataTypeString,
			Mutable: aws.Bool(s.schema[n].mutable), Required: aws.Bool(n == "sub"),
		})
	}
	return as
}

// maxValue is how many bytes an attribute holds.
const maxValue = 2048

// writable checks attributes that someone wants to write; had is the user's state
// before, nil for a new user.
func (p *Pool) writable(attrs []types.AttributeType, had *record) error {
	for _, a := range attrs {
		name, value := aws.ToString(a.Name), aws.ToString(a.Value)
		schema, ok := p.settings.schema[name]
		switch {
		case !ok, name == "sub", name == "identities", strings.HasPrefix(name, "cognito:"),
			len(value) > maxValue,
			had != nil && !schema.mutable,
			name == "phone_number" && value != "" && !phoneNumber(value),
			strings.HasSuffix(name, "_verified") && value != "true" && value != "false":
			return Answer("InvalidParameterException", 400)
		}
	}
	return nil
}

// phoneNumber reports whether s has the form of E.164.
func phoneNumber(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && len(digits) > 0 && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}

// address reports whether s looks like an e-mail address.
func address(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	return ok && local != "" && domain != ""
}
