// Command deliver takes changes from the target's queue to the target.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/ledger"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/secret"
	"github.com/poolsync/poolsync/shared/telemetry"
	"github.com/poolsync/poolsync/shared/throttle"
	"github.com/poolsync/poolsync/shared/userhub"
)

// settings are the function's environment variables.
type settings struct {
	Stack    string                  `env:"STACK_NAME"`
	LiveURL  config.URL              `env:"LIVE_QUEUE_URL,required"`
	BulkURL  config.URL              `env:"BULK_QUEUE_URL,required"`
	Table    string                  `env:"TABLE_NAME,required,notEmpty"`
	PoolID   string                  `env:"USER_POOL_ID,required,notEmpty"`
	Removals reconcile.RemovalPolicy `env:"REMOVAL_POLICY" envDefault:"report"`
	Groups   []string                `env:"SCOPE_GROUPS"`

	ConnectionID string             `env:"USERHUB_CONNECTION_ID,required,notEmpty"`
	KeySecret    config.ARN         `env:"USERHUB_KEY_SECRET_ARN,required"`
	ExternalID   userhub.ExternalID `env:"USERHUB_EXTERNAL_ID" envDefault:"username"`
	BaseURL      config.URL         `env:"USERHUB_BASE_URL" envDefault:"https://api.userhub.com"`
	// Rate and RatePerMinute bound the requests to UserHub of all instances together.
	Rate          float64 `env:"TARGET_RATE" envDefault:"20"`
	RatePerMinute int     `env:"TARGET_RATE_PER_MINUTE" envDefault:"0"`
}

func main() {
	log := telemetry.NewLogger()
	if err := run(context.Background(), log); err != nil {
		log.Error("deliver cannot start", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, log *slog.Logger) error {
	s, err := config.Load[settings]()
	if err != nil {
		return err
	}
	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("load the AWS configuration: %w", err)
	}
	queues := sqs.NewFromConfig(aws)
	h := handler{
		pool:      s.PoolID,
		deliverer: newDeliverer(aws, s),
		lanes:     newLanes(queue.NewSender(queues, string(s.LiveURL)), queue.NewSender(queues, string(s.BulkURL)), s.BulkURL),
		log:       log, out: os.Stdout, stack: s.Stack,
	}
	lambda.Start(h.Handle)
	return nil
}

// listRate is how many requests a second one instance makes to look users up. They
// come out of the 30 that all of an account's pools in a Region share, and several
// instances run at once. After a quiet spell a few go at once, for what one person's
// edits bring.
const (
	listRate  = 2
	listBurst = 4
)

// newDeliverer returns the way to UserHub: paced, and behind a breaker.
func newDeliverer(aws aws.Config, s settings) *reconcile.Deliverer {
	pool := cognito.New(cognito.NewClient(aws), s.PoolID, cognito.ListRate(listRate, throttle.Burst(listBurst)))
	key := secret.New(secretsmanager.NewFromConfig(aws), string(s.KeySecret))
	books := ledger.New(ledger.NewClient(aws), s.Table, s.PoolID, userhub.TargetName(s.ConnectionID))
	client := userhub.NewClient(key, s.ConnectionID,
		userhub.WithBaseURL(string(s.BaseURL)), userhub.WithExternalID(s.ExternalID),
		userhub.WithPacer(newPace(books, throttle.Limit{PerSecond: s.Rate, PerMinute: s.RatePerMinute})))
	return reconcile.NewDeliverer(pool, books, reconcile.Guard(client), s.Removals, s.Groups, reconcile.WithProvider(userhub.ProviderName))
}
