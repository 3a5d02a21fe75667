package client

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/poolsync/poolsync/shared/outbound"
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

// newError reads an answer that is not a success.
func newError(status int, header http.Header, body []byte) *Error {
	e := &Error{Status: status, retryAfter: outbound.ParseRetryAfter(header, time.Now())}
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
