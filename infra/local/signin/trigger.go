package signin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// How a trigger can refuse a sign-in, by the error code that Cognito's client gets.
var (
	// ErrUserLambdaValidation is returned when the function returned an error. The
	// person who signs in sees its text.
	ErrUserLambdaValidation = errors.New("UserLambdaValidationException")
	// ErrUnexpectedLambda is returned when the function could not be called, was
	// throttled, or did not answer in time.
	ErrUnexpectedLambda = errors.New("UnexpectedLambdaException")
	// ErrInvalidLambdaResponse is returned when the answer lacks the event's
	// request or response.
	ErrInvalidLambdaResponse = errors.New("InvalidLambdaResponseException")
)

// Cognito's contract with a trigger, which no setting of the function can change
// (https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html,
// "Important considerations").
const (
	triggerTimeout = 5 * time.Second // for each try
	triggerTries   = 3               // in total, if no answer comes
)

// Call is how the trigger was called.
type Call struct {
	Started time.Time     // the password was accepted
	Held    time.Duration // how long the person then waited for the trigger
	Tries   int
	Cold    bool // the answer came from an instance that had to start
}

// callTrigger calls a function with an event until it answers, three times at most. It
// retries only a call without an answer; every other failure is final.
func callTrigger(ctx context.Context, functions Invoker, trigger, function string, event []byte) (Call, error) {
	call := Call{Started: time.Now()}
	var err error
	for again := true; again; again = errors.Is(err, context.DeadlineExceeded) && call.Tries < triggerTries && ctx.Err() == nil {
		call.Tries++
		call.Cold, err = tryTrigger(ctx, functions, trigger, function, event)
	}
	call.Held = time.Since(call.Started)
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("%w: %s did not answer: %w", ErrUnexpectedLambda, trigger, err)
	}
	return call, err
}

func tryTrigger(ctx context.Context, functions Invoker, trigger, function string, event []byte) (cold bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, triggerTimeout)
	defer cancel()
	result, err := functions.Invoke(ctx, function, event)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return false, err
	case err != nil:
		return false, fmt.Errorf("%w: %s: %w", ErrUnexpectedLambda, trigger, err)
	case result.FunctionError != "":
		return result.Cold, fmt.Errorf("%w: %s failed with error %s", ErrUserLambdaValidation, trigger, result.Error())
	case !completeAnswer(result.Payload):
		return result.Cold, fmt.Errorf("%w: %s", ErrInvalidLambdaResponse, trigger)
	}
	return result.Cold, nil
}

// completeAnswer reports whether an answer is an event with its two objects.
func completeAnswer(answer []byte) bool {
	var e struct{ Request, Response json.RawMessage }
	return json.Unmarshal(answer, &e) == nil && isObject(e.Request) && isObject(e.Response)
}

func isObject(value json.RawMessage) bool { return bytes.HasPrefix(value, []byte("{")) }
