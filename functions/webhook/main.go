// Command webhook answers UserHub's calls: it makes the pool the user provider of a
// Custom Users connection, so that UserHub needs no access to the owner's account.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"

	"github.com/poolsync/poolsync/shared/telemetry"
)

func main() {
	log := telemetry.NewLogger()
	if err := run(context.Background(), log); err != nil {
		log.Error("webhook cannot start", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, log *slog.Logger) error {
	s, err := loadSettings()
	if err != nil {
		return err
	}
	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return fmt.Errorf("load the AWS configuration: %w", err)
	}
	h := handler{webhook: newWebhook(connect(aws, s), s, log), log: log, out: os.Stdout, stack: s.Stack}
	lambda.Start(h.Handle)
	return nil
}
