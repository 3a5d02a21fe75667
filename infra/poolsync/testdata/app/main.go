// Command app is a CDK app that declares its own user pool and has poolsync keep UserHub
// in step with it.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/poolsync"
	"github.com/poolsync/poolsync/infra/setting"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	functions := filepath.Join(*app.Outdir(), "functions")
	if err := poolsync.Build(ctx, functions); err != nil {
		return err
	}
	settings, err := setting.Read("poolsync.json", nil)
	if err != nil {
		return err
	}

	stack := awscdk.NewStack(app, jsii.String("Shop"), nil)
	pool := awscognito.NewUserPool(stack, jsii.String("Customers"), &awscognito.UserPoolProps{
		SelfSignUpEnabled: jsii.Bool(true),
	})
	sync := poolsync.New(stack, jsii.String("Poolsync"), &poolsync.Props{
		Settings:  settings,
		Functions: functions,
		UserPool:  pool,
	})

	// You can use what it declares like anything else in the stack.
	for name, value := range map[string]*string{
		"Trigger": sync.Postauth.FunctionName(),
		"Queue":   sync.Targets[0].Queues.Live.QueueName(),
		"Topic":   sync.AlarmTopic.TopicArn(),
	} {
		awscdk.NewCfnOutput(stack, &name, &awscdk.CfnOutputProps{Value: value})
	}
	app.Synth(nil)
	return nil
}
