package scimtest

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"time"
)

// Fault is what happens to one request. It answers in its own way, or calls next for
// the answer that the stand-in would have given.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// Delay answers late. The request takes effect even if the client has left.
func Delay(d time.Duration) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		time.Sleep(d)
		next.ServeHTTP(w, r)
	}
}

// Hang never answers. It ends when the client leaves or the server is closed.
func Hang() Fault {
	return func(_ http.ResponseWriter, r *http.Request, _ http.Handler) { <-r.Context().Done() }
}

// Throttle answers 429 with a Retry-After header, in seconds or as
// an HTTP date, or without one if it is "".
func Throttle(retryAfter string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		setRetryAfter(w, retryAfter)
		refuse(w, &refusal{Status: http.StatusTooManyRequests, Detail: "too many requests"})
	}
}

// ThrottlePlain is [Throttle] without JSON, as a gateway in front of the API
// answers.
func ThrottlePlain(retryAfter string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		setRetryAfter(w, retryAfter)
		http.Error(w, "slow down", http.StatusTooManyRequests)
	}
}

func setRetryAfter(w http.ResponseWriter, retryAfter string) {
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
	}
}

// Fail answers with a status and an error of SCIM's with that type, or without one if it
// is "". Its detail repeats the request, as those of some services do.
func Fail(status int, kind string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		refuse(w, &refusal{Status: status, Type: kind, Detail: "failed on demand: " + r.URL.String()})
	}
}

// FailPlain answers with a status and a page of HTML.
func FailPlain(status int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<html><body>%s</body></html>", http.StatusText(status))
	}
}

// FailGateway answers with a status and JSON that is not SCIM's, as API gateways and
// proxies do: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting.html
func FailGateway(status int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"message":%q}`, http.StatusText(status))
	}
}

// Redirect answers 307 with the given location.
func Redirect(location string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.Redirect(w, r, location, http.StatusTemporaryRedirect)
	}
}

// Reset cuts the connection instead of answering.
func Reset() Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { cut(w) }
}

// LoseAnswer lets the request take effect and cuts the connection instead of
// answering.
func LoseAnswer() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		cut(w)
	}
}

// cut ends a connection without an answer: over TCP with a reset.
func cut(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "scimtest: this connection cannot be cut: "+err.Error(), http.StatusInternalServerError)
		return
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	connection.Close()
}

// Garble lets the request take effect and answers with a page of HTML.
func Garble() Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<html><body>OK</body></html>")
	}
}

// FailAfter lets the request take effect and answers with a status.
func FailAfter(status int) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		refuse(w, &refusal{Status: status, Detail: "failed after its effect"})
	}
}
