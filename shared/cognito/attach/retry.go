package attach

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// How an attempt is repeated: after a random part of a time that doubles from
// baseDelay to maxDelay. Cognito allows 15 updates a second in an account and
// Region, which other stacks share (Cognito developer guide, Quotas).
const (
	maxAttempts = 8
	baseDelay   = 500 * time.Millisecond
	maxDelay    = 10 * time.Second
)

// retry calls try until it succeeds, fails with an error that is not worth another
// try, or the context ends; then it returns the last error.
func retry(ctx context.Context, worth func(error) bool, try func() error) error {
	for n := 0; ; n++ {
		err := try()
		if err == nil || n+1 == maxAttempts || !worth(err) {
			return err
		}
		pause := time.NewTimer(rand.N(min(maxDelay, baseDelay<<n)))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return err
		}
	}
}

// transient reports whether trying again may help and cannot harm.
func transient(err error) bool {
	if errors.Is(err, ErrChanged) {
		return false
	}
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	switch api.ErrorCode() {
	case "ConcurrentModificationException", // somebody else updates the pool
		"TooManyRequestsException",
		"InternalErrorException",
		"AccessDeniedException": // the policy of a new role takes seconds to reach every server
		return true
	}
	return false
}

// refused reports whether Cognito answered a request and did not carry it out.
func refused(err error) bool {
	response, ok := errors.AsType[*smithyhttp.ResponseError](err)
	return ok && response.HTTPStatusCode() >= http.StatusBadRequest && response.HTTPStatusCode() < http.StatusInternalServerError
}
