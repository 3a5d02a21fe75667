package cognito

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
)

// creation is a user to be created, under the name that was decided on.
type creation struct {
	NewUser
	chosen  bool              // we chose the user name
	byAlias string            // the attribute that stands for the user name, if one does
	written map[string]string // the attributes to be written
}

// creation decides what to write of a new user, and under which name.
func (t *traits) creation(n NewUser) (creation, error) {
	c := creation{NewUser: n, chosen: n.Username == "", written: make(map[string]string)}
	for name, value := range n.Attributes {
		if value != "" {
			c.written[name] = value
		}
	}
	withVerifications(c.written)
	if c.chosen {
		var err error
		if c.Username, err = t.usernameFor(n.Attributes); err != nil {
			return creation{}, err
		}
	}
	if len(t.signIn) > 0 {
		c.byAlias = "email"
		if isE164(c.Username) {
			c.byAlias = "phone_number"
		}
	}
	return c, nil
}

// usernameFor returns the user name for a new user who comes without one.
func (t *traits) usernameFor(attributes map[string]string) (string, error) {
	if len(t.signIn) == 0 {
		return strings.ToLower(rand.Text()), nil
	}
	for _, name := range []string{"email", "phone_number"} {
		if v := attributes[name]; v != "" && slices.Contains(t.signIn, name) {
			return v, nil
		}
	}
	return "", fmt.Errorf("%w: %s: missing, and users of this pool sign in with it",
		ErrInvalid, strings.Join(t.signIn, " or "))
}
