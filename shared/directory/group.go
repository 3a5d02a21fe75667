package directory

import (
	"errors"
	"time"
)

// Group is one group of the pool as observed at one moment.
type Group struct {
	// Name is what the pool knows the group by. A group that is deleted may be made
	// again under its name, and is then the same group to whoever knows only the name.
	Name string `json:"name"`
	// Description is what its owner says of it; empty for nothing.
	Description string `json:"description,omitempty"`
}

// MaxMembers is how many members a change names at most, which is how many a target
// takes in one request.
const MaxMembers = 100

// Member is one user's membership of the group that a change is about.
type Member struct {
	// Sub identifies the user.
	Sub string `json:"sub"`
	// In says whether the user is a member in the pool.
	In bool `json:"in"`
	// ObservedAt is when the pool was seen in this state.
	ObservedAt time.Time `json:"observedAt"`
}

// validateGroup is Validate for a change of a group's.
func (c Change) validateGroup() error {
	switch {
	case c.Group == "":
		return errors.New("group: missing")
	case c.Sub != "":
		return errors.New("sub: present in a change of no single user")
	case c.User != nil:
		return errors.New("user: present in a change of no single user")
	case c.Kind == MembersChanged:
		return c.validateMembers()
	case len(c.Members) > 0:
		return errors.New("members: present in a change of the group itself")
	case c.Gone && c.GroupState != nil:
		return errors.New("groupState: present, although the group is gone")
	case c.GroupState != nil && c.GroupState.Name != c.Group:
		return errors.New("groupState.name: differs from group")
	}
	return nil
}

func (c Change) validateMembers() error {
	switch n := len(c.Members); {
	case n == 0:
		return errors.New("members: missing")
	case n > MaxMembers:
		return errors.New("members: more than 100")
	case c.GroupState != nil:
		return errors.New("groupState: present in a change of members")
	}
	met := make(map[string]bool, len(c.Members))
	for _, m := range c.Members {
		switch {
		case m.Sub == "":
			return errors.New("members.sub: missing")
		case met[m.Sub]:
			return errors.New("members.sub: named twice")
		case m.ObservedAt.IsZero():
			return errors.New("members.observedAt: missing")
		case !hasJSON(m.ObservedAt):
			return errors.New("members.observedAt: the year is not one from 0 to 9999")
		}
		met[m.Sub] = true
	}
	return nil
}
