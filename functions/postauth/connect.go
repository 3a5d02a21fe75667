package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	queues "github.com/poolsync/poolsync/shared/queue"
)

const (
	// attemptTimeout bounds one request to SQS, which usually answers within
	// 20 ms. A connection that died while Lambda had the function frozen shows
	// only as silence; then two more attempts fit into the budget.
	attemptTimeout = 450 * time.Millisecond
	maxAttempts    = 3
	maxBackoff     = 50 * time.Millisecond
	// warmTimeout bounds the connection made ahead of time. It is spent while the
	// function initialises, beside the budget of the first sign-in.
	warmTimeout = 500 * time.Millisecond
)

// connect returns the queue with a connection to it already open, so that the
// first sign-in pays for neither DNS nor TLS. It does not fail: without the
// connection the first sign-in makes its own.
//
// The SDK's configuration loader is left out on purpose. Lambda hands a function
// its Region and credentials in the environment, and the loader's other sources
// (profiles, SSO, STS, the instance metadata service) would only add to the
// start-up time and the memory of the one function that people wait for.
func connect(ctx context.Context, s settings) queue {
	client := &http.Client{
		Timeout: attemptTimeout,
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: attemptTimeout}).DialContext,
			TLSHandshakeTimeout: attemptTimeout,
			MaxIdleConnsPerHost: 1, // a function instance serves one sign-in at a time
			IdleConnTimeout:     5 * time.Minute,
		},
	}
	endpoint := s.QueueURL.Origin() // the queue's address says where SQS is
	warm(ctx, client, endpoint)
	return queues.NewSender(sqs.New(sqs.Options{
		Region:       s.Region,
		BaseEndpoint: aws.String(endpoint),
		Credentials:  aws.CredentialsProviderFunc(environmentCredentials),
		HTTPClient:   client,
		Retryer: retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = maxAttempts
			o.MaxBackoff = maxBackoff
		}),
	}), string(s.QueueURL))
}

// warm opens a connection to endpoint and leaves it in the client's pool. Any answer
// will do: the request is not signed and asks for nothing.
func warm(ctx context.Context, client *http.Client, endpoint string) {
	ctx, cancel := context.WithTimeout(ctx, warmTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint, nil)
	if err != nil {
		return
	}
	response, err := client.Do(request)
	if err != nil {
		return
	}
	// A connection goes back to the pool only when its answer was read to the end.
	io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	response.Body.Close()
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
