package outbound_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// A request without an answer may be made again, and names nobody in its error.
func TestNoAnswer(t *testing.T) {
	err := outbound.NoAnswer(&url.Error{Op: "Get", URL: "https://example.com/Users/jane", Err: io.ErrUnexpectedEOF})
	if got, want := err.Error(), "no answer: unexpected EOF"; got != want {
		t.Errorf("Error() = %q, want %q", got, want)
	}
	if !errors.Is(err, reconcile.ErrUnavailable) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v wraps not both its meaning and its cause", err)
	}
	if !outbound.IsNoAnswer(fmt.Errorf("create: %w", err)) {
		t.Error("a wrapped NoAnswer is not known as one")
	}
	if outbound.IsNoAnswer(nil) || outbound.IsNoAnswer(reconcile.ErrUnavailable) {
		t.Error("another error, or none, is taken for a NoAnswer")
	}
}

func TestParseRetryAfter(t *testing.T) {
	const sent = "Thu, 01 May 2025 12:00:00 GMT"
	now := time.Date(2025, 5, 1, 12, 0, 10, 0, time.UTC)
	delay := func(d time.Duration) *time.Duration { return &d }
	for _, tt := range []struct {
		name, value, date string
		want              *time.Duration
	}{
		{"missing", "", sent, nil},
		{"seconds", "120", sent, delay(2 * time.Minute)},
		{"zero", "0", sent, delay(0)},
		{"date", "Thu, 01 May 2025 12:00:30 GMT", sent, delay(30 * time.Second)},
		{"date in the past", "Thu, 01 May 2025 11:00:00 GMT", sent, delay(0)},
		{"date of a sender without a clock", "Thu, 01 May 2025 12:00:30 GMT", "", delay(20 * time.Second)},
		{"date of a sender whose clock is unreadable", "Thu, 01 May 2025 12:00:30 GMT", "noon", delay(20 * time.Second)},
		{"negative", "-1", sent, nil},
		{"fraction", "1.5", sent, nil},
		{"beyond measure", "99999999999999999999", sent, nil},
		{"nonsense", "soon", sent, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			header := http.Header{}
			if tt.value != "" {
				header.Set("Retry-After", tt.value)
			}
			if tt.date != "" {
				header.Set("Date", tt.date)
			}
			got := outbound.ParseRetryAfter(header, now)
			if (got == nil) != (tt.want == nil) || got != nil && *got != *tt.want {
				t.Errorf("got %v, want %v", shown(got), shown(tt.want))
			}
		})
	}
}

func shown(d *time.Duration) string {
	if d == nil {
		return "none"
	}
	return d.String()
}
