package userhub

import (
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
)

// Request is a request to the webhook, whoever received it.
type Request struct {
	Method string
	// Header has names in any case.
	Header http.Header
	// Query holds the parameters of the address.
	Query url.Values
	// Body is exactly what was sent: it is signed byte for byte.
	Body []byte
}

// Response is an answer of the webhook.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// GatewayRequest reads a request in the form in which API Gateway (payload format
// 2.0) and function URLs hand it over: header names in lower case, repeated
// headers joined with commas, and the body in base64 if they took it for binary
// (API Gateway developer guide, "Create AWS Lambda proxy integrations for HTTP
// APIs").
func GatewayRequest(method string, header map[string]string, query, body string, isBase64 bool) (Request, error) {
	r := Request{Method: method, Header: http.Header{}, Body: []byte(body)}
	for name, value := range header {
		r.Header.Add(name, value)
	}
	r.Query, _ = url.ParseQuery(query) // what is malformed is left out, as in net/http
	if isBase64 {
		var err error
		if r.Body, err = base64.StdEncoding.DecodeString(body); err != nil {
			return Request{}, fmt.Errorf("decode body: %w", err)
		}
	}
	return r, nil
}

// Action returns the action that a request names, which may be anything: use it for
// the log, and only once [Webhook.Handle] has trusted the request.
func (r Request) Action() string { return canonical(r.Header).Get(actionHeader) }

// canonical returns a header whose names are in the form that [http.Header] looks
// for.
func canonical(header http.Header) http.Header {
	result := make(http.Header, len(header))
	for _, name := range slices.Sorted(maps.Keys(header)) {
		key := http.CanonicalHeaderKey(name)
		result[key] = append(result[key], header[name]...)
	}
	return result
}

// answer is a JSON answer with the headers that every answer has.
func answer(status int, body []byte) Response {
	return Response{Status: status, Body: body, Header: http.Header{
		"Content-Type":  {"application/json"},
		"Webhook-Agent": {userAgent},
	}}
}

// ServeHTTP implements [http.Handler].
func (w *Webhook) ServeHTTP(writer http.ResponseWriter, r *http.Request) {
	// One byte more than is allowed, so that a longer body is known as such.
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	response := refuse(errCutShort)
	if err == nil {
		response, _ = w.Handle(r.Context(), Request{Method: r.Method, Header: r.Header, Query: r.URL.Query(), Body: body})
	}
	for name, values := range response.Header {
		writer.Header()[name] = values
	}
	writer.WriteHeader(response.Status)
	writer.Write(response.Body)
}
