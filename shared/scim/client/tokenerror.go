package client

import (
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TokenError is an answer of the token endpoint's that is not a token.
type TokenError struct {
	// Status is the HTTP status code.
	Status int
	// Code is OAuth's error code, such as invalid_client (RFC 6749, section 5.2).
	Code string

	retryAfter *time.Duration
}

func newTokenError(e *oauth2.RetrieveError) *TokenError {
	return &TokenError{e.Response.StatusCode, e.ErrorCode, outbound.ParseRetryAfter(e.Response.Header, time.Now())}
}

// Error describes the answer without its text, which may repeat what was sent.
func (e *TokenError) Error() string {
	if token.MatchString(e.Code) {
		return fmt.Sprintf("token endpoint: status %d, %s", e.Status, e.Code)
	}
	return fmt.Sprintf("token endpoint: status %d", e.Status)
}

// RetryAfter returns the delay that the endpoint asked for, if it did.
func (e *TokenError) RetryAfter() (time.Duration, bool) {
	if e.retryAfter == nil {
		return 0, false
	}
	return *e.retryAfter, true
}

// Unwrap returns what the answer means for a delivery: 400, 401 and 403 are about our
// secret, or what it may do, and 429 about the pace.
func (e *TokenError) Unwrap() error {
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
		return reconcile.ErrUnauthorized
	case http.StatusTooManyRequests:
		return reconcile.ErrThrottled
	}
	return reconcile.ErrUnavailable
}
