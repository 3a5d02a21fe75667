package client

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
)

// How the service's answer can be of no use, although it is a success. Each wraps
// [reconcile.ErrUnavailable]: nothing was found out about the user.
var (
	// ErrNotSCIM is returned for an answer that is not what SCIM has there, such as a
	// page of a proxy's, or the answer of a wrong address.
	ErrNotSCIM = fmt.Errorf("%w: the answer is not one of SCIM's", reconcile.ErrUnavailable)
	// ErrFilterIgnored is returned for the answer to a look-up that lists others than
	// were asked for: whoever was asked for may come later in the list, or not at all.
	ErrFilterIgnored = fmt.Errorf("%w: the service ignores the filter of a look-up", reconcile.ErrUnavailable)
)

// How a user can be refused by us, before the service is asked.
var (
	// ErrSeveral is returned when several users at the service carry the externalId of
	// one. Somebody has to say which it is.
	ErrSeveral = fmt.Errorf("%w: several users at the service have this user's externalId", reconcile.ErrBlocked)
	// ErrTaken is returned when somebody else at the service has the user's name or
	// address, and the settings do not let us take them for this user.
	ErrTaken = fmt.Errorf("%w: somebody else at the service has this user's name or address", reconcile.ErrBlocked)
)

// Error is an answer of the service's that is not a success.
type Error struct {
	// Status is the HTTP status code.
	Status int
	// Type is SCIM's scimType, such as uniqueness.
	Type string
	// Code is the vendor's own code, such as error.common.validation.missingReqAttributes.
	Code string

	form       form
	retryAfter *time.Duration
}

// form says whose words an answer is in.
type form int

const (
	page   form = iota // not JSON: it comes from something in front of the service
	object             // JSON of another kind, as gateways answer
	ofSCIM             // an error of SCIM's
)

// Error describes the answer without anything that may be personal data.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "scim: status %d", e.Status)
	if token.MatchString(e.Type) {
		b.WriteString(", " + e.Type)
	}
	if token.MatchString(e.Code) {
		b.WriteString(", " + e.Code)
	}
	return b.String()
}

// token is what types and codes look like. Anything else is not repeated.
var token = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.]{0,99}$`)

// RetryAfter returns the delay that the service asked for, if it did.
func (e *Error) RetryAfter() (time.Duration, bool) {
	if e.retryAfter == nil {
		return 0, false
	}
	return *e.retryAfter, true
}

// Unwrap returns what the answer means for a delivery, and is the only place that decides
// it. An answer in other words than SCIM's may come from something in front of the service,
// or from a wrong address: it costs no user more than a delay.
//
//	status                          meaning
//	400, in SCIM's words            rejected: what was sent is bad, and stays so
//	the same, type uniqueness       blocked: somebody else has the name, for now
//	the same, type tooMany          unavailable
//	400, in other JSON              blocked
//	401, 403                        unauthorized
//	402, 409, 422                   blocked: by a seat limit, or by what the service holds
//	413, in SCIM's words            rejected
//	429                             throttled
//	any other                       unavailable, for nothing is said about the user: 404
//	                                for a user whom we just saw, 412 for a lost race, a
//	                                redirect, a method that is missing, every 5xx
func (e *Error) Unwrap() error {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return reconcile.ErrUnauthorized
	case http.StatusTooManyRequests:
		return reconcile.ErrThrottled
	case http.StatusBadRequest:
		return e.badRequest()
	case http.StatusPaymentRequired, http.StatusConflict, http.StatusUnprocessableEntity:
		if e.form != page {
			return reconcile.ErrBlocked
		}
	case http.StatusRequestEntityTooLarge:
		if e.form == ofSCIM {
			return reconcile.ErrRejected
		}
	}
	return reconcile.ErrUnavailable
}

func (e *Error) badRequest() error {
	switch {
	case e.form == page || e.Type == scim.TooMany:
		return reconcile.ErrUnavailable
	case e.form == object || e.Type == scim.Uniqueness:
		return reconcile.ErrBlocked
	}
	return reconcile.ErrRejected
}

// again reports whether another attempt may well succeed in a moment. A redirect will not
// go away that fast, and neither will a missing method.
func (e *Error) again() bool {
	switch e.Status {
	case http.StatusTooManyRequests, http.StatusNotFound, http.StatusPreconditionFailed:
		return true
	}
	return e.Status >= 500 && e.Status != http.StatusNotImplemented
}
