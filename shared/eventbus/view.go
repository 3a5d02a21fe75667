package eventbus

import (
	"strconv"

	"github.com/poolsync/poolsync/shared/directory"
)

// mappingVersion is part of every fingerprint. Raising it makes the next run tell of
// every user again: do so when [view] changes.
const mappingVersion = 1

// What [WithAttributes] takes beside the names of attributes.
const (
	// AllAttributes lets everything be shown, the user name too.
	AllAttributes = "*"
	// Username lets the user name be shown. No attribute has this name.
	Username = "username"
)

// view is what may be shown of users: the names of attributes, and [Username].
type view struct {
	all   bool
	names map[string]bool
}

func newView(names []string) view {
	v := view{names: make(map[string]bool)}
	for _, name := range names {
		v.all = v.all || name == AllAttributes
		v.names[name] = true
	}
	return v
}

// nothing reports whether neither an attribute nor the user name may be shown.
func (v view) nothing() bool { return !v.all && len(v.names) == 0 }

// allows reports whether something may be shown. Two attributes never are: sub, which
// the event has anyway, and identities. That one is Cognito's own list of accounts with
// identity providers, as JSON text, and nothing says that a trigger's text is the
// listing's to the byte: each sign-in could look like a change.
func (v view) allows(name string) bool {
	return name != "sub" && name != "identities" && (v.all || v.names[name])
}

// username returns a user name if it may be shown, and "" if not.
func (v view) username(name string) string {
	if !v.allows(Username) {
		return ""
	}
	return name
}

// attributes returns the attributes that may be shown and have a value.
func (v view) attributes(u directory.User) map[string]string {
	shown := make(map[string]string)
	for name, value := range u.Attributes {
		if value != "" && name != Username && v.allows(name) {
			shown[name] = value
		}
	}
	return shown
}

// fields returns all that is shown of a user beside whether they are enabled. Dates,
// status and groups are not part of it: not every observation carries them.
func (v view) fields(u directory.User) map[string]string {
	fields := make(map[string]string)
	for name, value := range v.attributes(u) {
		fields["attribute "+name] = value
	}
	fields[Username] = v.username(u.Username)
	return fields
}

// digest stands for what is shown of a user beside whether they are enabled.
func (v view) digest(u directory.User) directory.Fingerprint {
	return directory.NewFingerprint(mappingVersion, v.fields(u))
}

// fingerprint stands for all that is shown of a user.
func (v view) fingerprint(u directory.User) directory.Fingerprint {
	fields := v.fields(u)
	fields["enabled"] = strconv.FormatBool(u.Enabled)
	return directory.NewFingerprint(mappingVersion, fields)
}
