package userhub

import "fmt"

// ExternalID says how a UserHub connection identifies the pool's users.
type ExternalID string

const (
	// ByUsername is the pool's user name, which is what UserHub's own sample for
	// Cognito reports.
	ByUsername ExternalID = "username"
	// BySub is the pool's identifier of the user, a UUID.
	BySub ExternalID = "sub"
)

// Of returns the external id of a user.
func (e ExternalID) Of(sub, username string) string {
	if e == BySub {
		return sub
	}
	return username
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (e *ExternalID) UnmarshalText(text []byte) error {
	switch by := ExternalID(text); by {
	case ByUsername, BySub:
		*e = by
		return nil
	}
	return fmt.Errorf("not an external id: want %s or %s", ByUsername, BySub)
}
