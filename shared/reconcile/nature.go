package reconcile

import "github.com/poolsync/poolsync/shared/directory"

// Nature says what is particular about a kind of target. The zero Nature is that of one
// which holds users in full: it knows the pool only by what it is told, finds users by
// an identifier of its own, and has no use for sign-ins. Such a target pays for nothing
// here.
type Nature struct {
	// Fetches says that the target looks users up in the pool by itself, at times of its
	// own. Then it may hold a state that has passed in between, which neither pool nor
	// ledger shows, so that each write costs a call even if the state is confirmed.
	Fetches bool
	// KnowsNames says that the target finds users by their user name. Then the removal
	// of one may be taken for news of another who has the name by now.
	KnowsNames bool
	// Claims says that nobody may be created twice by two deliveries at once, nor be left
	// over because an answer was lost: the target creates users under identifiers of its
	// own, or announces them. Then a claim is written before it is told of anybody whom
	// the ledger does not hold: one write more for each creation.
	Claims bool
	// SignIns says what a sign-in is to the target.
	SignIns SignIns
}

// SignIns says what a target wants of sign-ins.
type SignIns string

// What sign-ins can be to a target.
const (
	NoSignIns    SignIns = ""       // nothing: there is no need to queue them for it
	SignInHints  SignIns = "hints"  // hints that the user may differ, as any change is
	SignInEvents SignIns = "events" // events: each is reported, whatever the state
)

// kind returns what a change of that kind is to the target. A sign-in that comes to a
// target which does not want any is a hint all the same: other hints of its batch may
// have given way to it.
func (s SignIns) kind(k directory.Kind) directory.Kind {
	if s != SignInEvents && (k == directory.SignIn || k == directory.SignUp) {
		return directory.Changed
	}
	return k
}
