package ledgertest

import (
	"iter"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// Base is what a ledger holds to begin with, computed instead of kept, so that a
// ledger of ten million users takes no memory. It yields the entries whose sub
// starts with prefix, in the order of their subs.
type Base func(prefix string) iter.Seq[plan.Entry]

// Confirmed returns a base in which the target has confirmed each of the users, as
// they are yielded, at one time. Users are yielded as entries are: by a prefix of
// the sub, in the order of their subs.
func Confirmed(
	users func(prefix string) iter.Seq[directory.User],
	fingerprint func(directory.User) directory.Fingerprint,
	at time.Time,
) Base {
	return func(prefix string) iter.Seq[plan.Entry] {
		return func(yield func(plan.Entry) bool) {
			for u := range users(prefix) {
				e := plan.Entry{
					Sub: u.Sub, Username: u.Username, Fingerprint: fingerprint(u),
					ObservedAt: kept(at), DeliveredAt: kept(at),
				}
				if !yield(e) {
					return
				}
			}
		}
	}
}

// empty is the base that holds nothing.
func empty(string) iter.Seq[plan.Entry] { return func(func(plan.Entry) bool) {} }

// entry returns one user's entry, or the zero Entry.
func (b Base) entry(sub string) plan.Entry {
	for e := range b(sub) {
		if e.Sub == sub {
			return e
		}
	}
	return plan.Entry{}
}
