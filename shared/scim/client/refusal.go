package client

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
)

// answered reports whether err is an answer of the service's with one of the statuses.
func answered(err error, statuses ...int) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	for _, s := range statuses {
		if e.Status == s {
			return true
		}
	}
	return false
}

// duplicate reports whether err says that the service holds such a user already.
func duplicate(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Status == http.StatusConflict || e.Status == http.StatusBadRequest && e.Type == scim.Uniqueness)
}

// connectionError is a request that brought no answer. It may have taken effect.
type connectionError struct{ cause error }

func (e *connectionError) Error() string { return "no answer: " + e.cause.Error() }

func (e *connectionError) Unwrap() []error { return []error{reconcile.ErrUnavailable, e.cause} }

// newError reads an answer that is not a success.
func newError(status int, header http.Header, body []byte) *Error {
	e := &Error{Status: status, retryAfter: retryAfter(header, time.Now())}
	var said struct {
		scim.Error
		Oracle struct {
			MessageID string `json:"messageId"`
		} `json:"urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error"`
	}
	if json.Unmarshal(body, &said) != nil {
		return e
	}
	e.form = object
	if said.Valid() {
		e.form, e.Type, e.Code = ofSCIM, said.Type, said.Oracle.MessageID
	}
	return e
}

// retryAfter reads the Retry-After header in both its forms, seconds and a date (RFC 9110,
// section 10.2.3). It compares a date with the sender's own clock, if the answer tells it.
// It returns nil if the header is missing or unreadable.
func retryAfter(header http.Header, now time.Time) *time.Duration {
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
