package newpool

import (
	"slices"
	"strings"
)

// standardAttributes are those that OpenID Connect defines and Cognito has.
// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
var standardAttributes = []string{
	"address", "birthdate", "email", "family_name", "gender", "given_name", "locale", "middle_name", "name",
	"nickname", "phone_number", "picture", "preferred_username", "profile", "updated_at", "website", "zoneinfo",
}

// StandardAttributes returns the names of the attributes that every pool has.
func StandardAttributes() []string { return slices.Clone(standardAttributes) }

// verifiedMarks say which addresses are verified. Apps can read them, and only Cognito
// and administrators write them.
var verifiedMarks = []string{"email_verified", "phone_number_verified"}

// Reads returns the attributes that a client can read: never nothing, which Cognito
// would take for its own default.
func (p Pool) Reads(c Client) []string {
	if len(c.ReadAttributes) > 0 {
		return c.ReadAttributes
	}
	return slices.Concat(standardAttributes, verifiedMarks)
}

// Writes returns the attributes that users can change through a client: never nothing,
// which Cognito would take for its own default. By default they are what users own, and
// all that is required, without which Cognito makes no client. An attribute that is set
// once and not required is left to administrators: who comes first decides what it is.
func (p Pool) Writes(c Client) []string {
	if len(c.WriteAttributes) > 0 {
		return c.WriteAttributes
	}
	return slices.DeleteFunc(slices.Clone(standardAttributes), func(name string) bool {
		attribute, described := p.Attributes[name]
		owned := name != "updated_at" && (!described || attribute.Mutable)
		return !owned && !attribute.Required
	})
}

// hasAttribute reports whether name, as a client would say it, is an attribute of
// the pool.
func (p Pool) hasAttribute(name string) bool {
	if custom, ok := strings.CutPrefix(name, "custom:"); ok {
		_, ok := p.CustomAttributes[custom]
		return ok
	}
	return slices.Contains(standardAttributes, name)
}
