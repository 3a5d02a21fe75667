package main

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"
)

// TestTime shows how long checks take: together as long as the slowest, and none
// longer than its budget.
func TestTime(t *testing.T) {
	accessDenied := fmt.Errorf("call: %w", &smithy.GenericAPIError{Code: "AccessDeniedException"})
	hangs := func(ctx context.Context) finding {
		<-ctx.Done()
		return verdict(context.Cause(ctx), "")
	}
	takes := func(d time.Duration) func(context.Context) finding {
		return func(context.Context) finding {
			time.Sleep(d)
			return verdict(nil, "")
		}
	}
	deniedTimes := func(n int) func(context.Context) finding {
		return func(context.Context) finding {
			if n--; n >= 0 {
				return verdict(accessDenied, "")
			}
			return verdict(nil, "")
		}
	}
	tests := []struct {
		name  string
		tests []func(context.Context) finding
		want  result // of the last
		took  time.Duration
	}{
		{"side by side", []func(context.Context) finding{takes(3 * time.Second), takes(time.Second)}, passed, 3 * time.Second},
		{"one hangs", []func(context.Context) finding{takes(time.Second), hangs}, failed, budget},
		{"denied at first", []func(context.Context) finding{deniedTimes(3)}, passed, 3 * deniedPause},
		{"denied for good", []func(context.Context) finding{deniedTimes(1000)}, failed, 12 * deniedPause},
		{"failed otherwise", []func(context.Context) finding{func(context.Context) finding { return verdict(errBroken, "") }}, failed, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var checks []check
				for _, test := range tt.tests {
					checks = append(checks, check{name: tt.name, test: test})
				}
				began := time.Now()
				found := run(t.Context(), checks)
				if took := time.Since(began); took != tt.took || took > 30*time.Second {
					t.Errorf("took %s, want %s", took, tt.took)
				}
				if got := found[len(found)-1]; got.result != tt.want {
					t.Errorf("got %s because of %v, want %s", got.result, got.cause, tt.want)
				}
			})
		})
	}
}
