package throttle

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWait(t *testing.T) {
	tests := []struct {
		name    string
		limiter func() *Limiter
		ask     []float64 // when callers ask, in seconds
		want    []float64 // when they pass
	}{
		{
			name:    "evenly spaced",
			limiter: func() *Limiter { return New(10) },
			ask:     []float64{0, 0, 0, 0, 0},
			want:    []float64{0, 0.1, 0.2, 0.3, 0.4},
		},
		{
			name:    "slower than one a second",
			limiter: func() *Limiter { return New(0.5) },
			ask:     []float64{0, 0, 0},
			want:    []float64{0, 2, 4},
		},
		{
			name:    "a late start is made up for",
			limiter: func() *Limiter { return New(10) },
			ask:     []float64{0, 0.15, 0.15, 0.15},
			want:    []float64{0, 0.15, 0.2, 0.3},
		},
		{
			name:    "a quiet spell is not",
			limiter: func() *Limiter { return New(10) },
			ask:     []float64{0, 5, 5, 5},
			want:    []float64{0, 5, 5.1, 5.2},
		},
		{
			name:    "burst after a quiet spell only",
			limiter: func() *Limiter { return New(10, Burst(3)) },
			ask:     []float64{0, 0, 0, 0, 0, 5, 5, 5, 5},
			want:    []float64{0, 0, 0, 0.1, 0.2, 5, 5, 5, 5.1},
		},
		{
			name:    "per minute",
			limiter: func() *Limiter { return New(1, PerMinute(3)) },
			ask:     []float64{0, 0, 0, 0, 0, 0, 0},
			want:    []float64{0, 1, 2, 60, 61, 62, 120},
		},
		{
			name:    "per minute, in any 60 seconds",
			limiter: func() *Limiter { return New(1, PerMinute(2)) },
			ask:     []float64{0, 50, 55, 65},
			want:    []float64{0, 50, 60, 110},
		},
		{
			name:    "burst below one means one",
			limiter: func() *Limiter { return New(1, Burst(0), PerMinute(-1)) },
			ask:     []float64{0, 0},
			want:    []float64{0, 1},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := passes(t, tt.limiter(), tt.ask)
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("passed at, in seconds (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestWaitPaused(t *testing.T) {
	tests := []struct {
		name string
		slow func(l *Limiter) // called at 0.15 s, while a caller waits
		want []float64
	}{
		{
			name: "backing off pauses and halves the rate",
			slow: func(l *Limiter) { l.Backoff(2 * time.Second) },
			want: []float64{0, 0.1, 2.15, 2.35, 2.549},
		},
		{
			name: "a shorter pause does not cut a longer one short",
			slow: func(l *Limiter) { l.Backoff(10 * time.Second); l.Backoff(time.Second) },
			want: []float64{0, 0.1, 10.15, 10.35, 10.549},
		},
		{
			name: "a pause of nothing holds nobody, and halves the rate all the same",
			slow: func(l *Limiter) { l.Backoff(0); l.Backoff(-time.Second) },
			want: []float64{0, 0.1, 0.2, 0.4, 0.6},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := New(10)
				time.AfterFunc(150*time.Millisecond, func() { tt.slow(l) })
				got := passes(t, l, make([]float64, len(tt.want)))
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("passed at, in seconds (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestBackoffRate(t *testing.T) {
	tests := []struct {
		name string
		at   []float64 // when the service complains, in seconds; each pauses for 2 s
		look float64   // when the rate is looked at
		want float64   // of 16 a second
	}{
		{name: "never", look: 0, want: 16},
		{name: "once", at: []float64{0}, look: 0, want: 8},
		{name: "no recovery during the pause", at: []float64{0}, look: 2, want: 8},
		{name: "recovering", at: []float64{0}, look: 17, want: 12},
		{name: "recovered", at: []float64{0}, look: 32, want: 16},
		{name: "never more than full", at: []float64{0}, look: 1000, want: 16},
		{name: "one signal", at: []float64{0, 0, 0.5, 1.9}, look: 1.9, want: 8},
		{name: "two signals", at: []float64{0, 2}, look: 2, want: 4},
		{name: "not below the floor", at: []float64{0, 2, 4, 6, 8, 10, 12}, look: 12, want: 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, start := New(16), time.Now()
				for _, at := range tt.at {
					time.Sleep(time.Until(start.Add(seconds(at))))
					l.Backoff(2 * time.Second)
				}
				time.Sleep(time.Until(start.Add(seconds(tt.look))))
				if got := l.rate.at(time.Now()); math.Abs(got-tt.want) > 0.1 {
					t.Errorf("rate = %v, want %v", got, tt.want)
				}
			})
		})
	}
}

func TestWaitDeadline(t *testing.T) {
	tests := []struct {
		name     string
		limiter  func() *Limiter
		ahead    int           // callers who are already waiting
		deadline time.Duration // of the caller who asks last
		wantErr  error
	}{
		{name: "in time", limiter: func() *Limiter { return New(1) }, ahead: 3, deadline: 3001 * time.Millisecond},
		{name: "too late", limiter: func() *Limiter { return New(1) }, ahead: 3, deadline: 3 * time.Second, wantErr: ErrDeadline},
		{name: "burst in time", limiter: func() *Limiter { return New(1, Burst(3)) }, ahead: 3, deadline: 1001 * time.Millisecond},
		{name: "per minute too late", limiter: func() *Limiter { return New(100, PerMinute(2)) }, ahead: 2, deadline: 59 * time.Second, wantErr: ErrDeadline},
		{name: "paused too long", limiter: paused, deadline: time.Minute, wantErr: ErrDeadline},
		{name: "paused and in time", limiter: paused, deadline: time.Hour},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := tt.limiter()
				for range tt.ahead {
					go l.Wait(t.Context())
				}
				synctest.Wait()
				asked := time.Now()
				ctx, cancel := context.WithDeadline(t.Context(), asked.Add(tt.deadline))
				defer cancel()
				err := l.Wait(ctx)
				if !errors.Is(err, tt.wantErr) {
					t.Errorf("Wait() = %v, want %v", err, tt.wantErr)
				}
				if took := time.Since(asked); err != nil && took != 0 {
					t.Errorf("Wait() failed after %v, want at once", took)
				}
			})
		})
	}
}

// A pause that begins while callers wait is noticed by those whom it makes late.
func TestWaitDeadlineOverrunByPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, start := New(1), time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		errs := make(chan error)
		for range 3 {
			go func() { errs <- l.Wait(ctx) }()
		}
		if err := <-errs; err != nil {
			t.Fatalf("first Wait() = %v, want nil", err)
		}
		synctest.Wait() // one at the head of the queue, one behind
		l.Backoff(time.Minute)
		for range 2 {
			if err := <-errs; !errors.Is(err, ErrDeadline) {
				t.Errorf("Wait() = %v, want %v", err, ErrDeadline)
			}
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("Wait() failed after %v, want at once", took)
		}
	})
}

// A pause that begins while callers wait holds all of them, however long they have
// waited, and so does one without a deadline.
func TestWaitThroughPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, start := New(1), time.Now()
		done := make(chan time.Duration, 3)
		for range cap(done) {
			go func() {
				if err := l.Wait(t.Context()); err != nil {
					t.Errorf("Wait() = %v, want nil", err)
				}
				done <- time.Since(start)
			}()
		}
		synctest.Wait()
		if len(done) != 1 {
			t.Fatalf("%d callers passed at once, want 1", len(done))
		}
		<-done
		l.Backoff(time.Minute)
		time.Sleep(59 * time.Second)
		l.Backoff(time.Minute)
		synctest.Wait()
		if len(done) != 0 {
			t.Fatalf("%d callers passed in the pause, want none", len(done))
		}
		for i, from := range []time.Duration{119 * time.Second, 120 * time.Second} {
			if got := <-done; got < from {
				t.Errorf("waiting caller %d passed after %v, want not before %v", i, got, from)
			}
		}
	})
}

// A context that has ended lets nobody through, though it were their turn.
func TestWaitAfterTheEnd(t *testing.T) {
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	l := New(1)
	if err := l.Wait(ctx); !errors.Is(err, gone) {
		t.Errorf("Wait() = %v, want %v", err, gone)
	}
	synctest.Test(t, func(t *testing.T) {
		l, start := New(1), time.Now()
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(gone)
		l.Wait(ctx)
		if err := l.Wait(t.Context()); err != nil || time.Since(start) != 0 {
			t.Errorf("the next Wait() = %v after %v, want nil at once", err, time.Since(start))
		}
	})
}

// However few a minute, and however many callers, no minute sees more.
func TestWaitPerMinute(t *testing.T) {
	for _, n := range []int{1, 2, 7} {
		synctest.Test(t, func(t *testing.T) {
			l := New(1000, PerMinute(n))
			var passed []time.Time
			for range 4 * n {
				if err := l.Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				passed = append(passed, time.Now())
			}
			for i := n; i < len(passed); i++ {
				if within := passed[i].Sub(passed[i-n]); within < time.Minute {
					t.Errorf("PerMinute(%d): callers %d to %d passed within %v", n, i-n, i, within)
				}
			}
			if took, want := passed[len(passed)-1].Sub(passed[0]), 3*time.Minute; took > want+time.Second {
				t.Errorf("PerMinute(%d): %d callers took %v, want %v", n, 4*n, took, want)
			}
		})
	}
}

// A caller who gives up, at the head of the queue or behind, costs the others nothing.
func TestWaitCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, start := New(1), time.Now()
		if err := l.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		gone := errors.New("gone")
		ctx, cancel := context.WithCancelCause(t.Context())
		errs := make(chan error)
		for range 2 {
			go func() { errs <- l.Wait(ctx) }()
		}
		synctest.Wait()
		cancel(gone)
		for range 2 {
			if err := <-errs; !errors.Is(err, gone) {
				t.Errorf("Wait() = %v, want %v", err, gone)
			}
		}
		if err := l.Wait(ctx); !errors.Is(err, gone) {
			t.Errorf("Wait() = %v, want %v", err, gone)
		}
		if err := l.Wait(t.Context()); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
		if got, want := time.Since(start), time.Second; got != want {
			t.Errorf("passed after %v, want %v", got, want)
		}
	})
}

func TestWaitNoRate(t *testing.T) {
	for _, perSecond := range []float64{0, -1, math.NaN()} {
		if err := New(perSecond).Wait(t.Context()); !errors.Is(err, ErrNoRate) {
			t.Errorf("New(%v).Wait() = %v, want %v", perSecond, err, ErrNoRate)
		}
	}
}

// passes asks the limiter at the given seconds from now and returns, in the order
// of asking, when each caller passed. It fails the test when a later caller
// overtakes an earlier one.
func passes(t *testing.T, l *Limiter, ask []float64) []float64 {
	t.Helper()
	start := time.Now()
	type pass struct {
		caller int
		at     float64
	}
	done := make(chan pass, len(ask))
	for i, at := range ask {
		time.Sleep(time.Until(start.Add(seconds(at))))
		go func() {
			if err := l.Wait(t.Context()); err != nil {
				t.Errorf("Wait() = %v, want nil", err)
			}
			done <- pass{i, time.Since(start).Round(time.Millisecond).Seconds()}
		}()
		synctest.Wait() // so that the next one asks after this one
	}
	var got []float64
	for i := range ask {
		p := <-done
		if p.caller != i {
			t.Errorf("caller %d passed in place %d", p.caller, i)
		}
		got = append(got, p.at)
	}
	return got
}

func paused() *Limiter {
	l := New(1)
	l.Backoff(30 * time.Minute)
	return l
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second))
}

func TestSetRate(t *testing.T) {
	for _, tt := range []struct {
		name    string
		from    float64
		limited bool
		to      float64
		want    float64
	}{
		{"faster", 4, false, 16, 16},
		{"slower", 16, false, 4, 4},
		{"while halved", 16, true, 4, 2},
		{"from none", 0, false, 4, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := New(tt.from)
				if tt.limited {
					l.Backoff(time.Second)
				}
				l.SetRate(tt.to)
				if got := l.rate.at(time.Now()); math.Abs(got-tt.want) > 0.01 {
					t.Errorf("rate = %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// TestSetRateWakes shows that who waits at a slow rate does not wait it out after
// the rate was raised.
func TestSetRateWakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, start := New(0.01), time.Now()
		if err := l.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() { done <- l.Wait(t.Context()) }()
		synctest.Wait()
		l.SetRate(100)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if got, want := time.Since(start), 10*time.Millisecond; got != want {
			t.Errorf("waited %v, want %v", got, want)
		}
	})
}
