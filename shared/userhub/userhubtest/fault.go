package userhubtest

import (
	"net/http"
	"time"

	"github.com/poolsync/poolsync/shared/nettest"
)

// Fault is what happens to one request. It answers in its own way, or calls next for
// the answer that the stand-in would have given.
type Fault = nettest.Fault

// Delay is [nettest.Delay]: the answer comes late.
func Delay(d time.Duration) Fault { return nettest.Delay(d) }

// Hang is [nettest.Hang]: there is no answer.
func Hang() Fault { return nettest.Hang() }

// Throttle answers 429 RESOURCE_EXHAUSTED with a Retry-After header, in seconds or as
// an HTTP date, or without one if it is "".
func Throttle(retryAfter string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		nettest.SetRetryAfter(w, retryAfter)
		refuse(w, &apiError{status: http.StatusTooManyRequests, Code: "RESOURCE_EXHAUSTED", Message: "too many requests"})
	}
}

// ThrottlePlain is [nettest.ThrottlePlain]: [Throttle] without JSON.
func ThrottlePlain(retryAfter string) Fault { return nettest.ThrottlePlain(retryAfter) }

// Fail answers with a status and a JSON error of the given code.
func Fail(status int, code string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		refuse(w, &apiError{status: status, Code: code, Message: "failed on demand"})
	}
}

// FailPlain is [nettest.FailPlain]: a status and a page of HTML.
func FailPlain(status int) Fault { return nettest.FailPlain(status) }

// FailWithoutCode is [nettest.FailGateway]: a status and JSON that has no code.
func FailWithoutCode(status int) Fault { return nettest.FailGateway(status) }

// Redirect is [nettest.Redirect]: a 307 with the given location.
func Redirect(location string) Fault { return nettest.Redirect(location) }

// Reset is [nettest.Reset]: the connection is cut instead of an answer.
func Reset() Fault { return nettest.Reset() }

// LoseAnswer is [nettest.LoseAnswer]: the request takes effect, and the connection is cut.
func LoseAnswer() Fault { return nettest.LoseAnswer() }
