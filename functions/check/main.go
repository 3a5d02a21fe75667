// Command check tests whether everything that poolsync depends on works, by doing
// what the other functions do: at the end of a deployment, as a CloudFormation custom
// resource whose failure fails the deployment, and on demand, as a function that
// anybody with the permission may invoke.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/ledger"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/secret"
	"github.com/poolsync/poolsync/shared/targets"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// settings are the function's environment variables.
type settings struct {
	PoolID   string     `env:"USER_POOL_ID,required,notEmpty"`
	Table    string     `env:"TABLE_NAME,required,notEmpty"`
	Postauth config.ARN `env:"POSTAUTH_FUNCTION_ARN,required"`
	// ManualTriggers says that the pool's owner sets the triggers.
	ManualTriggers bool                 `env:"MANUAL_TRIGGERS"`
	Targets        targets.List[target] `env:"TARGETS,required,notEmpty"`
	// Concurrency is how many instances queues and runs may need at once.
	Concurrency int `env:"CONCURRENCY,required"`

	SigningSecret config.ARN `env:"WEBHOOK_SIGNING_SECRET_ARN"` // empty: no webhook
	HeaderSecret  config.ARN `env:"WEBHOOK_HEADER_SECRET_ARN"`  // empty: none
}

// answering is what must work even when the settings do not: CloudFormation waits for
// an answer.
type answering struct {
	Stack    string `env:"STACK_NAME"`
	Advisory bool   `env:"ADVISORY"`
}

func main() {
	a, badAnswering := config.Load[answering]()
	h := handler{stack: a.Stack, advisory: a.Advisory, log: telemetry.NewLogger(), out: os.Stdout}
	w, err := connect(context.Background())
	h.checks, h.targets = w.checks(), w.targets
	if badAnswering != nil || err != nil {
		h.checks, h.targets = unusable(badAnswering, err), nil
	}
	lambda.Start(h)
}

// connect returns what the settings name.
func connect(ctx context.Context) (world, error) {
	s, err := config.Load[settings]()
	if err != nil {
		return world{}, err
	}
	cfg, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return world{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	w := world{
		pool:     cognito.New(cognito.NewClient(cfg), s.PoolID),
		account:  account{awslambda.NewFromConfig(cfg)},
		postauth: string(s.Postauth), manual: s.ManualTriggers, concurrency: s.Concurrency,
	}
	queues, books := sqs.NewFromConfig(cfg), ledger.NewClient(cfg)
	for _, t := range s.Targets {
		w.targets = append(w.targets, served{
			name: t.Name, digest: t.digest(),
			live: queue.NewSender(queues, t.LiveURL), bulk: queue.NewSender(queues, t.BulkURL),
			ledger: ledger.New(books, s.Table, s.PoolID, t.LedgerName()),
			system: s.system(cfg, t),
		})
	}
	return w, nil
}

// system returns what is particular to a target.
func (s settings) system(cfg aws.Config, t target) system {
	if t.Bus != nil {
		return bus{eventbridge.NewFromConfig(cfg), t.Bus.Bus}
	}
	secrets := secretsmanager.NewFromConfig(cfg)
	if t.SCIM != nil {
		credentials, err := t.SCIM.Credentials(cfg)
		if err != nil {
			return unable{err}
		}
		return service{
			key: secret.New(secrets, t.SCIM.KeySecretARN), client: t.SCIM.Client(credentials), needs: scim.Profiles()[t.SCIM.Profile].Needs,
		}
	}
	key := secret.New(secrets, t.UserHub.KeySecretARN)
	u := hub{key: key, client: t.UserHub.Client(key)}
	if t.UserHub.Provider && s.SigningSecret != "" {
		u.signing = secret.New(secrets, string(s.SigningSecret))
	}
	if t.UserHub.Provider && s.HeaderSecret != "" {
		u.header = secret.New(secrets, string(s.HeaderSecret))
	}
	return u
}

// account is the AWS account, as far as Lambda tells of it.
type account struct{ lambda *awslambda.Client }

// Unreserved returns how many instances of functions the account lets run at once,
// besides those that are reserved for others.
func (a account) Unreserved(ctx context.Context) (int, error) {
	answer, err := a.lambda.GetAccountSettings(ctx, nil)
	if err != nil {
		return 0, fmt.Errorf("read the account's settings: %w", err)
	}
	return int(aws.ToInt32(answer.AccountLimit.UnreservedConcurrentExecutions)), nil
}
