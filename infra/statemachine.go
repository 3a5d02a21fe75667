package main

import (
	_ "embed"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/jsii-runtime-go"
)

// fullsyncDefinition is the state machine, with two names to be filled in:
// Function and Partition.
//
//go:embed fullsync.asl.json
var fullsyncDefinition string

// newStateMachine declares the state machine of a run, which asks function for
// each step, and shows how to start a run by hand.
//
// The log holds every transition but no input and no output: the sample of a dry
// run is nobody's business who may read logs. Who may read the execution itself
// sees it there.
func (s stack) newStateMachine(function awslambda.Function) awsstepfunctions.CfnStateMachine {
	logs := s.newLogGroup("FullsyncStateMachineLogs")
	// With this prefix the group takes no room in the account's resource policy for
	// log delivery, which ends at 5,120 characters and then lets nobody in.
	// https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
	logs.Node().DefaultChild().(awslogs.CfnLogGroup).SetLogGroupName(
		jsii.String("/aws/vendedlogs/states/" + s.config.stackName + "-fullsync"))

	machine := awsstepfunctions.NewCfnStateMachine(s.scope, jsii.String("FullsyncStateMachine"), &awsstepfunctions.CfnStateMachineProps{
		StateMachineType: jsii.String("STANDARD"), // a run may take hours, and may end once only
		RoleArn:          s.newStateMachineRole(function).RoleArn(),
		DefinitionString: &fullsyncDefinition,
		DefinitionSubstitutions: map[string]*string{
			"Function":  function.FunctionArn(),
			"Partition": s.scope.Partition(),
		},
		LoggingConfiguration: &awsstepfunctions.CfnStateMachine_LoggingConfigurationProperty{
			Level:                jsii.String("ALL"),
			IncludeExecutionData: jsii.Bool(false),
			Destinations: []any{&awsstepfunctions.CfnStateMachine_LogDestinationProperty{
				CloudWatchLogsLogGroup: &awsstepfunctions.CfnStateMachine_CloudWatchLogsLogGroupProperty{LogGroupArn: logs.LogGroupArn()},
			}},
		},
	})
	suppress(machine, "AwsSolutions-SF2", "A run is one function called step by step: the execution shows when each step began and ended, and X-Ray would add nothing but a permission on everything.")

	s.output("FullsyncStateMachineArn", machine.AttrArn(), "The state machine of a full sync")
	for _, start := range []struct{ name, input, description string }{
		{"StartSync", `{}`, "Starts a full sync now"},
		{"StartSyncDryRun", `{"dryRun":true}`, "Starts one that changes nothing and says what it would do"},
		{"StartSyncAllowRemovals", `{"allowRemovals":true}`, "Starts one that removes, this once, whatever the limits say"},
		{"StartSyncRetryRejected", `{"retryRejected":true}`, "Starts one that also tries users again whom UserHub has rejected"},
	} {
		command := fmt.Sprintf("aws stepfunctions start-execution --region %s --state-machine-arn %s --input '%s'",
			*s.scope.Region(), *machine.AttrArn(), start.input)
		s.output(start.name, &command, start.description)
	}
	return machine
}

// newStateMachineRole declares what a run may do itself: ask the function, and
// have its log delivered. Neither of the latter actions knows a resource.
// https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
func (s stack) newStateMachineRole(function awslambda.Function) awsiam.Role {
	role := s.newRole("FullsyncStateMachineRole", awsiam.NewServicePrincipal(jsii.String("states.amazonaws.com"), nil),
		[]awsiam.PolicyStatement{
			allow(function.FunctionArn(), "lambda:InvokeFunction"),
			allow(jsii.String("*"),
				"logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
				"logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
		})
	suppress(role, "AwsSolutions-IAM5", "The actions that set up the delivery of logs know no resource.")
	return role
}
