package reconcile

// An action is what a delivery does about one user, once it has asked the ledger and the
// pool. Every case, where e is the ledger's entry, s is the user's state in the pool, and
// e is late if it was observed after s:
//
//	the pool has the user; e is        | a hint                  | a sign-in or sign-up
//	-----------------------------------+-------------------------+---------------------------
//	nothing                            | tell                    | tell
//	a removal                          | tell: the user is back  | tell
//	a removal, late                    | ignore: it would bring  | ignore: so would this
//	                                   | back who is gone        |
//	a yes to s                         | same                    | report
//	a yes to s, late                   | same                    | report
//	a yes to s, and the user's removal | keep: they are back     | report
//	is on its way                      |                         |
//	a yes to s, late, and the removal  | same: who wrote e knows | report
//	is on its way                      |                         |
//	a yes to s, and a doubt            | tell: the target may    | tell
//	                                   | hold something else     |
//	the same, late                     | ignore                  | report
//	a yes to another state             | tell                    | tell
//	a yes to what s was before the     | credit                  | tell
//	target itself disabled the user    |                         |
//	a no to s, to be asked again       | tell                    | tell
//	a no to s, not to be asked yet     | refused                 | tell
//	a no to another state              | tell                    | tell
//	an answer to another state, late   | ignore                  | report
//	a no to s, late                    | ignore                  | report
//	in doubt, because another delivery | tell                    | - (tried again as a hint)
//	crossed this one: see [doubted]    |                         |
//
//	the user is gone; e is                             | whatever the change
//	---------------------------------------------------+--------------------------------
//	late, or a late removal                            | ignore
//	nothing, or a removal                              | foreign
//	only ever a no                                     | forget: there is nothing to remove
//	neither a claim nor a yes, and a doubt             | remove: the target may hold the user
//	a claim, and never a yes                           | remove: the target may hold the user
//	a yes, once                                        | remove
//	a yes, once, and the target removed the user itself| forget
//	a yes, once, and the target is told of no removal  | forget
//	a claim or a doubt, and either of the two          | forget
//
// There is a doubt if somebody wrote to the user since e, and the target fetches users by
// itself: it may have looked in between. To any other target there is one if an earlier
// try of the delivery may have reached it, so that its answer is not in e: the user may
// have gone back to s since. A write by the target itself does not count. To a target that does not want
// sign-ins as events, they are hints: see [SignIns]. After same, keep, refused or foreign
// there may be a second look: see [WithSecondLook].
//
// While a claim is live, a user who is gone is not removed yet, but later: see [ErrClaimed].
// Of a user who is there, a claim is no answer: it counts as nothing.
//
// Two cases are settled before: a second removal of somebody who is removed already is
// ignored, and a user who is neither listed nor in the ledger is foreign.
type action string

const (
	ignore  action = "ignore"  // a newer state was dealt with
	same    action = "same"    // the target holds this state
	keep    action = "keep"    // so it does, and the user is not leaving any more
	credit  action = "credit"  // the target brought this state about: that is its yes
	refused action = "refused" // the target said no to it
	tell    action = "tell"    // tell the target, and record its answer
	report  action = "report"  // tell the target what happened: there is nothing to record

	foreign action = "foreign" // nobody knows the user
	remove  action = "remove"  // tell the target that the user is gone, then forget them
	forget  action = "forget"  // the target needs not be told
)

// facts are what decides about a change.
type facts struct {
	// happened: the change is about a sign-in or sign-up, which did happen, whatever
	// became of the user since. All else is only about the state.
	happened bool
	// gone: the user has left the pool, or the scope.
	gone bool
	// late: the ledger's entry is of a later observation.
	late bool
	// doubt: the target may hold something else by now than what e says.
	doubt bool
	// itself: the target brought about by itself what s has and e has not.
	itself bool
	// silent: the target is told of no removal.
	silent bool

	// What the entry is.
	known   bool // an answer, a yes or a no
	claimed bool // a claim: somebody may have created the user
	held    bool // there was a yes, to whatever state
	yes     bool // a yes to s
	no      bool // a no to s, which is not to be asked again yet
	leaving bool // the user's removal is on its way
	removed bool // a removal
}

// decide returns what to do.
func decide(f facts) action {
	switch confirmed := f.yes && !f.doubt; {
	case f.gone:
		return decideGone(f)
	case f.late && f.removed:
		return ignore
	case f.happened && (f.late || confirmed):
		return report
	case f.happened:
		return tell
	case confirmed && f.leaving && !f.late:
		return keep
	case confirmed:
		return same
	case f.late:
		return ignore
	case f.itself:
		return credit
	case f.no:
		return refused
	}
	return tell
}

// decideGone returns what to do about a user who is gone.
func decideGone(f facts) action {
	switch {
	case f.late:
		return ignore
	case !f.known && !f.claimed && !f.doubt:
		return foreign
	case !f.held && !f.claimed && !f.doubt, f.silent, f.itself:
		return forget
	}
	return remove
}
