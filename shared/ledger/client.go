package ledger

import (
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// How the client tries again after throttling, a server fault or a broken
// connection. An on-demand table that is throttled is growing, which is a matter
// of a moment, and the caller's own retry is dear: another delivery to the target
// or another walk. So the tries are more and closer together than the SDK's three
// with a second or so between them. They wait 6.3 seconds in all at most; what
// lasts longer is for the caller to leave to the queue or the state machine.
const (
	maxAttempts = 8
	firstDelay  = 100 * time.Millisecond // at most, as is each that follows
	maxDelay    = 1600 * time.Millisecond
)

// NewClient returns a DynamoDB client that tries again the way a ledger wants it.
func NewClient(cfg aws.Config) *dynamodb.Client {
	return dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		o.Retryer = retry.NewStandard(func(so *retry.StandardOptions) {
			so.MaxAttempts = maxAttempts
			so.Backoff = retry.BackoffDelayerFunc(backoff)
		})
	})
}

// backoff returns a random delay up to a bound that doubles with each attempt, so
// that functions throttled together do not come back together.
func backoff(attempt int, _ error) (time.Duration, error) {
	doublings := min(max(attempt, 1)-1, 10) // attempts count from 1
	return rand.N(min(firstDelay<<doublings, maxDelay)), nil
}
