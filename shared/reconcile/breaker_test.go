package reconcile

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

type targetFunc func(context.Context, Delivery) error

func (f targetFunc) Deliver(ctx context.Context, d Delivery) (Remote, error) {
	return Remote{ID: "r"}, f(ctx, d)
}

// TestBreaker steps through an outage: each row is one delivery at a time since
// the start, what the target would answer, and whether it is asked.
func TestBreaker(t *testing.T) {
	type step struct {
		at    time.Duration
		err   error
		asked bool
	}
	down := ErrUnavailable
	fiveDown := []step{{0, down, true}, {0, down, true}, {0, down, true}, {0, down, true}, {0, down, true}}
	for _, tt := range []struct {
		name  string
		steps []step
	}{
		{"a success in between starts the count anew", []step{
			{0, down, true}, {0, down, true}, {0, down, true}, {0, down, true}, {0, nil, true},
			{0, down, true}, {0, down, true}, {0, down, true}, {0, down, true}, {0, nil, true},
		}},
		{"opens after five, probes after five seconds, closes", append(fiveDown[:5:5],
			step{0, nil, false}, step{4999 * time.Millisecond, nil, false}, step{5 * time.Second, nil, true}, step{5 * time.Second, nil, true})},
		{"a failed probe doubles the pause", append(fiveDown[:5:5],
			step{5 * time.Second, down, true}, step{14 * time.Second, nil, false}, step{15 * time.Second, down, true},
			step{34 * time.Second, nil, false}, step{35 * time.Second, nil, true}, step{35 * time.Second, nil, true})},
		{"a rejected change is an answer", []step{
			{0, ErrRejected, true}, {0, ErrRejected, true}, {0, ErrRejected, true}, {0, ErrRejected, true}, {0, ErrRejected, true}, {0, nil, true},
		}},
		{"so is one that is blocked for now", []step{
			{0, ErrBlocked, true}, {0, ErrBlocked, true}, {0, ErrBlocked, true}, {0, ErrBlocked, true}, {0, ErrBlocked, true}, {0, nil, true},
		}},
		{"so is a request for a slower pace", []step{
			{0, ErrThrottled, true}, {0, ErrThrottled, true}, {0, ErrThrottled, true}, {0, ErrThrottled, true}, {0, ErrThrottled, true}, {0, nil, true},
		}},
		{"what was held back neither ends a row of failures", []step{
			{0, down, true}, {0, down, true}, {0, down, true}, {0, down, true}, {0, ErrHeldBack, true}, {0, down, true}, {0, nil, false},
		}},
		{"nor an outage", append(fiveDown[:5:5],
			step{5 * time.Second, ErrHeldBack, true}, step{5 * time.Second, down, true}, step{6 * time.Second, nil, false})},
		{"refused credentials are an outage", []step{
			{0, ErrUnauthorized, true}, {0, ErrUnauthorized, true}, {0, ErrUnauthorized, true}, {0, ErrUnauthorized, true}, {0, ErrUnauthorized, true}, {0, nil, false},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var answer error
				asked := false
				b := NewBreaker(targetFunc(func(context.Context, Delivery) error { asked = true; return answer }))
				start := time.Now()
				for i, s := range tt.steps {
					time.Sleep(s.at - time.Since(start)) // the test's own clock
					asked, answer = false, s.err
					remote, err := b.Deliver(t.Context(), Delivery{})
					if asked != s.asked {
						t.Fatalf("step %d at %v: target asked: %t, want %t", i, s.at, asked, s.asked)
					}
					if asked != (remote.ID == "r") {
						t.Errorf("step %d: the target's identifier is %q, asked: %t", i, remote.ID, asked)
					}
					if s.asked {
						if !errors.Is(err, s.err) {
							t.Errorf("step %d: error = %v, want %v", i, err, s.err)
						}
						continue
					}
					wait, ok := RetryAfter(err)
					if !errors.Is(err, ErrUnavailable) || !ok || wait <= 0 || wait > longestPause {
						t.Errorf("step %d: error = %v with a wait of %v, want ErrUnavailable with a wait", i, err, wait)
					}
				}
			})
		})
	}
}

// TestBreakerProbesAlone shows that of many changes waiting for the end of an
// outage, one is let through.
func TestBreakerProbesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		release := make(chan struct{})
		b := NewBreaker(targetFunc(func(context.Context, Delivery) error {
			if asked.Add(1) > tripAfter {
				<-release
			}
			return ErrUnavailable
		}))
		for range tripAfter {
			b.Deliver(t.Context(), Delivery{})
		}
		if _, wait := b.enter(); wait == 0 {
			t.Fatal("the breaker is not open after repeated failures")
		}
		time.Sleep(firstPause)
		for range 10 {
			go b.Deliver(t.Context(), Delivery{})
		}
		synctest.Wait()
		if got := asked.Load() - tripAfter; got != 1 {
			t.Errorf("%d changes let through as a probe, want 1", got)
		}
		close(release)
		synctest.Wait()
	})
}

// TestBreakerStragglers shows that changes which were on their way when the breaker
// opened, and are answered later, neither delay the probe nor let in a second one.
func TestBreakerStragglers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		early, late := make(chan error), make(chan error)
		answers := early
		b := NewBreaker(targetFunc(func(context.Context, Delivery) error {
			asked.Add(1)
			return <-answers
		}))
		deliver := func(n int) {
			for range n {
				go b.Deliver(t.Context(), Delivery{})
			}
			synctest.Wait()
		}
		answer := func(n int, to chan error, err error) {
			for range n {
				to <- err
			}
			synctest.Wait()
		}
		const stragglers = 3
		deliver(tripAfter + stragglers)
		answer(tripAfter, early, ErrUnavailable)
		time.Sleep(firstPause - time.Second) // the test's own clock
		answer(1, early, ErrUnavailable)
		time.Sleep(time.Second)
		answers = late
		deliver(1)
		answer(1, early, ErrUnavailable)
		deliver(1)
		if got := asked.Load() - tripAfter - stragglers; got != 1 {
			t.Errorf("%d changes let through after the first pause, want one probe", got)
		}
		answer(1, early, nil)
		answer(1, late, ErrUnavailable)
		if !b.until.IsZero() {
			t.Error("one failure after a success opened the breaker, want as many as at first")
		}
	})
}

// TestBreakerHourOfOutage counts what an hour of outage costs.
func TestBreakerHourOfOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		b := NewBreaker(targetFunc(func(context.Context, Delivery) error { asked++; return ErrUnavailable }))
		for start := time.Now(); time.Since(start) < time.Hour; time.Sleep(100 * time.Millisecond) {
			b.Deliver(t.Context(), Delivery{})
		}
		if asked > 75 {
			t.Errorf("the target was asked %d times in an hour of outage, want at most 75", asked)
		}
	})
}
