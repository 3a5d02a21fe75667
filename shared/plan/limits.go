package plan

import (
	"errors"
	"fmt"
	"strconv"
)

// The default limits. A deletion in the pool normally reaches the target within
// seconds, as an event; a run only removes users whose events were missed. Many at
// once are more likely a fault than intended, so the limits are strict: a held
// removal costs one deliberate run, a wrong mass removal costs customers.
const (
	// DefaultPercent lies between what identity tools allow in one go: the first
	// Google Apps Directory Sync 5 %, Okta 20 %
	// (https://help.okta.com/oie/en-us/Content/Topics/users-groups-profiles/usgp-import-safeguard.htm).
	// octoDNS allows 30 % of the records of a zone, which are quicker to restore
	// than users.
	DefaultPercent = 10
	// DefaultCount is the threshold of Microsoft Entra Connect
	// (https://learn.microsoft.com/entra/identity/hybrid/connect/how-to-connect-sync-feature-prevent-accidental-deletes).
	// In a large pool a small percentage is still a great many people.
	DefaultCount = 500
	// DefaultFloor keeps the percentage from holding a handful of removals in a
	// small pool, where one user can be more than 10 %. octoDNS suspends its
	// limits below 10 records, Okta below 100 users; a floor on the removals
	// rather than on the pool's size never lets a small pool be emptied.
	DefaultFloor = 5
)

// Limits says how many removals a run may carry out. The zero Limits allows none.
type Limits struct {
	// Percent of the users known to the ledger; 0 to 100.
	Percent int
	// Count of users, whatever the percentage.
	Count int
	// Floor is the number of removals up to which Percent does not apply. Count
	// still does.
	Floor int
}

// DefaultLimits returns the limits that apply where nothing else is configured.
func DefaultLimits() Limits {
	return Limits{Percent: DefaultPercent, Count: DefaultCount, Floor: DefaultFloor}
}

// Tally is what the guard judges: the counts of a whole run, or of one partition
// on their way into the sum.
type Tally struct {
	// Known is the number of users that the target holds, or may hold under a claim, as
	// the ledger had it when the run read it.
	Known int `json:"known"`
	// Walked is the number of users that the pool listed.
	Walked int `json:"walked"`
	// Missing is the number of known users that the pool did not list.
	Missing int `json:"missing"`
}

// Add returns the sum of two tallies.
func (t Tally) Add(o Tally) Tally {
	return Tally{Known: t.Known + o.Known, Walked: t.Walked + o.Walked, Missing: t.Missing + o.Missing}
}

// ErrHeld is returned by [Limits.Guard], wrapped in a [*HeldError], when a run must
// not remove the users it misses.
var ErrHeld = errors.New("removals held")

// HeldError says why removals are held. Its text names no user.
type HeldError struct {
	// Tally holds the counts that were judged.
	Tally
	// Limit is the limit that was exceeded, with its unit: "10 %" or "500 users".
	// It is "" if the pool was empty, which no limit allows.
	Limit string
}

// Error implements error.
func (e *HeldError) Error() string {
	text := fmt.Sprintf("%v: %s of %s users (%s)",
		ErrHeld, grouped(e.Missing), grouped(e.Known), share(e.Missing, e.Known))
	if e.Limit == "" {
		return text + " would go because the pool listed nobody"
	}
	return text + " exceed the limit of " + e.Limit
}

// Unwrap makes the error an [ErrHeld].
func (e *HeldError) Unwrap() error { return ErrHeld }

// Guard returns a [*HeldError] if the run that t sums up must not remove the users
// it misses. A first run misses nobody, because the ledger knows nobody.
//
// With lifted, the owner lifts the limits for one run. That does not cover a pool
// that listed nobody: a wrong pool, an emptied scope or a broken listing look the
// same, and an owner who really wants everyone gone disconnects the target. If one
// user is left in the pool, lifted works.
func (l Limits) Guard(t Tally, lifted bool) error {
	switch {
	case t.Missing == 0:
		return nil
	case t.Walked == 0:
		return &HeldError{Tally: t}
	case lifted:
		return nil
	case l.OverCount(t.Missing):
		return &HeldError{Tally: t, Limit: grouped(l.Count) + " users"}
	case t.Missing > l.Floor && t.Missing*100 > l.Percent*t.Known:
		return &HeldError{Tally: t, Limit: strconv.Itoa(l.Percent) + " %"}
	default:
		return nil
	}
}

// OverCount reports whether so many removals are too many whatever the rest of
// the run finds, so that a partition with that many need not mark them one by one.
func (l Limits) OverCount(missing int) bool { return missing > l.Count }

// share returns part/whole as a percentage with one decimal, rounded up, so that
// a share over a limit never reads as the limit.
func share(part, whole int) string {
	whole = max(whole, 1)
	permille := (part*1000 + whole - 1) / whole
	return fmt.Sprintf("%d.%d %%", permille/10, permille%10)
}

// grouped returns n with a comma between thousands.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
