package directory

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"
)

// Kind says what a change hints at.
type Kind string

// The kinds of change. Each is a hint that one user may differ at the target;
// what is delivered is the pool's state, never the hint.
const (
	SignIn  Kind = "signin"  // the user signed in
	SignUp  Kind = "signup"  // the user confirmed a registration
	Changed Kind = "changed" // the user may differ from what the target holds
	Removed Kind = "removed" // the user is gone, or has left the scope

	// GroupChanged hints that a group may differ, and not a user.
	GroupChanged Kind = "group"
	// MembersChanged hints that memberships of one group may differ.
	MembersChanged Kind = "members"
)

// OfUser reports whether changes of the kind are each about one user.
func (k Kind) OfUser() bool { return k != GroupChanged && k != MembersChanged }

// Valid reports whether k is one of the declared kinds.
func (k Kind) Valid() bool {
	switch k {
	case SignIn, SignUp, Changed, Removed, GroupChanged, MembersChanged:
		return true
	}
	return false
}

// Origin says who noticed a change.
type Origin string

// The origins of a change.
const (
	Trigger    Origin = "trigger"    // a Cognito trigger
	Sync       Origin = "sync"       // a full sync
	CloudTrail Origin = "cloudtrail" // an event of CloudTrail's
	Webhook    Origin = "webhook"    // an event that a provider sent us
)

// Valid reports whether o is one of the declared origins.
func (o Origin) Valid() bool {
	switch o {
	case Trigger, Sync, CloudTrail, Webhook:
		return true
	}
	return false
}

// Change is a hint that one user, one group or some memberships of one group may differ
// at the target. Changes may be lost, repeated and reordered without harm.
type Change struct {
	// ID names this change in logs. It carries no meaning.
	ID string `json:"id"`
	// Kind is what the change hints at.
	Kind Kind `json:"kind"`
	// Sub identifies the user; empty in a change that is about no single one.
	Sub string `json:"sub,omitempty"`
	// Username is the user's name in the pool; empty where the origin does not
	// know it, as CloudTrail does not.
	Username string `json:"username,omitempty"`
	// ObservedAt is when the pool was in the state that the change describes.
	ObservedAt time.Time `json:"observedAt"`
	// Origin is who noticed it.
	Origin Origin `json:"origin"`
	// Pool is the id of the user's pool. A change without one belongs to the pool
	// that its reader serves.
	Pool string `json:"pool,omitempty"`
	// By names the provider that made the change through us; empty for everybody else.
	By string `json:"by,omitempty"`
	// Gone is set if the user is proven absent from the pool, which stays true, because a
	// sub is never used again; in a change of kind [GroupChanged], if the group was.
	Gone bool `json:"gone,omitempty"`
	// WrittenAt is when somebody wrote to the user, in a change that an event of
	// that write caused; zero in all others. The user was observed after the
	// event came.
	WrittenAt time.Time `json:"writtenAt,omitzero"`
	// Group is the group that a change is about which has to do with one; empty for all
	// else. With a user's it says only that the user's groups may have changed.
	Group string `json:"group,omitempty"`
	// Joined says of a user's change with a group that the user joined it, as far as the
	// event knows. Otherwise the user has left it, or the event does not say.
	Joined bool `json:"joined,omitempty"`
	// GroupState is the group as observed, in a change of kind [GroupChanged], or nil:
	// then the group is read when the change is delivered, unless it is Gone.
	GroupState *Group `json:"groupState,omitempty"`
	// Members are those whose membership of the group may differ, in a change of kind
	// [MembersChanged]: at most [MaxMembers].
	Members []Member `json:"members,omitempty"`
	// Again names the one target, as the ledger does, for which this is the second look
	// that it wanted at what an event tells of; empty for a first look.
	Again string `json:"again,omitempty"`
	// Tried is set if an earlier delivery of this change may have reached the target,
	// and no answer is recorded: what the target holds is in doubt.
	Tried bool `json:"tried,omitempty"`
	// User is the whole user as observed, or nil: then the user is read when the
	// change is delivered.
	User *User `json:"user,omitempty"`
}

// Since is when what c describes happened: when somebody wrote to the user, if that
// is known, or else when the user was observed.
func (c Change) Since() time.Time {
	if c.WrittenAt.IsZero() {
		return c.ObservedAt
	}
	return c.WrittenAt
}

// NewChangeID returns a random identifier for a change, 32 hexadecimal digits.
func NewChangeID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: see crypto/rand
	return hex.EncodeToString(b[:])
}

// Validate reports the first thing that makes c unusable, naming the field. It
// repeats no value, so that the error may be logged.
func (c Change) Validate() error {
	switch {
	case !c.Kind.Valid():
		return errors.New("kind: want signin, signup, changed, removed, group or members")
	case !c.Origin.Valid():
		return errors.New("origin: want trigger, sync, cloudtrail or webhook")
	case c.ObservedAt.IsZero():
		return errors.New("observedAt: missing")
	case !hasJSON(c.ObservedAt):
		return errors.New("observedAt: the year is not one from 0 to 9999")
	case !hasJSON(c.WrittenAt):
		return errors.New("writtenAt: the year is not one from 0 to 9999")
	case c.Kind.OfUser():
		return c.validateUser()
	}
	return c.validateGroup()
}

// validateUser is Validate for a change of a user's.
func (c Change) validateUser() error {
	switch {
	case c.Sub == "":
		return errors.New("sub: missing")
	case c.Gone && c.User != nil:
		return errors.New("user: present, although the user is gone")
	case c.User != nil && c.User.Sub != c.Sub:
		return errors.New("user.sub: differs from sub")
	case c.User != nil && c.Username != c.User.Username:
		return errors.New("user.username: differs from username")
	case c.User != nil && !hasJSON(c.User.GroupsAt):
		return errors.New("user.groupsAt: the year is not one from 0 to 9999")
	case c.GroupState != nil:
		return errors.New("groupState: present in a user's change")
	case len(c.Members) > 0:
		return errors.New("members: present in a user's change")
	}
	return nil
}

// hasJSON reports whether t has an RFC 3339 form: in another time zone its year may
// be out of range.
func hasJSON(t time.Time) bool { return t.UTC().Year() >= 0 && t.UTC().Year() <= 9999 }
