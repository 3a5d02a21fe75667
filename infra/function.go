package main

import (
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
)

// functionProps is what distinguishes one function from another.
type functionProps struct {
	// name is the function's folder under functions.
	name string
	// description is read in the Lambda console by somebody who knows nothing yet.
	description string
	memoryMiB   float64
	timeout     time.Duration
	env         map[string]*string
	// allow is all that the function may do, apart from writing its own log.
	allow []awsiam.PolicyStatement
}

// newFunction declares a Lambda function from functions/<name>, with a log group
// and a role of its own. Its logical id is <Name>Function.
//
// No concurrency is reserved for any function: a reservation is also a ceiling,
// and Lambda would refuse sign-ins, or use up a message's receives, above it.
func (s stack) newFunction(p functionProps) awslambda.Function {
	id := strings.ToUpper(p.name[:1]) + p.name[1:] + "Function"

	logs := s.newLogGroup(id + "Logs")
	s.output(id+"LogGroup", logs.LogGroupName(), "The function's log, for: aws logs tail --follow")

	env := map[string]*string{"STACK_NAME": s.scope.StackName()}
	for name, value := range p.env {
		env[name] = value
	}
	function := awslambda.NewFunction(s.scope, &id, &awslambda.FunctionProps{
		Description:           &p.description,
		Code:                  awslambda.Code_FromAsset(jsii.String(filepath.Join(s.functionsDir, p.name)), nil),
		Runtime:               awslambda.Runtime_PROVIDED_AL2023(),
		Handler:               jsii.String("bootstrap"), // required, and ignored by this runtime
		Architecture:          awslambda.Architecture_ARM_64(),
		MemorySize:            &p.memoryMiB,
		Timeout:               duration(p.timeout),
		Tracing:               awslambda.Tracing_DISABLED,
		Environment:           &env,
		Role:                  s.newFunctionRole(id+"Role", logs, p.allow),
		LogGroup:              logs,
		LoggingFormat:         awslambda.LoggingFormat_JSON,
		ApplicationLogLevelV2: awslambda.ApplicationLogLevel(s.config.logLevel),
	})
	fixLogicalID(function, id)
	return function
}

// newLogGroup declares a log group, which goes when the stack goes.
func (s stack) newLogGroup(id string) awslogs.LogGroup {
	logs := awslogs.NewLogGroup(s.scope, &id, &awslogs.LogGroupProps{RemovalPolicy: awscdk.RemovalPolicy_DESTROY})
	// The CDK has a name for each retention; the number needs none.
	logs.Node().DefaultChild().(awslogs.CfnLogGroup).SetRetentionInDays(jsii.Number(s.config.logRetentionDays))
	fixLogicalID(logs, id)
	return logs
}

// newFunctionRole declares a role for one function: the given statements, and
// writing to its log group. AWS's managed policy would let it write to every log
// group.
func (s stack) newFunctionRole(id string, logs awslogs.LogGroup, statements []awsiam.PolicyStatement) awsiam.Role {
	return s.newRole(id, awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
		append(statements, allow(logs.LogGroupArn(), "logs:CreateLogStream", "logs:PutLogEvents")))
}

// newRole declares a role for one resource, with nothing but the given statements.
func (s stack) newRole(id string, assumedBy awsiam.IPrincipal, statements []awsiam.PolicyStatement) awsiam.Role {
	role := awsiam.NewRole(s.scope, &id, &awsiam.RoleProps{
		AssumedBy: assumedBy,
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"permissions": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &statements}),
		},
	})
	fixLogicalID(role, id)
	return role
}

// allow returns a statement that allows actions on one resource.
func allow(resource *string, actions ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings(actions...),
		Resources: &[]*string{resource},
	})
}

// number returns a number as an environment variable has it.
func number(n int) *string { return jsii.String(strconv.Itoa(n)) }
