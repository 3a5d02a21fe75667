package userhub

import (
	"encoding/json"
	"errors"
	"net/http"
)

// Refusal is an error that UserHub is told as it is. Any other error of a [Provider]
// reaches UserHub as INTERNAL, without its text.
type Refusal struct {
	// Code says what went wrong. NOT_FOUND tells UserHub that the user was
	// deleted: it is for a user proven absent, never for a failure.
	Code Code
	// Message may be shown to the person in front of UserHub's console. It names
	// the member at fault and the remedy, and holds no personal data.
	Message string
	// Err is the cause, for our log only. It may be nil.
	Err error
}

// Error describes the refusal and its cause.
func (r *Refusal) Error() string {
	text := string(r.Code) + ": " + r.Message
	if r.Err != nil {
		text += ": " + r.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// status is how the official SDKs answer a code. Most of what a general table
// distinguishes is 500 here.
func (c Code) status() int {
	switch c {
	case AlreadyExists, FailedPrecondition, InvalidArgument:
		return http.StatusBadRequest
	case NotFound:
		return http.StatusNotFound
	case ResourceExhausted:
		return http.StatusTooManyRequests
	case Unimplemented:
		return http.StatusNotImplemented
	default:
		return http.StatusInternalServerError
	}
}

// refuse turns an error into an answer.
func refuse(err error) Response {
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		r = &Refusal{Code: Internal, Message: "internal error"}
	}
	body, _ := json.Marshal(struct { // two strings: never fails
		Code    Code   `json:"code"`
		Message string `json:"message"`
	}{r.Code, r.Message})
	return answer(r.Code.status(), body)
}
