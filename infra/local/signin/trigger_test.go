package signin

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/infra/local/lambdahost"
)

// functions answers one invocation after the other, and repeats the last answer.
type functions []func(context.Context) (lambdahost.Result, error)

func (f *functions) Invoke(ctx context.Context, _ string, _ []byte) (lambdahost.Result, error) {
	next := (*f)[0]
	if len(*f) > 1 {
		*f = (*f)[1:]
	}
	return next(ctx)
}

func answer(payload string) func(context.Context) (lambdahost.Result, error) {
	return func(context.Context) (lambdahost.Result, error) {
		return lambdahost.Result{Payload: []byte(payload)}, nil
	}
}

func refuse(err error) func(context.Context) (lambdahost.Result, error) {
	return func(context.Context) (lambdahost.Result, error) { return lambdahost.Result{}, err }
}

func hang(ctx context.Context) (lambdahost.Result, error) {
	<-ctx.Done()
	return lambdahost.Result{}, ctx.Err()
}

func fail(context.Context) (lambdahost.Result, error) {
	return lambdahost.Result{FunctionError: "Unhandled", Payload: []byte(`{"errorMessage":"no queue"}`)}, nil
}

func TestTriggerContract(t *testing.T) {
	const event = `{"version":"1","request":{"userAttributes":{}},"response":{}}`
	tests := []struct {
		name      string
		functions functions
		wantErr   error
		wantText  string
		wantTries int
		wantHeld  time.Duration
	}{
		{name: "answer", functions: functions{answer(event)}, wantTries: 1},
		{name: "answer at the second try", functions: functions{hang, answer(event)}, wantTries: 2, wantHeld: 5 * time.Second},
		{name: "answer at the third try", functions: functions{hang, hang, answer(event)}, wantTries: 3, wantHeld: 10 * time.Second},
		{
			name: "no answer", functions: functions{hang}, wantErr: ErrUnexpectedLambda,
			wantText: "PostAuthentication did not answer", wantTries: 3, wantHeld: 15 * time.Second,
		},
		{
			name: "throttled", functions: functions{refuse(lambdahost.ErrThrottled)}, wantErr: ErrUnexpectedLambda,
			wantText: "throttled", wantTries: 1,
		},
		{
			name: "function error", functions: functions{fail}, wantErr: ErrUserLambdaValidation,
			wantText: "PostAuthentication failed with error no queue", wantTries: 1,
		},
		{
			name: "function error after no answer", functions: functions{hang, fail}, wantErr: ErrUserLambdaValidation,
			wantTries: 2, wantHeld: 5 * time.Second,
		},
		{name: "no response", functions: functions{answer(`{"request":{}}`)}, wantErr: ErrInvalidLambdaResponse, wantTries: 1},
		{name: "no request", functions: functions{answer(`{"response":{}}`)}, wantErr: ErrInvalidLambdaResponse, wantTries: 1},
		{name: "null response", functions: functions{answer(`{"request":{},"response":null}`)}, wantErr: ErrInvalidLambdaResponse, wantTries: 1},
		{name: "null", functions: functions{answer(`null`)}, wantErr: ErrInvalidLambdaResponse, wantTries: 1},
		{name: "text", functions: functions{answer(`"done"`)}, wantErr: ErrInvalidLambdaResponse, wantTries: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				call, err := callTrigger(t.Context(), &tt.functions, "PostAuthentication", "f", []byte(event))
				if !errors.Is(err, tt.wantErr) || (tt.wantErr == nil) != (err == nil) {
					t.Errorf("got error %v, want %v", err, tt.wantErr)
				}
				if err != nil && !strings.Contains(err.Error(), tt.wantText) {
					t.Errorf("got error %v, want %q in it", err, tt.wantText)
				}
				if call.Tries != tt.wantTries || call.Held != tt.wantHeld {
					t.Errorf("got %d tries in %v, want %d in %v", call.Tries, call.Held, tt.wantTries, tt.wantHeld)
				}
			})
		})
	}
}

func TestTriggerEndsWithItsCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	call, err := callTrigger(ctx, &functions{hang}, "PostAuthentication", "f", nil)
	if !errors.Is(err, context.Canceled) || call.Tries > 1 {
		t.Errorf("got error %v after %d tries, want %v", err, call.Tries, context.Canceled)
	}
}
