package scim

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/poolsync/poolsync/shared/directory"
)

// The pool's attributes that the mapping knows by name: OpenID Connect's standard claims
// (https://openid.net/specs/openid-connect-core-1_0.html#StandardClaims).
const (
	attributeName              = "name"
	attributeGivenName         = "given_name"
	attributeFamilyName        = "family_name"
	attributePreferredUsername = "preferred_username"
	attributeEmail             = "email"
	attributeEmailVerified     = "email_verified"
	attributePhone             = "phone_number"
)

// The paths that the code knows by name.
var (
	PathUserName   = Path{Attribute: "userName"}
	PathExternalID = Path{Attribute: "externalId"}
	PathActive     = Path{Attribute: "active"}
	PathEmail      = Path{Attribute: "emails", Type: "work", Part: "value"}

	pathGivenName   = Path{Attribute: "name", Part: "givenName"}
	pathFamilyName  = Path{Attribute: "name", Part: "familyName"}
	pathFormatted   = Path{Attribute: "name", Part: "formatted"}
	pathDisplayName = Path{Attribute: "displayName"}
	pathPhone       = Path{Attribute: "phoneNumbers", Type: "work", Part: "value"}
	pathProfile     = Path{Attribute: "profileUrl"}
	pathTimezone    = Path{Attribute: "timezone"}
)

// field says that an attribute of the pool is what stands at a path.
type field struct {
	attribute string
	path      Path
}

// defaults are the fields that a mapping has unless a setting changes them. Where two
// paths show one attribute, the first is the one that is read back.
var defaults = []field{
	{attributeGivenName, pathGivenName},
	{attributeFamilyName, pathFamilyName},
	{"middle_name", Path{Attribute: "name", Part: "middleName"}},
	{attributeName, pathDisplayName},
	{attributeName, pathFormatted},
	{"nickname", Path{Attribute: "nickName"}},
	{"profile", pathProfile},
	{"locale", Path{Attribute: "locale"}},
	{"zoneinfo", pathTimezone},
	{attributeEmail, PathEmail},
	{attributePhone, pathPhone},
}

var (
	// zone is a name of the IANA time zone database, such as Europe/Berlin.
	zone = regexp.MustCompile(`^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$`)
	// address is as much of an e-mail address as every service agrees on.
	address = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)
)

// fit returns a value as a service takes it at the path, of at most so many characters (0
// for any number), or "" if it has to be left out. A longer text is cut, because the
// beginning of a name still serves; a longer or malformed address, number, link or time
// zone is left out, because a part of it is wrong.
func fit(p Path, value string, longest int) string {
	value = printable(value)
	long := longest > 0 && utf8.RuneCountInString(value) > longest
	switch {
	case p.Type != "" && long,
		p == pathPhone && !directory.IsPhone(value),
		p == PathEmail && !address.MatchString(value),
		p == pathProfile && (long || !directory.IsLink(value)),
		p == pathTimezone && (long || !zone.MatchString(value)):
		return ""
	case long:
		return directory.Cut(value, longest)
	}
	return value
}

// printable returns a text without control characters, which some services refuse, and
// without blanks around it.
func printable(text string) string {
	if strings.IndexFunc(text, unicode.IsControl) >= 0 {
		text = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return ' '
			}
			return r
		}, text)
	}
	return strings.TrimSpace(text)
}
