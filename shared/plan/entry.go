// Package plan decides what a run does: for each user that the pool lists, whether
// the target needs to hear of it; for each user that the pool no longer lists,
// whether to remove it.
//
// It imports the standard library only, does no I/O and allocates little: a run
// over ten million users asks it ten million times.
package plan

import (
	"errors"
	"time"
	"unicode/utf8"

	"github.com/poolsync/poolsync/shared/directory"
)

// Entry is what the ledger holds of one user: the target's last answer. The zero
// Entry stands for a user that the ledger does not know.
type Entry struct {
	// Sub identifies the user, and is the only field that is always set.
	Sub string
	// Username is the user's name in the pool when the target answered.
	Username string
	// Fingerprint is of the state that the target answered for: what it confirmed
	// or, if Rejected is set, what it refused.
	Fingerprint directory.Fingerprint
	// ObservedAt is when the pool was in that state. No older observation
	// overwrites a newer one.
	ObservedAt time.Time
	// DeliveredAt is when the target last confirmed the user; zero if it never
	// did. It outlives a later rejection: the target still holds the user.
	DeliveredAt time.Time
	// RemoteID is the target's own identifier of the user, if it has one.
	RemoteID string
	// Note is what the target wants to find again, of at most [MaxNote] bytes. It means
	// something to the target alone.
	Note string
	// Rejected is the target's reason for its no to this state, or "".
	Rejected string
	// RejectedSince is when the target first said no to this state, and RetryAt
	// when it may be asked again. Both are zero for a no that stays, and for a
	// yes.
	RejectedSince, RetryAt time.Time
	// LeavingAt is when the user's removal set out on its way to the
	// target: the age of the change that carries it; zero if there is none.
	// Until it arrives, the user does not count as missing.
	LeavingAt time.Time
	// AbsentRun is the run that last missed the user in the pool, or "". It makes
	// the user a candidate for removal by that run, and by no other.
	AbsentRun string
	// Claim stands if somebody may have created the user without an answer that the
	// ledger knows of. It is never of a user who is Delivered or Removed.
	Claim Claim
	// Groups holds the mark of each membership that the target confirmed, by the name of
	// the group: see [Mark].
	Groups map[string]string
	// GroupsAt is when the pool was observed of which some membership was last recorded.
	// No older observation of any membership of the user's overwrites it. It is zero if
	// none was.
	GroupsAt time.Time
	// Removed says that the user was removed, as observed at ObservedAt. Nothing
	// else of such an entry is kept: it only outlasts changes that were observed
	// earlier and arrive later.
	Removed bool
}

// MaxNote is how long a note may be, in bytes: a run reads it with every entry, and an
// entry of ordinary length is to stay below 1 kB, which DynamoDB writes for one unit.
const MaxNote = 256

// ErrNote is returned by a ledger for a note that it must not keep. That is a mistake in
// the target's code: nothing is written.
var ErrNote = errors.New("note: want valid UTF-8 of at most 256 bytes")

// CheckNote returns [ErrNote] if the entry must not be written because of its note.
func (e Entry) CheckNote() error {
	if len(e.Note) > MaxNote || !utf8.ValidString(e.Note) {
		return ErrNote
	}
	return nil
}

// Known reports whether the ledger holds an answer of the target's for the user,
// a yes or a no.
func (e Entry) Known() bool { return e.Delivered() || !e.Removed && e.Rejected != "" }

// Blocked reports whether the target's last answer was a no that may pass.
func (e Entry) Blocked() bool { return e.Rejected != "" && !e.RetryAt.IsZero() }

// Due reports whether a no that may pass is old enough to ask again.
func (e Entry) Due(now time.Time) bool { return e.Blocked() && !now.Before(e.RetryAt) }

// How long a target is not asked again after a no that may pass: as long as it has
// said no, but at least firstRetry, which an hourly run finds due, and at most
// lastRetry. So a no that does not pass costs one call a day.
const (
	firstRetry = 45 * time.Minute
	lastRetry  = 24 * time.Hour
)

// Block returns next with its no marked as one that may pass, said now. If e holds a
// no to the same state, that no goes on; otherwise a new one begins.
func (e Entry) Block(next Entry, now time.Time) Entry {
	next.RejectedSince = now
	if e.Blocked() && e.Fingerprint == next.Fingerprint && !e.RejectedSince.IsZero() {
		next.RejectedSince = e.RejectedSince
	}
	next.RetryAt = now.Add(min(max(now.Sub(next.RejectedSince), firstRetry), lastRetry))
	return next
}

// leavingFor is how long a removal may be on its way: longer than a change is
// retried, which is four days from its observation. A removal that was given up then
// counts as missing again.
const leavingFor = 5 * 24 * time.Hour

// Leaving reports whether the user's removal is on its way to the target.
func (e Entry) Leaving(now time.Time) bool {
	return !e.LeavingAt.IsZero() && now.Sub(e.LeavingAt) < leavingFor
}

// Delivered reports whether the target holds the user as far as the ledger knows.
// Only such users are ever removed.
func (e Entry) Delivered() bool { return !e.Removed && !e.DeliveredAt.IsZero() }

// Confirmed reports whether the target's last answer was a yes to exactly this
// state, so that delivering it again would tell the target nothing.
func (e Entry) Confirmed(f directory.Fingerprint) bool {
	return e.Delivered() && e.Rejected == "" && e.Fingerprint == f && !f.IsZero()
}
