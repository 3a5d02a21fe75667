package eventbus

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/smithy-go"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// Error is an answer of EventBridge's that is not a yes, to a whole request or to one
// entry of it.
type Error struct {
	// Code is EventBridge's error code, such as ThrottlingException.
	Code string
}

// Error names the code. EventBridge's message may repeat what was sent, so it is not in
// the text.
func (e *Error) Error() string {
	if !token.MatchString(e.Code) {
		return "eventbridge: no error code"
	}
	return "eventbridge: " + e.Code
}

// token is what error codes look like. Anything else is not repeated.
var token = regexp.MustCompile(`^[A-Za-z0-9_.]{1,64}$`)

// Unwrap returns what the answer means for a delivery, and is the only place that decides
// it. The codes are those of an entry and of all AWS services:
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html
//
//	codes                                 meaning
//	about the pace                        throttled
//	about permissions and credentials     unauthorized
//	about the bus or its account          blocked: it may come
//	about the entry or request            blocked: nothing in them is the user's own but
//	                                      JSON strings, so the fault may be ours
//	MalformedDetail                       rejected: it is about this very event
//	any other, or none                    unavailable
//
// To a bus that does not exist EventBridge mostly says yes, and drops the event.
// [Check] finds that out.
func (e *Error) Unwrap() error {
	switch e.Code {
	case "ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded":
		return reconcile.ErrThrottled
	case "AccessDeniedException", "AccessDenied", "NotAuthorized", "NotAuthorizedForSourceException", "NotAuthorizedForDetailTypeException",
		"UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature",
		"MissingAuthenticationToken", "MissingAuthenticationTokenException", "ExpiredToken", "ExpiredTokenException", "RequestExpired", "OptInRequired":
		return reconcile.ErrUnauthorized
	case "ResourceNotFoundException", "InvalidAccountIdException":
		return reconcile.ErrBlocked
	case "InvalidArgument", "ValidationException", "ValidationError", "InvalidParameterValue", "RequestEntityTooLarge", "RequestEntityTooLargeException":
		return reconcile.ErrBlocked
	case "MalformedDetail":
		return reconcile.ErrRejected
	}
	return reconcile.ErrUnavailable
}

// ErrNoBus is returned by [Check] for a bus that does not exist.
var ErrNoBus = errors.New("there is no such event bus")

// errUnanswered is the failure of an entry about which the answer says nothing.
var errUnanswered = fmt.Errorf("%w: eventbridge: the answer leaves the event out", reconcile.ErrUnavailable)

// errorOf returns an error of the SDK's in a form that may be logged and recorded.
func errorOf(err error) error {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return &Error{Code: api.ErrorCode()}
	}
	return fmt.Errorf("%w: eventbridge: no answer: %w", reconcile.ErrUnavailable, err)
}
