package main

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPlayCountsEveryCheck(t *testing.T) {
	broken := errors.New("broken")
	pass := scene{"passes", func(_ context.Context, s *stage) error { s.report.check(true, "as it should be"); return nil }}
	fail := scene{"fails", func(_ context.Context, s *stage) error { s.report.check(false, "not so"); return nil }}
	breaks := scene{"breaks", func(context.Context, *stage) error { return broken }}
	tests := []struct {
		name    string
		scenes  []scene
		want    string
		wantErr error
	}{
		{"all pass", []scene{pass, pass}, "\n1. passes\n   ok     as it should be\n\n2. passes\n   ok     as it should be\n\ndemo: 2 checks passed, 0 failed\n", nil},
		{"one fails", []scene{fail, pass}, "\n1. fails\n   FAILED not so\n\n2. passes\n   ok     as it should be\n\ndemo: 1 checks passed, 1 failed\n", errFailed},
		{"one breaks", []scene{breaks, pass}, "\n1. breaks\n   FAILED broken\n\n2. passes\n   ok     as it should be\n\ndemo: 1 checks passed, 1 failed\n", errFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			s := &stage{report: newReport(&out)}
			if err := play(t.Context(), s, tt.scenes); err != nil {
				t.Fatal(err)
			}
			if err := s.report.end(); !errors.Is(err, tt.wantErr) {
				t.Errorf("got error %v, want %v", err, tt.wantErr)
			}
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlayEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	played := 0
	interrupt := scene{"interrupt", func(ctx context.Context, _ *stage) error {
		played++
		cancel()
		return ctx.Err()
	}}
	s := &stage{report: newReport(&bytes.Buffer{})}
	if err := play(ctx, s, []scene{interrupt, interrupt}); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v, want %v", err, context.Canceled)
	}
	if played != 1 || s.report.failed != 0 {
		t.Errorf("got %d scenes played and %d checks failed, want 1 and 0", played, s.report.failed)
	}
}

func TestDurations(t *testing.T) {
	ms := time.Millisecond
	tests := []struct {
		name string
		took []time.Duration
		want string
	}{
		{"none", nil, "   it took                              0 ms median,     0 ms slowest\n"},
		{"odd", []time.Duration{9 * ms, 2 * ms, 4 * ms}, "   it took                              4 ms median,     9 ms slowest\n"},
		{"seconds", []time.Duration{1200 * ms, 999 * ms}, "   it took                             1.2 s median,    1.2 s slowest\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			newReport(&out).durations("it took", tt.took)
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}
