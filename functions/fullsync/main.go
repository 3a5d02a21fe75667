// Command fullsync carries out the steps of a run, as the state machine asks for
// them: see infra/fullsync.asl.json.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/ledger"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/telemetry"
	"github.com/poolsync/poolsync/shared/userhub"
)

// settings are the function's environment variables.
type settings struct {
	Stack    string     `env:"STACK_NAME"`
	QueueURL config.URL `env:"QUEUE_URL,required"`
	Table    string     `env:"TABLE_NAME,required,notEmpty"`
	PoolID   string     `env:"USER_POOL_ID,required,notEmpty"`

	ConnectionID string             `env:"USERHUB_CONNECTION_ID,required,notEmpty"`
	ExternalID   userhub.ExternalID `env:"USERHUB_EXTERNAL_ID" envDefault:"username"`

	Rate       float64     `env:"SYNC_RATE" envDefault:"10"`
	Policy     plan.Policy `env:"SYNC_POLICY" envDefault:"full"`
	Percent    int         `env:"REMOVAL_LIMIT_PERCENT" envDefault:"10"`
	Count      int         `env:"REMOVAL_LIMIT_COUNT" envDefault:"500"`
	Floor      int         `env:"REMOVAL_LIMIT_FLOOR" envDefault:"5"`
	Groups     []string    `env:"SCOPE_GROUPS"`
	MaxBacklog int         `env:"MAX_BACKLOG" envDefault:"1000"`
}

func main() {
	log := telemetry.NewLogger()
	if err := run(context.Background(), log); err != nil {
		log.Error("fullsync cannot start", "error", err)
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
	// A run never speaks to the target: it only has to know what it would be sent.
	target := userhub.NewClient(nil, s.ConnectionID, userhub.WithExternalID(s.ExternalID))
	engine := reconcile.NewEngine(
		cognito.New(cognito.NewClient(aws), s.PoolID),
		ledger.New(ledger.NewClient(aws), s.Table, s.PoolID, target.Name()),
		queue.NewSender(sqs.NewFromConfig(aws), string(s.QueueURL)),
		target,
		reconcile.Settings{
			Pool: s.PoolID, Rate: s.Rate, Policy: s.Policy, Groups: s.Groups, MaxBacklog: s.MaxBacklog,
			Limits: plan.Limits{Percent: s.Percent, Count: s.Count, Floor: s.Floor},
		}, log)
	lambda.Start(handler{engine: engine, log: log, out: os.Stdout, stack: s.Stack}.Handle)
	return nil
}
