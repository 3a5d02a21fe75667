package scim

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/poolsync/poolsync/shared/directory"
)

// How a user can have no user name. Each is about this state of the user.
var (
	// ErrNoUserName is returned for a user without what becomes userName.
	ErrNoUserName = errors.New("userName: the attribute for it is missing")
	// ErrUnverified is returned for a user whose address becomes userName, and is not
	// verified: anybody can write anybody's address into their own profile.
	ErrUnverified = errors.New("userName: the e-mail address is missing or not verified")
	// ErrLongUserName is returned for a user name that is longer than the service takes.
	// A part of it may be somebody else's.
	ErrLongUserName = errors.New("userName: too long for the service")
)

// Values returns all that we own of a user at the service, always the same paths in the
// same order: first userName, externalId and active. A value without content is one that
// the user is not to have.
//
// The error is one of those above; the other values are there all the same.
func (m Mapping) Values(u directory.User) ([]Value, error) {
	name, err := m.nameOf(u)
	values := make([]Value, 0, 3+len(m.fields)+len(m.profile.Required))
	values = append(values, Value{PathUserName, content(name)}, Value{PathExternalID, u.Sub}, Value{PathActive, u.Enabled})
	for _, f := range m.fields {
		values = append(values, Value{f.path, content(m.show(f, u, name))})
	}
	return values, err
}

func content(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// nameOf returns the user's userName.
func (m Mapping) nameOf(u directory.User) (string, error) {
	var name string
	missing := ErrNoUserName
	switch m.userName {
	case FromEmail:
		name, missing = verifiedEmail(u), ErrUnverified
	case FromPreferred:
		name = printable(u.Attributes[attributePreferredUsername])
	default:
		name = printable(u.Username)
	}
	switch longest := m.profile.LongestUserName; {
	case name == "":
		return "", missing
	case longest > 0 && utf8.RuneCountInString(name) > longest:
		return "", ErrLongUserName
	}
	return name, nil
}

// verifiedEmail returns the user's address if it is verified, or else "".
func verifiedEmail(u directory.User) string {
	if !directory.IsTrue(u.Attributes[attributeEmailVerified]) {
		return ""
	}
	return fit(PathEmail, u.Attributes[attributeEmail], 0)
}

// VerifiedEmail returns the user's address if it is verified, or else "".
func VerifiedEmail(u directory.User) string { return verifiedEmail(u) }

// show returns the text at a field's path.
func (m Mapping) show(f field, u directory.User, userName string) string {
	text := u.Attributes[f.attribute]
	if f.attribute == attributeEmail && !m.unverified {
		text = verifiedEmail(u)
	}
	text = fit(f.path, text, m.profile.Longest)
	if text == "" && m.profile.requires(f.path) {
		text = fit(f.path, fallback(f.path, u, userName), m.profile.Longest)
	}
	return text
}

// fallback returns what stands for a name that the pool lacks: a part of the full name;
// where there is none, the local part of the address; and else the user name.
func fallback(p Path, u directory.User, userName string) string {
	full := printable(u.Attributes[attributeName])
	given, family := full, full
	if i := strings.LastIndexByte(full, ' '); i >= 0 {
		given, family = strings.TrimSpace(full[:i]), full[i+1:]
	}
	switch both := printable(u.Attributes[attributeGivenName] + " " + u.Attributes[attributeFamilyName]); {
	case p == pathDisplayName && both != "":
		return both
	case p == pathGivenName && given != "":
		return given
	case p == pathFamilyName && family != "":
		return family
	}
	local, _, _ := strings.Cut(verifiedEmail(u), "@")
	return firstOf(full, local, userName, u.Username)
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
