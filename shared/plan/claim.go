package plan

import "time"

// Claim says that a delivery is about to create a user at the target. It is written
// before, so that a creation whose confirmation is lost leaves a trace: it is no
// confirmation, and only a confirmation deletes it, of the user's creation or of the
// removal. The zero Claim is none.
type Claim struct {
	// By names the change whose delivery it is.
	By string
	// Until is how long others leave the creation to that delivery. Afterwards the claim
	// says no less: somebody may have created the user.
	Until time.Time
}

// Live reports whether a creation may be under way.
func (c Claim) Live(now time.Time) bool { return c.Until.After(now) }

// Ended returns the claim as one that has expired by now; of none, none.
func (c Claim) Ended(now time.Time) Claim {
	if c.Live(now) {
		c.Until = now
	}
	return c
}

// Claimed reports whether somebody may have created the user without the ledger knowing
// what came of it.
func (e Entry) Claimed() bool { return !e.Claim.Until.IsZero() }

// Traced reports whether the ledger holds a trace of the user at the target: an answer,
// or a claim.
func (e Entry) Traced() bool { return e.Known() || e.Claimed() }
