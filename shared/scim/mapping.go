package scim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// UserName says what of the pool's user becomes userName.
type UserName string

// The sources of userName.
const (
	FromUsername  UserName = "username"           // the pool's user name
	FromEmail     UserName = "email"              // the e-mail address, once it is verified
	FromPreferred UserName = "preferred_username" // the attribute of that name
)

// Value is what stands at a path: text, true or false; nil for nothing.
type Value struct {
	Path    Path
	Content any
}

// ErrMapping is returned by [NewMapping] for a setting that cannot be.
var ErrMapping = errors.New("mapping of attributes")

// Mapping says which attribute of the pool is which of SCIM's, in both directions. Make
// one by [NewMapping].
type Mapping struct {
	profile    Profile
	userName   UserName
	unverified bool
	fields     []field
}

// MappingOption changes a [Mapping].
type MappingOption func(*mappingSettings)

type mappingSettings struct {
	Mapping
	attributes map[string]string
}

// WithUserName chooses what becomes userName. Default: [FromUsername].
func WithUserName(from UserName) MappingOption {
	return func(m *mappingSettings) { m.userName = from }
}

// WithUnverifiedEmail also shows addresses that nobody has verified. SCIM has no mark for
// that, so a service takes any address that it is sent for the user's own. The default is
// not to show them.
func WithUnverifiedEmail() MappingOption {
	return func(m *mappingSettings) { m.unverified = true }
}

// WithAttributes maps further attributes of the pool to paths, or others than by default:
// "custom:department" to the department of the enterprise extension. An attribute with an
// empty path is not shown. The default is none.
func WithAttributes(paths map[string]string) MappingOption {
	return func(m *mappingSettings) { m.attributes = paths }
}

// NewMapping returns the mapping for a service of this profile. The error wraps
// [ErrMapping], once for each problem, and [ErrPath] where a path is wrong.
func NewMapping(profile Profile, options ...MappingOption) (Mapping, error) {
	s := mappingSettings{Mapping: Mapping{profile: profile, userName: FromUsername}}
	for _, option := range options {
		option(&s)
	}
	var problems []error
	switch s.userName {
	case FromUsername, FromEmail, FromPreferred:
	default:
		problems = append(problems, fmt.Errorf("%w: userName: want username, email or preferred_username", ErrMapping))
	}
	problems = append(problems, s.chooseFields()...)
	return s.Mapping, errors.Join(problems...)
}

// chooseFields lists the fields: the defaults but for attributes that a setting names, and
// what the settings say. A path holds one attribute.
func (s *mappingSettings) chooseFields() (problems []error) {
	taken := map[string]string{
		PathUserName.folded(): "the user name", PathExternalID.folded(): "sub", PathActive.folded(): "whether the user is enabled",
	}
	for _, attribute := range slices.Sorted(maps.Keys(s.attributes)) {
		text := s.attributes[attribute]
		if text == "" {
			continue
		}
		path, err := ParsePath(text)
		switch owner, twice := taken[path.folded()]; {
		case err != nil:
			problems = append(problems, fmt.Errorf("%w: %s: %w", ErrMapping, attribute, err))
		case twice || reserved(path):
			problems = append(problems, fmt.Errorf("%w: %s: the path is taken by %s", ErrMapping, attribute, orService(owner)))
		case !shaped(path):
			problems = append(problems, fmt.Errorf("%w: %s: the path does not fit the attribute: want name.part, or emails[type eq \"work\"].value, and a title as it is", ErrMapping, attribute))
		default:
			taken[path.folded()] = attribute
			s.fields = append(s.fields, field{attribute, path})
		}
	}
	for _, f := range defaults {
		_, set := s.attributes[f.attribute]
		if _, twice := taken[f.path.folded()]; !set && !twice {
			s.fields = append(s.fields, f)
		}
	}
	return problems
}

// reserved reports whether the service alone writes what stands at a path, or nobody may
// take it from an attribute: a password, groups, roles and entitlements give rights.
func reserved(p Path) bool {
	return p.Schema == "" && slices.Contains([]string{
		"id", "meta", "schemas", "groups", "password", "roles", "entitlements", "x509certificates",
	}, strings.ToLower(p.Attribute))
}

// shaped reports whether a path fits the attribute that it is one of: a name has parts,
// and lists have entries with parts. Of an extension's attribute we believe the path.
func shaped(p Path) bool {
	switch name := strings.ToLower(p.Attribute); {
	case p.Schema != "":
		return true
	case name == "name":
		return p.Type == "" && p.Part != ""
	case slices.Contains([]string{"emails", "phonenumbers", "ims", "photos", "addresses"}, name):
		return p.Type != ""
	}
	return p.Type == "" && p.Part == ""
}

func orService(owner string) string {
	if owner == "" {
		return "the service itself"
	}
	return owner
}
