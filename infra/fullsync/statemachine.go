package fullsync

import (
	_ "embed"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
)

// definition is the state machine, with two names to fill in: Function and Partition.
//
//go:embed fullsync.asl.json
var definition string

// newStateMachine declares the state machine of a run, which calls function for each
// step, and shows how to start a run by hand.
//
// The log holds every transition but no input and no output: whoever reads logs need
// not see the users in a dry run's sample. Whoever may read the execution sees it there.
func newStateMachine(scope constructs.Construct, function awslambda.Function, logDays int) awsstepfunctions.CfnStateMachine {
	stack := awscdk.Stack_Of(scope)
	logs := part.NewVendedLogGroup(scope, "FullsyncStateMachineLogs", "/aws/vendedlogs/states/"+*stack.StackName()+"-fullsync", logDays)
	role := newStateMachineRole(scope, function)
	machine := awsstepfunctions.NewCfnStateMachine(scope, jsii.String("FullsyncStateMachine"), &awsstepfunctions.CfnStateMachineProps{
		StateMachineType: jsii.String("STANDARD"), // a run may take hours, and must not run twice
		RoleArn:          role.RoleArn(),
		DefinitionString: &definition,
		DefinitionSubstitutions: map[string]*string{
			"Function":  function.FunctionArn(),
			"Partition": stack.Partition(),
		},
		LoggingConfiguration: logTo(logs),
	})
	part.Suppress(machine, "AwsSolutions-SF2", "A run is one function called step by step. The execution shows when each step began and ended; X-Ray would only add a permission on everything.")
	allowNext(scope, role, machine)
	explainStarts(scope, machine)
	return machine
}

// allowNext lets a run start the next one. It is a policy of its own: the state machine
// needs the role, and this needs the state machine.
func allowNext(scope constructs.Construct, role awsiam.Role, machine awsstepfunctions.CfnStateMachine) {
	awsiam.NewPolicy(scope, jsii.String("FullsyncStateMachineNextPolicy"), &awsiam.PolicyProps{
		Roles:      &[]awsiam.IRole{role},
		Statements: &[]awsiam.PolicyStatement{part.Allow(machine.AttrArn(), "states:StartExecution")},
	})
}

func logTo(logs awslogs.LogGroup) *awsstepfunctions.CfnStateMachine_LoggingConfigurationProperty {
	return &awsstepfunctions.CfnStateMachine_LoggingConfigurationProperty{
		Level:                jsii.String("ALL"),
		IncludeExecutionData: jsii.Bool(false),
		Destinations: []any{&awsstepfunctions.CfnStateMachine_LogDestinationProperty{
			CloudWatchLogsLogGroup: &awsstepfunctions.CfnStateMachine_CloudWatchLogsLogGroupProperty{LogGroupArn: logs.LogGroupArn()},
		}},
	}
}

// explainStarts shows how to start a run by hand.
func explainStarts(scope constructs.Construct, machine awsstepfunctions.CfnStateMachine) {
	part.Output(scope, "FullsyncStateMachineArn", machine.AttrArn(), "The state machine of a full sync")
	for _, start := range []struct{ name, input, description string }{
		{"StartSync", `{}`, "Starts a full sync now"},
		{"StartSyncDryRun", `{"dryRun":true}`, "Starts a full sync that changes nothing and says what it would do"},
		{"StartSyncAllowRemovals", `{"allowRemovals":true}`, "Starts a full sync that ignores the removal limits, this once"},
		{"StartSyncRetryRejected", `{"retryRejected":true}`, "Starts a full sync that also retries users that a target rejected"},
	} {
		command := fmt.Sprintf("aws stepfunctions start-execution --region %s --state-machine-arn %s --input '%s'",
			*awscdk.Stack_Of(scope).Region(), *machine.AttrArn(), start.input)
		part.Output(scope, start.name, &command, start.description)
	}
}

// newStateMachineRole declares what a run may do itself: call the function, and
// have its log delivered. The actions for logs cannot be limited to a resource.
// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
func newStateMachineRole(scope constructs.Construct, function awslambda.Function) awsiam.Role {
	role := part.NewRole(scope, "FullsyncStateMachineRole", awsiam.NewServicePrincipal(jsii.String("states.amazonaws.com"), nil),
		part.Allow(function.FunctionArn(), "lambda:InvokeFunction"),
		part.Allow(jsii.String("*"),
			"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
			"logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"))
	part.Suppress(role, "AwsSolutions-IAM5", "The actions that set up log delivery cannot be limited to a resource.")
	return role
}
