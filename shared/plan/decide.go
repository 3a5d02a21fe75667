package plan

// Decision is what a run does about one user that the pool lists.
type Decision uint8

// The decisions. Every case, with u the user as listed and e the ledger's entry:
//
//	pool lists u          | ledger holds e                    | outcome
//	----------------------+-----------------------------------+------------------------------
//	yes                   | nothing, or a removal             | New
//	yes                   | a claim, and no answer            | New: the target looks first
//	yes                   | confirmed, same fingerprint       | Same
//	yes                   | confirmed, other fingerprint      | Changed
//	yes, disabled since   | confirmed while enabled           | Changed: the fingerprint holds it
//	                      |                                   | if the target is told, else Same
//	yes, other user name  | confirmed or rejected             | Renamed
//	yes                   | rejected, same fingerprint        | Rejected; Retried if told to
//	yes                   | blocked, same fingerprint         | Blocked; Retried if its time has
//	                      |                                   | come, or if told to
//	yes                   | rejected, other fingerprint       | Changed
//	yes, mapping's version| confirmed or rejected             | Changed: another version is
//	raised since          |                                   | another fingerprint
//	no                    | delivered                         | missing: candidate for removal
//	no                    | delivered, removal on its way     | nothing: it is announced
//	no                    | only ever rejected                | missing: nothing to remove, the
//	                      |                                   | entry is forgotten
//	no                    | a claim, rejected or no answer    | missing: candidate for removal, for
//	                      |                                   | the target may hold the user
//	no                    | a claim, removal on its way       | nothing: it is announced
//	no                    | nothing, or a removal             | nothing
//	yes, with a new sub   | delivered under the old sub       | New for the new sub; the old sub
//	and the old user name |                                   | is missing, as in any deletion
//
// A sub is never used again, so the last case is two users. A target that knows users
// by user name may mistake the old one's removal for news of the new one: whoever
// reports the removal checks who has the name now, and delivers that user too.
//
// User names in Cognito do not change, so Renamed is an anomaly. It is delivered as a
// change, and nothing is removed under the old name.
const (
	Same     Decision = iota // nothing to do
	New                      // tell the target of a user it does not hold
	Changed                  // tell the target of another state
	Renamed                  // tell the target of another user name
	Rejected                 // nothing to do: the target refused this very state
	Blocked                  // nothing to do yet: the target refused it, for now
	Retried                  // tell the target once more of what it refused
)

var decisionNames = [...]string{"same", "new", "changed", "renamed", "rejected", "blocked", "retried"}

// String returns the decision's name, fit for counters and logs.
func (d Decision) String() string { return decisionNames[d] }

// Deliver reports whether the target needs to hear of the user.
func (d Decision) Deliver() bool { return d != Same && d != Rejected && d != Blocked }

// decide returns what to do about a user that the ledger knows: whether the user name
// or the fingerprint is another one now, whether the target refused the ledger's
// state for good or for now, and whether to ask it again.
func decide(renamed, changed, rejected, blocked, again bool) Decision {
	switch {
	case renamed:
		return Renamed
	case changed:
		return Changed
	case rejected && again:
		return Retried
	case blocked:
		return Blocked
	case rejected:
		return Rejected
	default:
		return Same
	}
}
