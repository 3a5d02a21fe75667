package userhub

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// Code is UserHub's general error code. The set is gRPC's:
// https://grpc.io/docs/guides/status-codes/
type Code string

// The codes by which the API and the webhook name what went wrong.
const (
	Cancelled          Code = "CANCELLED"
	Unknown            Code = "UNKNOWN"
	InvalidArgument    Code = "INVALID_ARGUMENT"
	DeadlineExceeded   Code = "DEADLINE_EXCEEDED"
	NotFound           Code = "NOT_FOUND"
	AlreadyExists      Code = "ALREADY_EXISTS"
	PermissionDenied   Code = "PERMISSION_DENIED"
	Unauthenticated    Code = "UNAUTHENTICATED"
	ResourceExhausted  Code = "RESOURCE_EXHAUSTED"
	FailedPrecondition Code = "FAILED_PRECONDITION"
	Aborted            Code = "ABORTED"
	OutOfRange         Code = "OUT_OF_RANGE"
	Unimplemented      Code = "UNIMPLEMENTED"
	Internal           Code = "INTERNAL"
	Unavailable        Code = "UNAVAILABLE"
	DataLoss           Code = "DATA_LOSS"
)

// Error is an answer of UserHub's that is not a success.
type Error struct {
	// Code says what went wrong. It is the body's; where the body has none, it is
	// derived from the status.
	Code Code `json:"code"`
	// Status is the HTTP status code.
	Status int `json:"-"`
	// Message is meant for developers. It may repeat what was sent, so it is in
	// no log.
	Message string `json:"message"`
	// Reason narrows the code down, such as USER_PENDING_DELETION.
	Reason string `json:"reason"`
	// Param is the path of the parameter at fault, such as userId.
	Param string `json:"param"`

	retryAfter *time.Duration
}

// Error describes the answer without anything that may be personal data.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "userhub: %s (status %d", e.Code, e.Status)
	if token.MatchString(e.Reason) {
		fmt.Fprintf(&b, ", reason %s", e.Reason)
	}
	if token.MatchString(e.Param) {
		fmt.Fprintf(&b, ", param %s", e.Param)
	}
	b.WriteString(")")
	return b.String()
}

// token is what reasons and parameter paths look like. Anything else is not
// repeated.
var token = regexp.MustCompile(`^[A-Za-z0-9_.\[\]]{1,64}$`)

// RetryAfter returns the delay that UserHub asked for, if it did.
func (e *Error) RetryAfter() (time.Duration, bool) {
	if e.retryAfter == nil {
		return 0, false
	}
	return *e.retryAfter, true
}

// Unwrap returns what the answer means for a delivery, and is the only place that
// decides it: by the code, which says more than the status. There are two exceptions,
// so that neither a bad key nor a wrong connection ever costs a user: the statuses
// 401 and 403 are about our key whatever the code says, and some answers are about
// the connection.
//
//	code                                  meaning
//	INVALID_ARGUMENT, naming a parameter  rejected: what was sent is bad, and stays so
//	INVALID_ARGUMENT, naming none         blocked: it may clash with what UserHub holds
//	ALREADY_EXISTS                        blocked: somebody else has the address, for now
//	FAILED_PRECONDITION, OUT_OF_RANGE     blocked: by gRPC's own words about the system's
//	                                      state, such as a limit of seats
//	NOT_FOUND                             blocked: what is missing may come
//	UNAUTHENTICATED, PERMISSION_DENIED    unauthorized
//	RESOURCE_EXHAUSTED                    throttled
//	any other, or none                    unavailable
func (e *Error) Unwrap() error {
	switch {
	case e.ofConnection():
		return reconcile.ErrUnavailable
	case e.refuses() && e.Code == InvalidArgument && e.Param != "":
		return reconcile.ErrRejected
	case e.refuses():
		return reconcile.ErrBlocked
	case e.ofKey():
		return reconcile.ErrUnauthorized
	case e.Code == ResourceExhausted:
		return reconcile.ErrThrottled
	}
	return reconcile.ErrUnavailable
}

// ofKey reports whether the answer is about our key.
func (e *Error) ofKey() bool {
	return e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden ||
		e.Code == Unauthenticated || e.Code == PermissionDenied
}

// refuses reports whether the answer refuses what was asked, with a key that counts.
func (e *Error) refuses() bool {
	switch e.Code {
	case InvalidArgument, NotFound, AlreadyExists, FailedPrecondition, OutOfRange:
		return !e.ofKey()
	}
	return false
}

// What UserHub names when a connection is at fault, and what it says of a user that
// it did not find, or that is marked for deletion.
const (
	paramConnection       = "connectionId"
	reasonUserNotFound    = "USER_NOT_FOUND"
	reasonUserPending     = "USER_PENDING_DELETION"
	reasonPendingDeletion = "PENDING_DELETION"
)

// ofConnection reports whether the answer refuses the connection, and so is about no
// user.
func (e *Error) ofConnection() bool {
	return e.refuses() && strings.HasSuffix(e.Param, paramConnection)
}

// userGone reports whether UserHub answers that it does not hold the user, or not for
// long.
func (e *Error) userGone() bool {
	return e.refuses() && !e.ofConnection() &&
		(e.Code == NotFound || e.Reason == reasonUserPending || e.Reason == reasonPendingDeletion)
}

// again reports whether the same request may well succeed in a moment. A redirect
// or a missing method will not go away that fast.
func (e *Error) again() bool {
	return e.Code == ResourceExhausted || e.Status >= 500 && e.Code != Unimplemented
}

// newError reads an answer that is not a success. The body is a JSON object; all its
// members are optional. An answer without a code of UserHub's may come from something
// in front of it, or from a wrong address: an API gateway answers {"message":"Not
// Found"}. Then only a status about the pace or the key means anything; the answer
// says nothing about a user, not even that one is gone.
func newError(response *http.Response, body io.Reader) *Error {
	e := &Error{Status: response.StatusCode, retryAfter: outbound.ParseRetryAfter(response.Header, time.Now())}
	if json.NewDecoder(body).Decode(e) == nil && e.Code.known() {
		return e
	}
	e.Code, e.Reason, e.Param = codeOf(response.StatusCode), "", ""
	if e.refuses() {
		e.Code = Unknown
	}
	return e
}

// known reports whether c says more than the status does. A code that is not in
// the set counts as UNKNOWN, as in the official SDKs.
func (c Code) known() bool {
	switch c {
	case Cancelled, InvalidArgument, DeadlineExceeded, NotFound, AlreadyExists,
		PermissionDenied, Unauthenticated, ResourceExhausted, FailedPrecondition,
		Aborted, OutOfRange, Unimplemented, Internal, Unavailable, DataLoss:
		return true
	}
	return false
}

// codeOf is the usual mapping between gRPC codes and HTTP, read backwards:
// https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto
func codeOf(status int) Code {
	switch status {
	case http.StatusBadRequest:
		return InvalidArgument
	case http.StatusUnauthorized:
		return Unauthenticated
	case http.StatusForbidden:
		return PermissionDenied
	case http.StatusNotFound:
		return NotFound
	case http.StatusConflict:
		return Aborted // or ALREADY_EXISTS: of the two the one that may pass
	case http.StatusTooManyRequests:
		return ResourceExhausted
	case http.StatusInternalServerError:
		return Internal
	case http.StatusNotImplemented:
		return Unimplemented
	case http.StatusServiceUnavailable:
		return Unavailable
	case http.StatusGatewayTimeout:
		return DeadlineExceeded
	default:
		return Unknown
	}
}
