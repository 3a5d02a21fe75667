// Package awstest stands in for the AWS services that the functions call. It answers over
// HTTP and takes exactly the time that you give it. The emulator of the tests and the demo
// is more faithful, but too slow for measurements.
//
// Every service here speaks one of AWS's JSON protocols: a POST that names the
// operation in a header (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html).
package awstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Operation answers one call. Its output becomes the answer's JSON.
type Operation func(input []byte) (output any, err error)

// Service is a set of operations by their names in a request's header, such as
// AmazonSQS.SendMessage.
type Service map[string]Operation

// Server serves several services at one address, as AWS_ENDPOINT_URL expects.
type Server struct {
	// URL is the address, without a trailing slash.
	URL string

	latency time.Duration
	service Service
	http    *http.Server
}

// Start returns a server on a free loopback port that answers every request after
// latency.
func Start(latency time.Duration, services ...Service) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start stand-in for AWS: %w", err)
	}
	s := &Server{URL: "http://" + listener.Addr().String(), latency: latency, service: Service{}}
	for _, service := range services {
		for name, operation := range service {
			s.service[name] = operation
		}
	}
	s.http = &http.Server{Handler: s}
	go s.http.Serve(listener)
	return s, nil
}

// Close stops listening and cuts every connection.
func (s *Server) Close() error { return s.http.Close() }

// ServeHTTP answers one request. One that names no operation is answered 404, as
// SQS answers it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	input, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	time.Sleep(s.latency)
	operation, ok := s.service[r.Header.Get("X-Amz-Target")]
	if !ok {
		answer(w, http.StatusNotFound, map[string]string{"__type": "UnknownOperationException"})
		return
	}
	output, err := operation(input)
	if refused, ok := errors.AsType[refusal](err); ok {
		answer(w, http.StatusBadRequest, refused.body())
		return
	}
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"__type": "ValidationException", "message": err.Error()})
		return
	}
	answer(w, http.StatusOK, output)
}

func answer(w http.ResponseWriter, status int, output any) {
	body, err := json.Marshal(output)
	if err != nil {
		status, body = http.StatusInternalServerError, nil
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.WriteHeader(status)
	w.Write(body)
}

// handle makes an operation from a function that takes the decoded input.
func handle[In any](do func(In) (any, error)) Operation {
	return func(input []byte) (any, error) {
		var in In
		if err := json.Unmarshal(input, &in); err != nil {
			return nil, err
		}
		return do(in)
	}
}
