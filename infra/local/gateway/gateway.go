// Package gateway stands in for API Gateway: it puts a function behind an HTTP
// address, like an HTTP API whose only route is $default, and uses API Gateway's
// payload format 2.0
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).
//
// Unlike API Gateway, it has no TLS, no authorizers, no throttling and no access log.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/poolsync/poolsync/infra/local/lambdahost"
)

const (
	// maxBody is the largest request body that an HTTP API takes. Lambda's limit of
	// 6 MB for the whole event, often with the body in base64, is reached first.
	maxBody = 10 << 20
	// integrationTimeout is how long an HTTP API waits for a function at most
	// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html).
	integrationTimeout = 30 * time.Second
)

// Invoker invokes functions. A [lambdahost.Host] is one.
type Invoker interface {
	Invoke(ctx context.Context, name string, payload []byte) (lambdahost.Result, error)
}

// Gateway is an HTTP API on a loopback port.
type Gateway struct {
	// URL is its address, without a slash at the end.
	URL  string
	http *http.Server
}

// Start serves the named function on a free loopback port until the gateway is closed.
// You may deploy the function later; until then, each request fails.
func Start(functions Invoker, function string) (*Gateway, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the API gateway: %w", err)
	}
	g := &Gateway{URL: "http://" + listener.Addr().String(), http: &http.Server{Handler: Handler(functions, function)}}
	go g.http.Serve(listener)
	return g, nil
}

// Close stops listening and cuts every connection.
func (g *Gateway) Close() error { return g.http.Close() }

// Handler serves HTTP requests by invoking the named function.
func Handler(functions Invoker, function string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
			fail(w, http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil {
			fail(w, http.StatusBadRequest)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), integrationTimeout)
		defer cancel()
		result, err := functions.Invoke(ctx, function, newEvent(r, body))
		switch {
		case errors.Is(err, lambdahost.ErrTooLarge):
			fail(w, http.StatusRequestEntityTooLarge)
		case ctx.Err() != nil:
			fail(w, http.StatusServiceUnavailable)
		case err != nil || result.FunctionError != "" || !write(w, result.Payload):
			fail(w, http.StatusInternalServerError)
		}
	})
}

// fail answers as API Gateway does if the function gives no usable answer.
func fail(w http.ResponseWriter, status int) {
	text := http.StatusText(status)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"message":%q}`, text)
}
