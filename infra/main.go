// Command infra is the CDK app: it reads the settings, builds the functions for Lambda,
// and synthesises the one stack that runs them. The CDK CLI starts it, as cdk.json says.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/logicalid"
	"github.com/poolsync/poolsync/infra/poolsync"
	"github.com/poolsync/poolsync/infra/setting"
)

// functionsDir is where the functions are built, relative to the top of the repository,
// where the CDK CLI starts the app.
const functionsDir = ".local/lambda"

// builtFunctions is an environment variable that names a folder with the functions as
// [poolsync.Build] leaves them. The app then deploys those and builds none: a rehearsal
// needs functions built for this machine, and deploys the same ones many times.
const builtFunctions = "POOLSYNC_FUNCTIONS_DIR"

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintf(os.Stderr, "\n%v\n\n", err)
		os.Exit(1)
	}
}

// run reads the settings, builds the functions, and synthesises the stack. In this order,
// you learn of a mistake in the settings before anything is compiled.
func run(ctx context.Context) error {
	defer jsii.Close()
	app := awscdk.NewApp(nil)
	values, _ := app.Node().GetAllContext(nil).(map[string]any)
	settings, err := setting.FromContext(values)
	if err != nil {
		return err
	}
	if err := settings.Fits(os.Getenv("CDK_DEFAULT_ACCOUNT"), os.Getenv("CDK_DEFAULT_REGION")); err != nil {
		return err
	}
	functions := os.Getenv(builtFunctions)
	if functions == "" {
		functions = functionsDir
		if err := poolsync.Build(ctx, functions); err != nil {
			return err
		}
	}
	_, concurrency := newStack(app, settings, functions)
	app.Synth(nil)
	fmt.Fprintf(os.Stderr, "poolsync: at most %d instances of functions work on queues and full syncs at once.\n"+
		"Each sign-in under way needs one more, of what your account allows in this Region.\n", concurrency)
	return nil
}

// newStack declares the stack. It goes to the account and the Region of whoever deploys
// it; with an existing pool, to the pool's Region. concurrency is how many instances may
// work at once on queues and full syncs.
func newStack(app awscdk.App, settings setting.Settings, functions string) (stack awscdk.Stack, concurrency int) {
	props := &awscdk.StackProps{
		Description: jsii.String("poolsync: keeps a Cognito user pool and other systems in step"),
	}
	if region := settings.Pool.Region(); region != "" {
		props.Env = &awscdk.Environment{Region: &region}
	}
	stack = awscdk.NewStack(app, &settings.Deploy.StackName, props)
	deployed := poolsync.New(stack, jsii.String("Poolsync"), &poolsync.Props{Settings: settings, Functions: functions})
	logicalid.Fix(stack)
	return stack, deployed.Concurrency()
}
