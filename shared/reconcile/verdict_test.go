package reconcile

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestVerdictOf(t *testing.T) {
	wrapped := func(err error) error { return fmt.Errorf("deliver: %w", err) }
	for _, tt := range []struct {
		name    string
		in      error
		want    Verdict
		refuses bool
	}{
		{"a yes", nil, Accepted, false},
		{"a no that stays", wrapped(ErrRejected), Rejected, true},
		{"a no that may pass", wrapped(ErrBlocked), Blocked, true},
		{"a no that may pass, of several", errors.Join(ErrRejected, ErrUnavailable, ErrBlocked), Blocked, true},
		{"down", wrapped(ErrUnavailable), Unavailable, false},
		{"busy", wrapped(ErrThrottled), Throttled, false},
		{"our own pace", wrapped(ErrHeldBack), Throttled, false},
		{"our key", wrapped(ErrUnauthorized), Unauthorized, false},
		{"our key, among other failures", errors.Join(ErrUnavailable, ErrUnauthorized), Unauthorized, false},
		{"no time left", wrapped(context.DeadlineExceeded), Unavailable, false},
		{"who knows", errors.New("?"), Unavailable, false},
		{"not let through", openError{1}, Unavailable, false},
	} {
		got := VerdictOf(tt.in)
		if got != tt.want || got.Refuses() != tt.refuses {
			t.Errorf("%s: VerdictOf = %s, refuses: %t; want %s, %t", tt.name, got, got.Refuses(), tt.want, tt.refuses)
		}
	}
}
