package reconcile

import "fmt"

// Outcome is what became of a change that needs no second try.
type Outcome string

// The outcomes.
const (
	Delivered Outcome = "delivered"
	// Unchanged: the target has confirmed this very state, or brought it about; it was
	// not asked.
	Unchanged Outcome = "unchanged"
	// Outdated: a newer state of the user has been dealt with.
	Outdated Outcome = "outdated"
	// Refused: the target said no, for good or for now, now or before to this very state.
	Refused Outcome = "refused"
	// Dropped: the user is gone, and the target was told so if it held the user.
	Dropped Outcome = "removed"
	// Foreign: neither pool nor ledger knows the user, or the user is outside the
	// groups that are synchronised.
	Foreign Outcome = "foreign"
)

// RemovalPolicy says what a target is told of a user who is gone.
type RemovalPolicy string

// The policies.
const (
	// Report tells the target, which then looks for itself and finds nobody.
	Report RemovalPolicy = "report"
	// Keep tells the target nothing.
	Keep RemovalPolicy = "none"
)

// UnmarshalText reads a policy by its name, so that a setting can be one.
func (p *RemovalPolicy) UnmarshalText(text []byte) error {
	switch named := RemovalPolicy(text); named {
	case Report, Keep:
		*p = named
		return nil
	}
	return fmt.Errorf("unknown removal policy: want %s or %s", Report, Keep)
}
