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
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/ledger"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/secret"
	"github.com/poolsync/poolsync/shared/telemetry"
	"github.com/poolsync/poolsync/shared/userhub"
)

// settings are the function's environment variables.
type settings struct {
	PoolID   string     `env:"USER_POOL_ID,required,notEmpty"`
	QueueURL config.URL `env:"QUEUE_URL,required"`
	Table    string     `env:"TABLE_NAME,required,notEmpty"`
	Postauth config.ARN `env:"POSTAUTH_FUNCTION_ARN,required"`
	// ManualTriggers says that the pool's owner sets the triggers.
	ManualTriggers bool `env:"MANUAL_TRIGGERS"`

	ConnectionID  string             `env:"USERHUB_CONNECTION_ID,required,notEmpty"`
	KeySecret     config.ARN         `env:"USERHUB_KEY_SECRET_ARN,required"`
	ExternalID    userhub.ExternalID `env:"USERHUB_EXTERNAL_ID" envDefault:"username"`
	BaseURL       config.URL         `env:"USERHUB_BASE_URL" envDefault:"https://api.userhub.com"`
	SigningSecret config.ARN         `env:"WEBHOOK_SIGNING_SECRET_ARN"` // empty: no webhook
	HeaderSecret  config.ARN         `env:"WEBHOOK_HEADER_SECRET_ARN"`  // empty: none
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
	checks, err := connect(context.Background())
	if badAnswering != nil || err != nil {
		checks = unusable(badAnswering, err)
	}
	h.checks = checks
	lambda.Start(h)
}

// connect returns the checks of what the settings name.
func connect(ctx context.Context) ([]check, error) {
	s, err := config.Load[settings]()
	if err != nil {
		return nil, err
	}
	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the AWS configuration: %w", err)
	}
	secrets := secretsmanager.NewFromConfig(aws)
	key := secret.New(secrets, string(s.KeySecret))
	client := userhub.NewClient(key, s.ConnectionID,
		userhub.WithBaseURL(string(s.BaseURL)), userhub.WithExternalID(s.ExternalID))
	w := world{
		pool:     cognito.New(cognito.NewClient(aws), s.PoolID),
		queue:    queue.NewSender(sqs.NewFromConfig(aws), string(s.QueueURL)),
		ledger:   ledger.New(ledger.NewClient(aws), s.Table, s.PoolID, client.Name()),
		key:      key,
		target:   client,
		postauth: string(s.Postauth),
		manual:   s.ManualTriggers,
	}
	if s.SigningSecret != "" {
		w.signing = secret.New(secrets, string(s.SigningSecret))
	}
	if s.HeaderSecret != "" {
		w.header = secret.New(secrets, string(s.HeaderSecret))
	}
	return w.checks(), nil
}
