// Command deliver takes changes from a target's queues to the target.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/ledger"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/targets"
	"github.com/poolsync/poolsync/shared/telemetry"
	"github.com/poolsync/poolsync/shared/throttle"
)

// settings are the function's environment variables.
type settings struct {
	Stack   string     `env:"STACK_NAME"`
	LiveURL config.URL `env:"LIVE_QUEUE_URL,required"`
	BulkURL config.URL `env:"BULK_QUEUE_URL,required"`
	// EventsURL is the queue of events; empty where there is none, or where the target
	// needs no second look.
	EventsURL config.URL              `env:"EVENTS_QUEUE_URL"`
	Table     string                  `env:"TABLE_NAME,required,notEmpty"`
	PoolID    string                  `env:"USER_POOL_ID,required,notEmpty"`
	Removals  reconcile.RemovalPolicy `env:"REMOVAL_POLICY" envDefault:"report"`
	Groups    []string                `env:"SCOPE_GROUPS"`
	Statuses  []string                `env:"SCOPE_STATUSES"`

	// Target is the one that is served, as [targets.Parse] reads it.
	Target string `env:"TARGET,required,notEmpty"`
	// Rate and RatePerMinute bound the requests to the target of all instances together.
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
	described, err := targets.Parse([]byte(s.Target))
	if err != nil {
		return fmt.Errorf("TARGET: %w", err)
	}
	deliverer, err := newDeliverer(aws, s, described)
	if err != nil {
		return fmt.Errorf("TARGET: %w", err)
	}
	h := handler{
		pool:      s.PoolID,
		deliverer: deliverer,
		lanes:     newLanes(queue.NewSender(queues, string(s.LiveURL)), queue.NewSender(queues, string(s.BulkURL)), s.BulkURL),
		log:       log, out: os.Stdout, stack: s.Stack, target: described.Name,
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

// newDeliverer returns the way to the target: paced, and behind a breaker. Where the
// stack reads events, one that hides from the pool's listings is looked into again.
func newDeliverer(aws aws.Config, s settings, described targets.Settings) (*reconcile.Deliverer, error) {
	pool := cognito.New(cognito.NewClient(aws), s.PoolID, cognito.ListRate(listRate, throttle.Burst(listBurst)))
	books := ledger.New(ledger.NewClient(aws), s.Table, s.PoolID, described.LedgerName())
	target, err := described.Connect(targets.Connection{
		AWS: aws, PoolID: s.PoolID, Filled: filled(books),
		Pacer: newPace(books, throttle.Limit{PerSecond: s.Rate, PerMinute: s.RatePerMinute}),
	})
	if err != nil {
		return nil, err
	}
	options := []reconcile.DelivererOption{reconcile.WithProvider(described.ProviderName()), reconcile.WithStatuses(s.Statuses...)}
	if s.EventsURL != "" {
		options = append(options, reconcile.WithSecondLook(described.LedgerName(), queue.NewSender(sqs.NewFromConfig(aws), string(s.EventsURL))))
	}
	return reconcile.NewDeliverer(pool, books, reconcile.Guard(target), s.Removals, s.Groups, options...), nil
}

// filled reports whether a run has been a success for the target that books are of.
func filled(books *ledger.Table) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		run, _, err := books.LastSuccess(ctx)
		return run != "", err
	}
}
