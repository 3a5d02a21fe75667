package outbound_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
)

var (
	errPassing = errors.New("passes in a moment")
	errLasting = errors.New("lasts")
)

// TestRetry shows at what times attempts are made, and which one's result is returned.
// Without a delay of the answer's own the next is made after 1, 2 and 4 s.
func TestRetry(t *testing.T) {
	const second = time.Second
	asking := func(d time.Duration) error { return later{errPassing, d} }
	for _, tt := range []struct {
		name     string
		answers  []error
		deadline time.Duration // 0 for none
		want     []time.Duration
		result   int // the attempt whose result is returned, counted from 1
	}{
		{"a success", []error{nil}, 0, []time.Duration{0}, 1},
		{"a failure that lasts", []error{errLasting}, 0, []time.Duration{0}, 1},
		{"a success at the last attempt", []error{errPassing, errPassing, errPassing, nil}, 0, []time.Duration{0, second, 3 * second, 7 * second}, 4},
		{"failures without end", []error{errPassing, errPassing, errPassing, errPassing}, 0, []time.Duration{0, second, 3 * second, 7 * second}, 4},
		{"a failure that lasts after one that passes", []error{errPassing, errLasting}, 0, []time.Duration{0, second}, 2},
		{"a longer delay is asked for", []error{asking(5 * second), nil}, 0, []time.Duration{0, 5 * second}, 2},
		{"a shorter delay is asked for", []error{asking(0), nil}, 0, []time.Duration{0, second}, 2},
		{"a delay too long for us", []error{asking(5*second + 1)}, 0, []time.Duration{0}, 1},
		{"a delay too long for the context", []error{errPassing, errPassing}, 2 * second, []time.Duration{0, second}, 2},
		{"a delay as long as the context", []error{errPassing}, second, []time.Duration{0}, 1},
		{"held back at first", []error{reconcile.ErrHeldBack}, 0, []time.Duration{0}, 1},
		{"held back later", []error{errPassing, reconcile.ErrHeldBack}, 0, []time.Duration{0, second}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, began := t.Context(), time.Now()
				if tt.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.deadline)
					defer cancel()
				}
				var at []time.Duration
				got, err := outbound.Retry(ctx, doubling, passing, func() (int, error) {
					at = append(at, time.Since(began))
					return len(at), tt.answers[len(at)-1]
				})
				if !slices.Equal(at, tt.want) {
					t.Errorf("attempts at %v, want %v", at, tt.want)
				}
				if got != tt.result || !errors.Is(err, tt.answers[tt.result-1]) {
					t.Errorf("Retry = %d, %v, want what attempt %d brought", got, err, tt.result)
				}
			})
		})
	}
}

func doubling(attempt int) time.Duration { return time.Second << (attempt - 1) }

func passing(err error) bool { return errors.Is(err, errPassing) }

// Who leaves while we wait gets what there is.
func TestRetryEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(500*time.Millisecond, cancel)
		began, attempts := time.Now(), 0
		_, err := outbound.Retry(ctx, doubling, passing, func() (int, error) {
			attempts++
			return attempts, errPassing
		})
		if took := time.Since(began); attempts != 1 || !errors.Is(err, errPassing) || took != 500*time.Millisecond {
			t.Errorf("Retry = %v after %v and %d attempts, want the first one's error after 500ms", err, took, attempts)
		}
	})
}

func TestJittered(t *testing.T) {
	for attempt, longest := range map[int]time.Duration{
		1: 200 * time.Millisecond, 2: 400 * time.Millisecond, 3: 800 * time.Millisecond,
	} {
		seen := map[time.Duration]bool{}
		for range 100 {
			got := outbound.Jittered(attempt)
			if got < longest/2 || got > longest {
				t.Errorf("after attempt %d: got %v, want %v to %v", attempt, got, longest/2, longest)
			}
			seen[got] = true
		}
		if len(seen) < 2 {
			t.Errorf("after attempt %d: always the same delay", attempt)
		}
	}
}
