package cognitotest

import (
	"maps"
	"slices"
	"time"
)

// membership is who is in a group, and who came and went.
type membership struct {
	now   map[string]bool // subs
	moves []move          // in their order
}

// move is somebody who came into a group, or left it.
type move struct {
	sub string
	in  bool
	at  time.Time
}

func newMembership() *membership { return &membership{now: make(map[string]bool)} }

// put has a user be in the group from now on, or be out of it.
func (m *membership) put(sub string, in bool) {
	if m.now[sub] == in {
		return
	}
	m.moves = append(m.moves, move{sub, in, time.Now()})
	if m.now[sub] = in; !in {
		delete(m.now, sub)
	}
}

// listed returns the members as they were lag ago, for the caller to read only.
func (m *membership) listed(lag time.Duration) map[string]bool {
	if lag == 0 {
		return m.now // whatever the clock
	}
	then, members := time.Now().Add(-lag), maps.Clone(m.now)
	for _, move := range slices.Backward(m.moves) {
		if !move.at.After(then) {
			break
		}
		if members[move.sub] = !move.in; move.in {
			delete(members, move.sub)
		}
	}
	return members
}
