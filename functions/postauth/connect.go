package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	queues "github.com/poolsync/poolsync/shared/queue"
)

const (
	// dialTimeout bounds making a connection.
	dialTimeout = 450 * time.Millisecond
	// maxAttempts bounds the requests that fail at once.
	maxAttempts = 3
	maxBackoff  = 50 * time.Millisecond
)

// connect returns the queue with a connection to it already open, so that the first
// sign-in pays for neither DNS nor TLS. It does not fail: without the connection the
// first sign-in makes its own.
//
// It deliberately skips the SDK's configuration loader. Lambda gives a function its
// Region and credentials in the environment, and the loader's other sources
// (profiles, SSO, STS, the instance metadata service) would only add to the start-up
// time and the memory of the one function that people wait for.
func connect(ctx context.Context, s settings) queue {
	endpoint := s.QueueURL.Origin()
	return newQueue(s, dialAhead(ctx, endpoint, newDialer(endpoint, nil)))
}

// newQueue returns the queue, reached through connections that dial makes.
func newQueue(s settings, dial dialer) queue {
	client := witness{&http.Client{
		Transport: &http.Transport{
			DialContext:         dial,
			DialTLSContext:      dial,
			MaxIdleConnsPerHost: 1, // a function instance serves one sign-in at a time
			IdleConnTimeout:     5 * time.Minute,
		},
	}}
	return patient{queues.NewSender(sqs.New(sqs.Options{
		Region:       s.Region,
		BaseEndpoint: aws.String(s.QueueURL.Origin()), // the queue's address says where SQS is
		Credentials:  aws.CredentialsProviderFunc(environmentCredentials),
		HTTPClient:   client,
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = maxAttempts
			o.MaxBackoff = maxBackoff
		}),
	}), string(s.QueueURL))}
}

// dialer makes a connection that is ready for HTTP.
type dialer = func(ctx context.Context, network, address string) (net.Conn, error)

// newDialer returns a dialer for endpoint. With https it includes the TLS handshake,
// by config; nil is the default one.
func newDialer(endpoint string, config *tls.Config) dialer {
	plain := &net.Dialer{Timeout: dialTimeout}
	if strings.HasPrefix(endpoint, "https:") {
		return (&tls.Dialer{NetDialer: plain, Config: config}).DialContext
	}
	return plain.DialContext
}

// dialAhead opens a connection to endpoint, and returns a dialer for an
// [http.Transport]: its first call returns that connection, if there is one, and
// later calls a new one.
//
// It makes no request to open the connection: somebody would have to wait for the
// answer too.
func dialAhead(ctx context.Context, endpoint string, dial dialer) dialer {
	scheme, address, _ := strings.Cut(endpoint, "://")
	if _, _, err := net.SplitHostPort(address); err != nil {
		address += ":" + scheme // net knows the port of both
	}
	ready := make(chan net.Conn, 1)
	if connection, err := dial(ctx, "tcp", address); err == nil {
		ready <- connection
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		select {
		case connection := <-ready:
			return connection, nil
		default:
			return dial(ctx, network, address)
		}
	}
}

// environmentCredentials reads the credentials of the function's role, which
// Lambda keeps current in the environment.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func environmentCredentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{
		AccessKeyID:     os.Getenv("AWS_ACCESS_KEY_ID"),
		SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"),
		SessionToken:    os.Getenv("AWS_SESSION_TOKEN"),
		Source:          "environment",
	}, nil
}
