package ledger

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// answers is an HTTP client that gives one answer after another, the last one for
// ever, and counts.
type answers struct {
	bodies []string // "" for success
	calls  int
}

func (a *answers) Do(*http.Request) (*http.Response, error) {
	body := a.bodies[min(a.calls, len(a.bodies)-1)]
	a.calls++
	status := http.StatusBadRequest
	if body == "" {
		status, body = http.StatusOK, "{}"
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func TestClientRetries(t *testing.T) {
	const (
		throttled = `{"__type":"com.amazon.coral.availability#ThrottlingException"}`
		exceeded  = `{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}`
		refused   = `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}`
		invalid   = `{"__type":"com.amazon.coral.validate#ValidationException"}`
		success   = ""
	)
	for _, tt := range []struct {
		name   string
		bodies []string
		calls  int
		ok     bool
	}{
		{"success", []string{success}, 1, true},
		{"throttled for a moment", []string{throttled, exceeded, throttled, success}, 4, true},
		{"throttled for longer", []string{throttled}, 8, false},
		{"a condition that does not hold is an answer", []string{refused}, 1, false},
		{"a bad request stays bad", []string{invalid}, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				web := &answers{bodies: tt.bodies}
				client := NewClient(aws.Config{
					Region:      "us-east-1",
					Credentials: credentials.NewStaticCredentialsProvider("testing", "testing", ""),
					HTTPClient:  web,
				})
				began := time.Now()
				err := New(client, "ledger", "us-east-1_EXAMPLE01", "scim:1").Forget(t.Context(), sub, noon)
				if (err == nil) != tt.ok {
					t.Errorf("Forget error = %v, want success = %v", err, tt.ok)
				}
				if web.calls != tt.calls {
					t.Errorf("%d calls, want %d", web.calls, tt.calls)
				}
				if waited, most := time.Since(began), 6300*time.Millisecond; waited > most {
					t.Errorf("waited %v, want at most %v", waited, most)
				}
			})
		})
	}
}

func TestBackoff(t *testing.T) {
	for _, tt := range []struct {
		attempt int
		below   time.Duration
	}{
		{0, 100 * time.Millisecond},
		{1, 100 * time.Millisecond},
		{2, 200 * time.Millisecond},
		{5, 1600 * time.Millisecond},
		{6, 1600 * time.Millisecond},
		{100, 1600 * time.Millisecond},
	} {
		var longest time.Duration
		for range 1000 {
			delay, err := backoff(tt.attempt, nil)
			if err != nil || delay < 0 || delay >= tt.below {
				t.Fatalf("backoff(%d) = %v, %v, want a delay below %v", tt.attempt, delay, err, tt.below)
			}
			longest = max(longest, delay)
		}
		if longest < tt.below/2 {
			t.Errorf("backoff(%d): the longest of 1,000 delays is %v, want some above %v", tt.attempt, longest, tt.below/2)
		}
	}
}
