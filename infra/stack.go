package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/poolsync"
	"github.com/poolsync/poolsync/infra/setting"
)

// newStack declares the stack. It goes to the account and the Region of whoever deploys
// it; with an existing pool, to the pool's Region.
func newStack(app awscdk.App, settings setting.Settings, functions string) awscdk.Stack {
	props := &awscdk.StackProps{
		Description: jsii.String("poolsync: keeps a Cognito user pool and UserHub in step"),
	}
	if region := settings.Pool.Region(); region != "" {
		props.Env = &awscdk.Environment{Region: &region}
	}
	stack := awscdk.NewStack(app, &settings.Deploy.StackName, props)
	poolsync.New(stack, jsii.String("Poolsync"), &poolsync.Props{Settings: settings, Functions: functions})
	fixLogicalIDs(stack)
	return stack
}
