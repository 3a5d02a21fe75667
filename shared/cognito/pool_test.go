package cognito

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
)

var _ Reader = (*cip.Client)(nil)

func TestEstimate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			pool *cognitotest.Pool
			want int
		}{
			{cognitotest.New(), 0},
			{cognitotest.New(cognitotest.Users(12)), 12},
			{cognitotest.New(cognitotest.Users(12), cognitotest.Estimate(600)), 600},
		} {
			if got, err := New(tt.pool, cognitotest.ID).Estimate(t.Context()); got != tt.want || err != nil {
				t.Errorf("Estimate() = %d, %v; want %d, nil", got, err, tt.want)
			}
		}
		if _, err := New(cognitotest.New(), "eu-west-1_OTHER").Estimate(t.Context()); err == nil {
			t.Error("Estimate() = nil for another pool, want an error")
		}
	})
}

// The SDK's client makes one attempt, whatever Cognito answers, and our errors say
// what it answered without the message, which can be personal data.
func TestNewClient(t *testing.T) {
	tests := []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{
			name: "throttled", status: 400,
			body: `{"__type":"TooManyRequestsException","message":"Rate exceeded"}`,
			want: "TooManyRequestsException (request 42)",
		},
		{
			name: "resource limit", status: 400,
			body: `{"__type":"LimitExceededException","message":"jane@example.com"}`,
			want: "LimitExceededException (request 42)",
		},
		{
			name: "failure", status: 500,
			body: `{"__type":"InternalErrorException","message":"jane@example.com"}`,
			want: "InternalErrorException (request 42)",
		},
		{
			name: "code that the model lacks", status: 400,
			body: `{"__type":"com.amazonaws#NoSuchThing","message":"jane@example.com"}`,
			want: "NoSuchThing (request 42)",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			requests := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.Copy(io.Discard, r.Body)
				requests++
				w.Header().Set("x-amzn-requestid", "42")
				w.WriteHeader(tt.status)
				io.WriteString(w, tt.body)
			}))
			defer server.Close()
			client := NewClient(aws.Config{
				Region:       "us-east-1",
				Credentials:  credentials.NewStaticCredentialsProvider("id", "secret", ""),
				BaseEndpoint: aws.String(server.URL),
			})
			_, err := client.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: aws.String("x")})
			if requests != 1 {
				t.Errorf("%d requests were made, want 1", requests)
			}
			if got := plain(err).Error(); got != tt.want {
				t.Errorf("plain() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestErrorsHoldNoPersonalData(t *testing.T) {
	const name = "jane@example.com"
	synctest.Test(t, func(t *testing.T) {
		pool := cognitotest.New()
		p := New(pool, cognitotest.ID)
		for _, fault := range []func() error{
			cognitotest.Denied, cognitotest.Internal, cognitotest.Unreachable, answer("InvalidParameterException"),
		} {
			pool.Fail(func(cognitotest.Call) error { return fault() })
			errs := []error{p.Walk(t.Context(), "a", ignore), p.WalkGroup(t.Context(), "g", ignore)}
			_, _, err := p.UserByName(t.Context(), name)
			errs = append(errs, err)
			_, err = p.Gone(t.Context(), "x", name)
			errs = append(errs, err)
			_, err = p.InGroups(t.Context(), name, nil)
			errs = append(errs, err)
			for _, err := range errs {
				if err == nil || strings.Contains(err.Error(), "@") {
					t.Errorf("error = %v, want one without an address", err)
				}
			}
		}
	})
}

// stale is a pool that ignores every filter.
type stale struct{ *cognitotest.Pool }

func (s *stale) ListUsers(ctx context.Context, in *cip.ListUsersInput, opts ...func(*cip.Options)) (*cip.ListUsersOutput, error) {
	all := *in
	all.Filter = nil
	return s.Pool.ListUsers(ctx, &all, opts...)
}

// A denied call is not repeated; neither is one that reached a limit.
func TestCallRepeatsOnlyWhatMayHelp(t *testing.T) {
	tests := []struct {
		fault func() error
		want  int
	}{
		{cognitotest.Denied, 1},
		{answer("LimitExceededException"), 1},
		{answer("InvalidParameterException"), 1},
		{answer("NotAuthorizedException"), 1},
		{cognitotest.Internal, maxAttempts},
		{cognitotest.Unreachable, maxAttempts},
	}
	for _, tt := range tests {
		t.Run(tt.fault().Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := cognitotest.New()
				pool.Fail(func(cognitotest.Call) error { return tt.fault() })
				_, err := New(pool, cognitotest.ID).Estimate(t.Context())
				if got := pool.Calls("DescribeUserPool"); err == nil || got != tt.want {
					t.Errorf("Estimate() = %v after %d calls, want an error after %d", err, got, tt.want)
				}
				if want := tt.want > 1; errors.Is(err, ErrUnavailable) != want {
					t.Errorf("Estimate() = %v, want %v: %t", err, ErrUnavailable, want)
				}
			})
		})
	}
}

// A throttled call waits for a while, and one that met a failure of Cognito's comes
// back a little later each time.
func TestCallWaitsBeforeItRepeats(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault func() error
		times int
		least time.Duration // for all repetitions together
	}{
		{"throttled", cognitotest.Throttled, 1, throttlePause / 2},
		{"internal error", cognitotest.Internal, maxAttempts - 1, 10 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := cognitotest.New(cognitotest.Users(1))
				left := tt.times
				pool.Fail(func(cognitotest.Call) error {
					if left == 0 {
						return nil
					}
					left--
					return tt.fault()
				})
				start := time.Now()
				if err := New(pool, cognitotest.ID, ListRate(1000)).Walk(t.Context(), "", ignore); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < tt.least {
					t.Errorf("repeated after %v in all, want at least %v", took, tt.least)
				}
			})
		})
	}
}

// A call whose time runs out after it was throttled says so: "too late" does not tell
// anybody what to slow down.
func TestCallThatRunsOutOfTimeSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := cognitotest.New(cognitotest.Users(1), cognitotest.Latency(2*time.Second))
		pool.Fail(func(c cognitotest.Call) error {
			if c.N == 1 {
				return cognitotest.Throttled()
			}
			return nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // within the second attempt
		defer cancel()
		_, _, err := New(pool, cognitotest.ID).User(ctx, "84e844c8-3041-70aa-1111-0123456789ab")
		if !errors.Is(err, ErrThrottled) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("User() = %v, want %v, then %v", err, ErrThrottled, context.DeadlineExceeded)
		}
	})
}
