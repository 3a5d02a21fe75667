// Command fullsync carries out the steps of a run, as the state machine asks for
// them: see infra/fullsync/fullsync.asl.json.
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
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/targets"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// settings are the function's environment variables.
type settings struct {
	Stack   string               `env:"STACK_NAME"`
	Table   string               `env:"TABLE_NAME,required,notEmpty"`
	PoolID  string               `env:"USER_POOL_ID,required,notEmpty"`
	Rate    float64              `env:"SYNC_RATE" envDefault:"10"`
	Targets targets.List[target] `env:"TARGETS,required,notEmpty"`
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
	cfg, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("load the AWS configuration: %w", err)
	}
	lambda.Start(handler{engine: s.engine(cfg, log), log: log, out: os.Stdout, stack: s.Stack}.Handle)
	return nil
}

// engine wires the engine: a ledger and a queue for each target, and one pool.
func (s settings) engine(cfg aws.Config, log *slog.Logger) *reconcile.Engine {
	books, queues := ledger.NewClient(cfg), sqs.NewFromConfig(cfg)
	var all []reconcile.RunTarget
	for _, t := range s.Targets {
		all = append(all, reconcile.RunTarget{
			Name: t.Name, LedgerName: t.LedgerName(), Fingerprinter: t.Describe(),
			Ledger: ledger.New(books, s.Table, s.PoolID, t.LedgerName()),
			Queue:  queue.NewSender(queues, t.QueueURL),
			Policy: plan.Policy(t.Policy), Limits: t.limits(), Groups: t.Groups, Statuses: t.Statuses, MaxBacklog: *t.MaxBacklog, SixHours: t.SixHours,
		})
	}
	return reconcile.NewEngine(
		cognito.New(cognito.NewClient(cfg), s.PoolID), ledger.NewLease(books, s.Table, s.PoolID), all,
		reconcile.Settings{Pool: s.PoolID, Rate: s.Rate}, log,
		reconcile.WithForgetter(former{books, s}),
		reconcile.WithMemberships(ledger.NewMemberships(books, s.Table, s.PoolID)))
}

// former erases what the ledger holds of targets that are no more.
type former struct {
	books ledger.API
	settings
}

// Forget implements [reconcile.Forgetter].
func (f former) Forget(ctx context.Context, name, token string) (next string, err error) {
	next, _, err = ledger.New(f.books, f.Table, f.PoolID, name).Erase(ctx, token)
	return next, err
}
