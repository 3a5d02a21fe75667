package cognito

import (
	"errors"
	"fmt"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// How reading from the pool and writing to it can fail. Every other error is one
// that Cognito does not document for the call, or the context's own.
var (
	// ErrThrottled is returned when neither the pool nor our share of its quota
	// had room within the context's deadline. The same call may succeed later.
	ErrThrottled = errors.New("throttled by the pool")
	// ErrUnavailable is returned when Cognito failed or could not be reached,
	// several times in a row. The same call may succeed later.
	ErrUnavailable = errors.New("pool unavailable")
	// ErrFilterRefused is returned when the pool does not honour a filter. If it
	// refused the filter, the error is [ErrInvalid] as well, because the value
	// may be at fault. If not, it answered with users that the filter excludes by
	// their sub, which is Cognito's fault alone. A walk without a prefix uses no
	// filter.
	ErrFilterRefused = reconcile.ErrFilterRefused
	// ErrNoGroup is returned for a group or a pool that does not exist: Cognito's answer
	// is the same.
	ErrNoGroup = reconcile.ErrNoGroup
	// ErrTokenRefused is returned when the pool does not accept a page token: it
	// is older than an hour, or was not issued for this listing. Start again at
	// the first page.
	ErrTokenRefused = errors.New("page token refused by the pool")
	// ErrUnexpected is returned for an answer that Cognito does not document, such
	// as a user without sub, or a listing that goes round in circles.
	ErrUnexpected = errors.New("unexpected answer of Cognito")
	// ErrNotFound is returned when there is no user of that name.
	ErrNotFound = errors.New("no such user in the pool")
	// ErrUnproven is returned by [Pool.Gone] and [Pool.SubOf] when Cognito's answer neither proves
	// nor disproves that a user is gone. Treat the user as present.
	ErrUnproven = errors.New("absence not proven")
	// ErrExists is returned when a user cannot be created because another one has
	// that user name, e-mail address or other alias.
	ErrExists = errors.New("user exists in the pool")
	// ErrConflict is returned when a user cannot be given an e-mail address or
	// another alias because it leads to another user.
	ErrConflict = errors.New("another user has this value")
	// ErrImmutable is returned when an attribute differs that the pool's schema
	// fixes on creation. The error that wraps it names the attribute.
	ErrImmutable = errors.New("attribute cannot be changed")
	// ErrInvalid is returned for a value that the pool does not accept. The error
	// that wraps it names the attribute, if that is known.
	ErrInvalid = errors.New("not accepted by the pool")
)

// failure is an error that Cognito answered with. Its text leaves out Cognito's
// message, which may repeat what was sent, such as an e-mail address; the request
// id finds it in CloudTrail. errors.As reaches the SDK's error.
type failure struct {
	code      string
	requestID string
	err       error
}

func (f *failure) Error() string {
	if f.requestID == "" {
		return f.code
	}
	return fmt.Sprintf("%s (request %s)", f.code, f.requestID)
}

func (f *failure) Unwrap() error { return f.err }

// plain returns an error of the SDK's in a form that may be logged.
func plain(err error) error {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return err // about the connection or the request's form, not its content
	}
	f := &failure{code: api.ErrorCode(), err: err}
	if r, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		f.requestID = r.ServiceRequestID()
	}
	return f
}

// hasCode reports whether Cognito answered with one of these error codes. Codes
// and not types, because some answers are not in the SDK's model of the operation.
func hasCode(err error, codes ...string) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	for _, c := range codes {
		if api.ErrorCode() == c {
			return true
		}
	}
	return false
}
