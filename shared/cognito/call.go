package cognito

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolsync/poolsync/shared/throttle"
)

const (
	// maxAttempts is how often a call that fails on Cognito's side is tried. With
	// the delays between them the attempts span up to three seconds.
	maxAttempts = 5
	// firstDelay is the longest delay after the first failure. It doubles with
	// each further one.
	firstDelay = 200 * time.Millisecond
	// attemptTimeout is how long one attempt may take: many times what a slow page
	// takes, so that only a dead connection reaches it.
	attemptTimeout = 10 * time.Second
	// throttlePause is about how long everybody waits after Cognito throttled a
	// call. Its quotas count requests a second.
	throttlePause = time.Second
)

// throttleCodes are the SDK's, without the one that in Cognito can mean that a
// resource has reached its limit.
var throttleCodes = func() retry.RetryableErrorCode {
	codes := maps.Clone(retry.DefaultThrottleErrorCodes)
	delete(codes, "LimitExceededException")
	return retry.RetryableErrorCode{Codes: codes}
}()

// transientErrors are failures of Cognito or of the connection to it.
var transientErrors = retry.IsErrorRetryables{
	retry.RetryableConnectionError{},
	retry.RetryableHTTPStatusCode{Codes: retry.DefaultRetryableHTTPStatusCodes},
	retry.RetryableErrorCode{Codes: map[string]struct{}{"InternalErrorException": {}, "RequestTimeout": {}}},
}

// call makes one call, at the quota's pace, until it succeeds, fails for a reason
// that repeating does not cure, or the context ends. It retries a throttled call as
// long as the context allows, at a rate that gives way; a failure of Cognito's,
// quota.attempts times in all.
func call[In, Out any](
	ctx context.Context, q quota, what string,
	do func(context.Context, *In, ...func(*cip.Options)) (*Out, error), in *In,
) (*Out, error) {
	var last error // the previous attempt's
	for failed := 0; ; {
		if err := q.limiter.Wait(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", what, outOfTime(err, last))
		}
		out, err := attempt(ctx, do, in)
		switch {
		case err == nil:
			return out, nil
		case ctx.Err() != nil:
			return nil, fmt.Errorf("%s: %w", what, outOfTime(context.Cause(ctx), last))
		case throttleCodes.IsErrorRetryable(err).Bool():
			q.limiter.Backoff(jitter(throttlePause))
			last = fmt.Errorf("%w: %w", ErrThrottled, plain(err))
		case errors.Is(err, errAttemptTimeout) || transientErrors.IsErrorRetryable(err).Bool():
			last = fmt.Errorf("%w: %w", ErrUnavailable, plain(err))
			if failed++; failed >= q.attempts || !sleep(ctx, backoff(failed)) {
				return nil, fmt.Errorf("%s: %w", what, last)
			}
		default:
			return nil, fmt.Errorf("%s: %w", what, plain(err))
		}
	}
}

// errAttemptTimeout is the cause when attemptTimeout ends an attempt.
var errAttemptTimeout = fmt.Errorf("no answer within %s", attemptTimeout)

// attempt makes a call once.
func attempt[In, Out any](
	ctx context.Context, do func(context.Context, *In, ...func(*cip.Options)) (*Out, error), in *In,
) (*Out, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, attemptTimeout, errAttemptTimeout)
	defer cancel()
	out, err := do(ctx, in)
	if err != nil && errors.Is(context.Cause(ctx), errAttemptTimeout) {
		return nil, errAttemptTimeout
	}
	return out, err
}

// outOfTime returns why a call ended without an answer. The previous attempt's error
// says more than that the time is up; a turn that our own rate limit would give too
// late is throttling as well.
func outOfTime(err, last error) error {
	switch {
	case last != nil:
		return fmt.Errorf("%w (then: %w)", last, err)
	case errors.Is(err, throttle.ErrDeadline):
		return fmt.Errorf("%w: %w", ErrThrottled, err)
	}
	return err
}

// backoff returns the delay after so many failures.
func backoff(failed int) time.Duration {
	return rand.N(firstDelay << (failed - 1))
}

// jitter returns d give or take half, so that calls refused together do not come back
// together.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d)
}

// sleep waits for d and reports whether the context lasted. It does not begin a wait
// that would outlast the context.
func sleep(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return false
	}
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
