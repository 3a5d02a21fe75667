package scimtest

import (
	"net/http"
	"net/http/httptest"
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

// Throttle answers 429 with a Retry-After header, in seconds or as
// an HTTP date, or without one if it is "".
func Throttle(retryAfter string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		nettest.SetRetryAfter(w, retryAfter)
		refuse(w, &refusal{Status: http.StatusTooManyRequests, Detail: "too many requests"})
	}
}

// ThrottlePlain is [nettest.ThrottlePlain]: [Throttle] without JSON.
func ThrottlePlain(retryAfter string) Fault { return nettest.ThrottlePlain(retryAfter) }

// Fail answers with a status and an error of SCIM's with that type, or without one if it
// is "". Its detail repeats the request, as those of some services do.
func Fail(status int, kind string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		refuse(w, &refusal{Status: status, Type: kind, Detail: "failed on demand: " + r.URL.String()})
	}
}

// FailPlain is [nettest.FailPlain]: a status and a page of HTML.
func FailPlain(status int) Fault { return nettest.FailPlain(status) }

// FailGateway is [nettest.FailGateway]: a status and JSON that is not SCIM's.
func FailGateway(status int) Fault { return nettest.FailGateway(status) }

// Redirect is [nettest.Redirect]: a 307 with the given location.
func Redirect(location string) Fault { return nettest.Redirect(location) }

// Reset is [nettest.Reset]: the connection is cut instead of an answer.
func Reset() Fault { return nettest.Reset() }

// LoseAnswer is [nettest.LoseAnswer]: the request takes effect, and the connection is cut.
func LoseAnswer() Fault { return nettest.LoseAnswer() }

// Garble is [nettest.Garble]: the request takes effect, and the answer is a page of HTML.
func Garble() Fault { return nettest.Garble() }

// FailAfter lets the request take effect and answers with a status.
func FailAfter(status int) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		refuse(w, &refusal{Status: status, Detail: "failed after its effect"})
	}
}
