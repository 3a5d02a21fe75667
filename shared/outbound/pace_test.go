package outbound_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/throttle"
)

// What requests can be paced by: one instance's limiter, or all instances' budget.
var (
	_ outbound.Pacer = (*throttle.Limiter)(nil)
	_ outbound.Pacer = (*throttle.Budget)(nil)
)

// pauses is a pacer that notes the pauses it is asked for. It fails with err, if there is
// one.
type pauses struct {
	err   error
	turns int
	rests []time.Duration
}

func (p *pauses) Wait(context.Context) error {
	p.turns++
	return p.err
}

func (p *pauses) Backoff(d time.Duration) { p.rests = append(p.rests, d) }

// later is an error that asks to come back later.
type later struct {
	error
	delay time.Duration
}

func (l later) RetryAfter() (time.Duration, bool) { return l.delay, true }

func (l later) Unwrap() error { return l.error }

// TestPaced shows which answers slow down everybody, and for how long.
func TestPaced(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer error
		want   []time.Duration
	}{
		{"a success", nil, nil},
		{"one user rejected", later{reconcile.ErrRejected, time.Minute}, nil},
		{"one user blocked", later{reconcile.ErrBlocked, time.Minute}, nil},
		{"a failure", reconcile.ErrUnavailable, nil},
		{"a failure that says when to come back", later{reconcile.ErrUnavailable, 3 * time.Second}, []time.Duration{3 * time.Second}},
		{"a slower pace", later{reconcile.ErrThrottled, 3 * time.Second}, []time.Duration{3 * time.Second}},
		{"a slower pace that is not given", reconcile.ErrThrottled, []time.Duration{time.Second}},
		// It may be wrong, or a proxy's.
		{"a slower pace for a day", later{reconcile.ErrThrottled, 24 * time.Hour}, []time.Duration{15 * time.Minute}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := &pauses{}
			if err := outbound.Paced(t.Context(), p, func() error { return tt.answer }); !errors.Is(err, tt.answer) {
				t.Errorf("Paced = %v, want %v", err, tt.answer)
			}
			if p.turns != 1 || !slices.Equal(p.rests, tt.want) {
				t.Errorf("after %d turns everybody rests for %v, want %v after one", p.turns, p.rests, tt.want)
			}
			if err := outbound.Paced(t.Context(), nil, func() error { return tt.answer }); !errors.Is(err, tt.answer) {
				t.Errorf("Paced without a pacer = %v, want %v", err, tt.answer)
			}
		})
	}
}

// Without a turn nothing is sent, and it is we who held it back.
func TestPacedWithoutATurn(t *testing.T) {
	p := &pauses{err: fmt.Errorf("reserve: %w", throttle.ErrDeadline)}
	err := outbound.Paced(t.Context(), p, func() error {
		t.Error("a request went out without its turn")
		return nil
	})
	if !errors.Is(err, reconcile.ErrHeldBack) || !errors.Is(err, throttle.ErrDeadline) {
		t.Errorf("Paced = %v, want it held back, and why", err)
	}
	if len(p.rests) > 0 {
		t.Errorf("everybody rests for %v because of our own pace", p.rests)
	}
}
