package plan

import "fmt"

// Policy is the name of what a run carries out.
type Policy string

// The policies.
const (
	// Full delivers what is new or different and removes who is proven gone.
	Full Policy = "full"
	// UpsertOnly delivers what is new or different and removes nobody: for a
	// target whose users are cleaned up by hand or by somebody else.
	UpsertOnly Policy = "upsert-only"
)

// Removes reports whether the policy lets a run remove users.
func (p Policy) Removes() bool { return p == Full }

// UnmarshalText reads a policy by its name, so that a setting can be one.
func (p *Policy) UnmarshalText(text []byte) error {
	switch named := Policy(text); named {
	case Full, UpsertOnly:
		*p = named
		return nil
	}
	return fmt.Errorf("unknown policy: want %s or %s", Full, UpsertOnly)
}
