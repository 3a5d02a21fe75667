package outbound

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// noAnswer is a request that brought no answer.
type noAnswer struct{ cause error }

func (e *noAnswer) Error() string { return "no answer: " + e.cause.Error() }

func (e *noAnswer) Unwrap() []error { return []error{reconcile.ErrUnavailable, e.cause} }

// NoAnswer is the error for a request that failed with err and brought no answer. It may
// have taken effect. The error wraps [reconcile.ErrUnavailable] and names no address.
func NoAnswer(err error) error { return &noAnswer{WithoutURL(err)} }

// IsNoAnswer reports whether err is a [NoAnswer], or wraps one.
func IsNoAnswer(err error) bool {
	_, ok := errors.AsType[*noAnswer](err)
	return ok
}

// WithoutURL drops the address from an error of net/http or net/url: it may name a user.
func WithoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// ParseRetryAfter reads the Retry-After header in both its forms, seconds and a date (RFC
// 9110, section 10.2.3: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3). It
// compares a date with the sender's own clock, if the answer tells it, else with now. A
// date in the past is a delay of zero. It returns nil if the header is missing or
// unreadable.
func ParseRetryAfter(header http.Header, now time.Time) *time.Duration {
	text := header.Get("Retry-After")
	var delay time.Duration
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		delay = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(text); err == nil {
		if sent, err := http.ParseTime(header.Get("Date")); err == nil {
			now = sent
		}
		delay = max(date.Sub(now), 0)
	} else {
		return nil
	}
	return &delay
}
