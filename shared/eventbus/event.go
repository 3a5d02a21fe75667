package eventbus

import (
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// happening is an event that is not encoded yet.
type happening struct {
	kind   DetailType
	detail Detail
}

// tick is by how much an event is later at least than the one before it.
const tick = time.Millisecond

// tellings returns the events of a delivery, in the order in which they are to be sent,
// and what the ledger is to keep. What a delivery yields, by what the bus was told of
// the user before, and by what came:
//
//	what came                        | nothing         | another state       | this state
//	---------------------------------+-----------------+---------------------+-----------
//	a hint                           | Created         | Updated and, or,    | Updated
//	                                 |                 | Disabled or Enabled |
//	a sign-in                        | Created,        | the same, Signed In | Updated,
//	                                 | Signed In       |                     | Signed In
//	a sign-in of a state that is     | Signed In       | Signed In           | Signed In
//	confirmed, or over               |                 |                     |
//	a sign-up                        | Created,        | the same, Signed Up | Signed Up
//	                                 | Signed Up       |                     |
//	a sign-up of a state that is     | -               | Signed Up           | Signed Up
//	over                             |                 |                     |
//	a removal                        | Deleted         | Deleted             | Deleted
//
// With silent, which is for a user of whom the bus was told nothing, Created is left
// out. So are Signed In and Signed Up unless sign-ins are wanted.
//
// The engine delivers a state that the bus was told of already, except with a sign-up,
// only if it is not sure that this was the last thing that the bus was told: another
// delivery crossed this one, or the answer to one got lost. Then the bus is told again.
func (b *Bus) tellings(d reconcile.Delivery, silent bool) ([]happening, reconcile.Remote) {
	last, readable := parseNote(d.Held.Note)
	at := stateTime(d, last)
	if d.Kind == directory.Removed {
		return []happening{b.about(d.Change, UserDeleted, at, b.idOf(UserDeleted, d.Change, last.at, directory.Fingerprint{}))}, reconcile.Remote{}
	}
	var told []happening
	remote := d.Held
	if !recalls(d, last) {
		next := note{enabled: d.User.Enabled, shown: b.view.digest(*d.User), at: at}
		for _, kind := range steps(d, readable, last, next, silent) {
			told = append(told, b.about(d.Change, kind, at, b.idOf(kind, d.Change, last.at, b.view.fingerprint(*d.User))))
		}
		remote = reconcile.Remote{Note: next.String()}
	}
	if kind := ofKind(d.Kind); kind != "" && b.signIns {
		told = append(told, b.about(d.Change, kind, d.ObservedAt, b.idOfHappening(kind, d.Change)))
	}
	return told, remote
}

// recalls reports whether a delivery is of what happened alone: what the user was then
// is known to the bus, or is over. The engine asks for no confirmation of such a
// sign-in. Of a sign-up it does, so the time must tell.
func recalls(d reconcile.Delivery, last note) bool {
	return d.Kind == directory.SignIn && !d.Confirm || d.Kind == directory.SignUp && d.ObservedAt.Before(last.at)
}

// steps returns which events tell of the way from one state to another.
func steps(d reconcile.Delivery, readable bool, last, next note, silent bool) []DetailType {
	switch known := d.Held.Note != ""; {
	case !known && silent:
		return nil
	case !known:
		return []DetailType{UserCreated}
	case !readable:
		return []DetailType{UserUpdated}
	}
	var kinds []DetailType
	same := last.shown == next.shown && last.enabled == next.enabled
	if last.shown != next.shown || same && d.Kind != directory.SignUp {
		kinds = append(kinds, UserUpdated)
	}
	switch {
	case last.enabled && !next.enabled:
		kinds = append(kinds, UserDisabled)
	case !last.enabled && next.enabled:
		kinds = append(kinds, UserEnabled)
	}
	return kinds
}

// ofKind returns the event about what happened, if a change tells of something that did.
func ofKind(k directory.Kind) DetailType {
	switch k {
	case directory.SignIn:
		return UserSignedIn
	case directory.SignUp:
		return UserSignedUp
	}
	return ""
}

// stateTime returns when the state that is delivered was observed: later than the last.
// The engine delivers no state that is older than the one that the ledger holds, but it
// delivers that one again if in doubt. A removal comes just after what its change was
// observed with: it may be what a second look at a change has found, whose state was told.
func stateTime(d reconcile.Delivery, last note) time.Time {
	switch later := d.ObservedAt.After(last.at); {
	case later && d.Kind == directory.Removed:
		return d.ObservedAt.Add(tick)
	case later:
		return d.ObservedAt
	}
	return last.at.Add(tick)
}

// about returns an event about the user of a change.
func (b *Bus) about(c directory.Change, kind DetailType, at time.Time, id string) happening {
	detail := Detail{
		Version: Version, ID: id, Pool: b.pool, Sub: c.Sub,
		Username: b.view.username(c.Username), ObservedAt: at.UTC(),
	}
	if c.User != nil {
		detail.User = &User{Enabled: c.User.Enabled, Attributes: b.view.attributes(*c.User)}
	}
	return happening{kind, detail}
}
