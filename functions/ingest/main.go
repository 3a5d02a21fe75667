// Command ingest takes changes from the queue to the target.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/secret"
	"github.com/poolsync/poolsync/shared/telemetry"
	"github.com/poolsync/poolsync/shared/userhub"
)

// settings are the function's environment variables.
type settings struct {
	Stack        string             `env:"STACK_NAME"`
	ConnectionID string             `env:"USERHUB_CONNECTION_ID,required"`
	KeySecret    config.ARN         `env:"USERHUB_KEY_SECRET_ARN,required"`
	ExternalID   userhub.ExternalID `env:"USERHUB_EXTERNAL_ID" envDefault:"username"`
	BaseURL      config.URL         `env:"USERHUB_BASE_URL" envDefault:"https://api.userhub.com"`
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
	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("load the AWS configuration: %w", err)
	}
	key := secret.New(secretsmanager.NewFromConfig(aws), string(s.KeySecret))
	client := userhub.NewClient(key, s.ConnectionID,
		userhub.WithBaseURL(string(s.BaseURL)), userhub.WithExternalID(s.ExternalID))
	h := handler{target: reconcile.NewBreaker(client), log: log, out: os.Stdout, stack: s.Stack}
	lambda.Start(h.Handle)
	return nil
}
