// Package part makes the building blocks of a deployment: functions, each with its own
// role and log, and queues, each with a dead-letter queue.
//
// Nothing here sets a resource's name in the template. In somebody else's CDK app the
// CDK does; our own app names resources after the ids that they get here.
package part

import (
	"path/filepath"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Runtime is what all functions of a deployment have in common.
type Runtime struct {
	// Functions is a folder with a subfolder for each function, named after it, with
	// its bootstrap inside.
	Functions string
	// LogLevel is INFO or DEBUG.
	LogLevel string
	// LogRetentionDays is how long logs are kept: a number that CloudWatch Logs offers.
	LogRetentionDays int
}

// FunctionProps is what distinguishes one function from another.
type FunctionProps struct {
	Runtime Runtime
	// Name is the function's folder under functions.
	Name string
	// Description is what the Lambda console shows. Write it for a newcomer.
	Description string
	MemoryMiB   float64
	Timeout     time.Duration
	// Env are its environment variables, besides STACK_NAME, which every function has.
	Env map[string]*string
	// Allow is everything that the function may do besides writing its own log.
	Allow []awsiam.PolicyStatement
}

// NewFunction declares a Lambda function with its own log group and role: <id>,
// <id>Logs and <id>Role.
//
// No function has reserved concurrency. A reservation is also a ceiling: above it,
// Lambda would refuse sign-ins or use up a message's receives.
func NewFunction(scope constructs.Construct, id string, p *FunctionProps) awslambda.Function {
	logs := NewLogGroup(scope, id+"Logs", p.Runtime.LogRetentionDays)
	Output(scope, id+"LogGroup", logs.LogGroupName(), "The function's log group, for: aws logs tail --follow")

	env := map[string]*string{"STACK_NAME": awscdk.Stack_Of(scope).StackName()}
	for name, value := range p.Env {
		env[name] = value
	}
	limitEnvironment(scope, id, env)
	return awslambda.NewFunction(scope, &id, &awslambda.FunctionProps{
		Description:           &p.Description,
		Code:                  awslambda.Code_FromAsset(jsii.String(filepath.Join(p.Runtime.Functions, p.Name)), nil),
		Runtime:               awslambda.Runtime_PROVIDED_AL2023(),
		Handler:               jsii.String("bootstrap"), // required, and ignored by this runtime
		Architecture:          awslambda.Architecture_ARM_64(),
		MemorySize:            &p.MemoryMiB,
		Timeout:               Duration(p.Timeout),
		Tracing:               awslambda.Tracing_DISABLED,
		Environment:           &env,
		Role:                  newFunctionRole(scope, id+"Role", *logs.LogGroupArn(), p.Allow),
		LogGroup:              logs,
		LoggingFormat:         awslambda.LoggingFormat_JSON,
		ApplicationLogLevelV2: awslambda.ApplicationLogLevel(p.Runtime.LogLevel),
	})
}

// newFunctionRole declares a function's role: the given statements, and permission
// to write to its log group. AWS's managed policy would allow every log group.
func newFunctionRole(scope constructs.Construct, id, logGroupARN string, statements []awsiam.PolicyStatement) awsiam.Role {
	return NewRole(scope, id, awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		append(statements, Allow(&logGroupARN, "logs:CreateLogStream", "logs:PutLogEvents"))...)
}

// Duration converts a Go duration to a CDK duration, in whole seconds.
func Duration(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Seconds(jsii.Number(d.Seconds()))
}

// Text returns a text for an optional property: nil if it is empty.
func Text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
