// Package directory defines what poolsync works with: users, changes, and the
// canonical form by which two observations of a user are compared.
//
// It imports the standard library only and does no I/O.
package directory

import (
	"strings"
	"time"
)

// Nobody is a sub that no user has: the nil UUID (RFC 9562, section 5.9). It is for
// testing whether something works without touching anybody.
const Nobody = "00000000-0000-0000-0000-000000000000"

// User is one member of the pool as observed at one moment.
type User struct {
	// Sub is the pool's own identifier, a UUID. It is never reused: a user who is
	// deleted and created again under the same Username has another Sub.
	Sub string `json:"sub"`
	// Username is the pool's user name, immutable for a given Sub. It may be an
	// e-mail address, so it appears in no log.
	Username string `json:"username"`
	// Enabled is false for a user that an administrator has disabled.
	Enabled bool `json:"enabled"`
	// Status is the pool's user status, such as CONFIRMED or EXTERNAL_PROVIDER.
	Status string `json:"status,omitempty"`
	// Attributes holds the user's attributes by name, without the pool's own
	// cognito:* entries and without blank values: blank means absent.
	Attributes map[string]string `json:"attributes,omitempty"`
	// Created and Modified are the pool's dates; zero when the source of the
	// observation does not carry them, as a trigger event does not.
	Created  time.Time `json:"created,omitzero"`
	Modified time.Time `json:"modified,omitzero"`
	// Groups holds the names of the user's groups, where they were read, and GroupsAt is
	// when; zero where they were not.
	Groups   []string  `json:"groups,omitempty"`
	GroupsAt time.Time `json:"groupsAt,omitzero"`
}

// Attribute names that the pool reserves for itself start with this prefix. They
// appear in trigger events, are not stored, and must not be written back.
const reservedAttributePrefix = "cognito:"

// KeepAttribute reports whether an attribute belongs in [User.Attributes]: it is
// not one of the pool's own and has a value. Cognito leaves an emptied attribute
// out of what it returns, so blank and absent are the same.
func KeepAttribute(name, value string) bool {
	return value != "" && name != "" && !strings.HasPrefix(name, reservedAttributePrefix)
}
