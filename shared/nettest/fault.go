package nettest

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"time"
)

// Fault is what happens to one request to a stand-in. It answers in its own way, or calls
// next for the answer that the stand-in would have given. Those here know no protocol but
// HTTP.
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

// ThrottlePlain answers 429 with a line of text, as a gateway in front of an API does, and
// with a Retry-After header as [SetRetryAfter] writes it.
func ThrottlePlain(retryAfter string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		SetRetryAfter(w, retryAfter)
		http.Error(w, "slow down", http.StatusTooManyRequests)
	}
}

// SetRetryAfter writes a Retry-After header, in seconds or as an HTTP date, or none if it
// is "".
func SetRetryAfter(w http.ResponseWriter, retryAfter string) {
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
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

// FailGateway answers with a status and JSON that is no API's own, as API gateways and
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

// LoseAnswer lets the request take effect and cuts the connection instead of answering.
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
		http.Error(w, "nettest: this connection cannot be cut: "+err.Error(), http.StatusInternalServerError)
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
