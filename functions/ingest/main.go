// Command ingest reads what CloudTrail says about the pool, as EventBridge puts it on
// the queue of events, and what providers have done. It finds out what the pool holds
// of each user, once, and puts that on the queue of each target.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/shared/cloudtrail"
	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/ledger"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/targets"
	"github.com/poolsync/poolsync/shared/telemetry"
	"github.com/poolsync/poolsync/shared/throttle"
	"github.com/poolsync/poolsync/shared/userhub"
)

// settings are the function's environment variables.
type settings struct {
	Stack     string     `env:"STACK_NAME"`
	EventsURL config.URL `env:"EVENTS_QUEUE_URL,required"`
	Table     string     `env:"TABLE_NAME,required,notEmpty"`
	PoolID    string     `env:"USER_POOL_ID,required,notEmpty"`
	OwnRoles  []string   `env:"OWN_ROLE_ARNS"`
	// ListRate is how many requests a second one instance makes to look users up.
	ListRate float64 `env:"LIST_RATE,required"`
	// Targets are those that get what is found.
	Targets targets.List[destination] `env:"TARGETS,required,notEmpty"`
}

func main() {
	log := telemetry.NewLogger()
	if err := run(context.Background(), log); err != nil {
		log.Error("ingest cannot start", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, log *slog.Logger) error {
	s, err := config.Load[settings]()
	if err != nil {
		return err
	}
	var own []cloudtrail.OwnRole
	for _, arn := range s.OwnRoles {
		own = append(own, cloudtrail.OwnRole{ARN: arn, Provider: userhub.ProviderName})
	}
	decoder, err := cloudtrail.NewDecoder(s.PoolID, own...)
	if err != nil {
		return fmt.Errorf("OWN_ROLE_ARNS: %w", err)
	}
	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("load the AWS configuration: %w", err)
	}
	pool, queues := cognito.NewClient(aws), sqs.NewFromConfig(aws)
	h := handler{
		decoder:   decoder,
		poolID:    s.PoolID,
		pool:      cognito.New(pool, s.PoolID, cognito.ListRate(s.ListRate, throttle.Burst(listBurst))),
		clients:   cognito.NewAppClients(pool, s.PoolID),
		strangers: newStrangers(),
		targets:   s.recipients(ledger.NewClient(aws), queues),
		postponer: queue.NewSender(queues, string(s.EventsURL)),
		log:       log, out: os.Stdout, stack: s.Stack,
	}
	lambda.Start(h.Handle)
	return nil
}

// recipients returns the targets, each with its part of the ledger and its queue.
func (s settings) recipients(books ledger.API, queues queue.API) recipients {
	var all recipients
	for _, t := range s.Targets {
		all = append(all, recipient{t.Name, ledger.New(books, s.Table, s.PoolID, t.Name), queue.NewSender(queues, t.QueueURL)})
	}
	return all
}

// listBurst is how many look-ups may go at once after a quiet spell, for what one
// person's edits bring.
const listBurst = 4
