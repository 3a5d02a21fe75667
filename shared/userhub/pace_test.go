package userhub_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/throttle"
	"github.com/poolsync/poolsync/shared/userhub"
)

// TestRetryAfterHoldsEverybody shows that an answer that asks one delivery to wait
// holds back everybody who shares the pacer.
func TestRetryAfterHoldsEverybody(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { checkRetryAfter(t, status) })
		})
	}
}

func checkRetryAfter(t *testing.T, status int) {
	start := time.Now()
	var requests atomic.Int32
	answers := roundTripper(func(*http.Request) (*http.Response, error) {
		answer := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}
		switch n := requests.Add(1); {
		case n == 1:
			answer.StatusCode = status
			answer.Header.Set("Retry-After", "3")
		case time.Since(start) < 3*time.Second:
			t.Errorf("request %d after %v, want none in the 3 s that were asked for", n, time.Since(start))
		}
		return answer, nil
	})
	client := userhub.NewClient(staticKey("k"), "conn_test", userhub.WithTransport(answers), userhub.WithPacer(throttle.New(100)))
	done := make(chan error)
	for range 5 {
		go func() {
			_, err := client.Deliver(t.Context(), delivery(directory.Changed, "jane", true))
			done <- err
		}()
		synctest.Wait()
	}
	for range 5 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// pauses is a pacer that notes the pauses it is asked for.
type pauses []time.Duration

func (p *pauses) Wait(context.Context) error { return nil }
func (p *pauses) Backoff(d time.Duration)    { *p = append(*p, d) }

// TestPaceFollowsTheAnswer shows which answers slow down everybody, and for how long.
func TestPaceFollowsTheAnswer(t *testing.T) {
	tests := []struct {
		name       string
		status     int
		retryAfter string
		want       pauses
	}{
		{"a success", 200, "", nil},
		{"a refusal of one user", 400, "3", nil},
		{"a failure", 503, "", nil},
		{"a failure that says when to come back", 503, "3", pauses{3 * time.Second}},
		{"a slower pace", 429, "3", pauses{3 * time.Second}},
		{"a slower pace that is not given", 429, "", pauses{time.Second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				status, header := tt.status, http.Header{}
				if tt.retryAfter != "" {
					header.Set("Retry-After", tt.retryAfter)
				}
				answers := roundTripper(func(*http.Request) (*http.Response, error) {
					body := `{"code":"INVALID_ARGUMENT","param":"email"}`
					if status != http.StatusBadRequest {
						body = "{}"
					}
					answer := &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body))}
					status, header = http.StatusOK, http.Header{}
					return answer, nil
				})
				var got pauses
				client := userhub.NewClient(staticKey("k"), "conn_test", userhub.WithTransport(answers), userhub.WithPacer(&got))
				client.Deliver(t.Context(), delivery(directory.SignIn, "jane", false))
				if !slices.Equal(got, tt.want) {
					t.Errorf("everybody rests for %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// TestTurnAfterTheDeadline shows that a delivery whose turn comes too late fails at
// once, and may be tried again.
func TestTurnAfterTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pacer := throttle.New(100)
		pacer.Backoff(time.Minute)
		nobody := roundTripper(func(*http.Request) (*http.Response, error) {
			t.Error("a request went out before its turn")
			return nil, errors.New("no network")
		})
		client := userhub.NewClient(staticKey("k"), "conn_test", userhub.WithTransport(nobody), userhub.WithPacer(pacer))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		_, err := client.Deliver(ctx, delivery(directory.SignIn, "jane", false))
		if !errors.Is(err, reconcile.ErrHeldBack) || time.Since(start) > 0 {
			t.Errorf("Deliver = %v after %v, want ErrHeldBack at once", err, time.Since(start))
		}
	})
}

// TestNoTurnToRepeat shows that a delivery that gets no turn to be retried fails with
// what UserHub said.
func TestNoTurnToRepeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
		})
		client := userhub.NewClient(staticKey("k"), "conn_test", userhub.WithTransport(answers),
			userhub.WithPacer(throttle.New(100, throttle.PerMinute(1))))
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := client.Deliver(ctx, delivery(directory.SignIn, "jane", false))
		if _, answered := errors.AsType[*userhub.Error](err); !answered || !errors.Is(err, reconcile.ErrUnavailable) {
			t.Errorf("Deliver = %v, want UserHub's answer", err)
		}
	})
}
