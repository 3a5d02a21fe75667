package reconcile

import (
	"errors"
	"fmt"
	"time"
)

// How a delivery can fail. A target wraps exactly one of these, so that every
// decision between "again" and "never" is made by [errors.Is] on them. An error
// that wraps none of them counts as [ErrUnavailable]: trying again is safe.
var (
	// ErrRejected is returned when the target refused this state of the user for good:
	// the same delivery would be refused again. Others are not affected.
	ErrRejected = errors.New("rejected by the target")
	// ErrBlocked is returned when the target refused the user for a reason that may
	// pass although the user does not change: an address that somebody else holds, a
	// seat limit, a connection that is not there yet. Others are not affected.
	ErrBlocked = errors.New("blocked at the target for now")
	// ErrUnavailable is returned when the target could not be reached, was too
	// slow, or failed. The same delivery may succeed later.
	ErrUnavailable = errors.New("target unavailable")
	// ErrThrottled is returned when the target asked for a slower pace. It may
	// carry a delay: see [RetryAfter].
	ErrThrottled = errors.New("throttled by the target")
	// ErrHeldBack is an [ErrThrottled] of our own: at the pace that we keep there was
	// no time left to ask the target, of which it says nothing.
	ErrHeldBack = fmt.Errorf("%w: held back by our own pace", ErrThrottled)
	// ErrUnauthorized is returned when the target refused our credentials. It
	// concerns every user alike and nobody in particular: no user is rejected
	// for it, and it is worth an alarm.
	ErrUnauthorized = errors.New("credentials refused by the target")
)

// ErrTold marks the failure of a delivery that may have reached the target all the same.
// Whoever delivers the change again says so: see [directory.Change.Tried].
var ErrTold = errors.New("the target may have been told")

// told marks the error of a target that may have been told, if it may.
func told(err error) error {
	var open openError
	if VerdictOf(err) != Unavailable || errors.As(err, &open) {
		return err // refused as a whole, or never asked
	}
	return doubtful(err)
}

// doubtful marks the error of a delivery of which an earlier try reached the target.
func doubtful(err error) error {
	if err == nil {
		return nil
	}
	return toldError{err}
}

// toldError is an [ErrTold] that reads like the error itself.
type toldError struct{ error }

func (e toldError) Unwrap() []error { return []error{e.error, ErrTold} }

// Verdict is what a target's answer to a delivery means for what happens next.
type Verdict string

// The verdicts. After the first three failures the change is delivered again; the last
// two are recorded with the user, and others go on.
const (
	Accepted     Verdict = "accepted"
	Unavailable  Verdict = "unavailable"
	Throttled    Verdict = "throttled"
	Unauthorized Verdict = "unauthorized"
	Rejected     Verdict = "rejected" // permanent for this state
	Blocked      Verdict = "blocked"  // permanent for now
)

// VerdictOf returns what the result of a delivery means. It is the only place where that
// is decided. Of an error that is several things at once the one counts that can be
// put right: a no that may pass before one that stays.
func VerdictOf(err error) Verdict {
	switch {
	case err == nil:
		return Accepted
	case errors.Is(err, ErrBlocked):
		return Blocked
	case errors.Is(err, ErrRejected):
		return Rejected
	case errors.Is(err, ErrUnauthorized):
		return Unauthorized
	case errors.Is(err, ErrThrottled):
		return Throttled
	}
	return Unavailable
}

// Refuses reports whether v is a no to the user, and not to everybody.
func (v Verdict) Refuses() bool { return v == Rejected || v == Blocked }

// RetryAfter returns the delay that the target asked for in err, if it did.
func RetryAfter(err error) (time.Duration, bool) {
	var d interface{ RetryAfter() (time.Duration, bool) }
	if errors.As(err, &d) {
		return d.RetryAfter()
	}
	return 0, false
}
