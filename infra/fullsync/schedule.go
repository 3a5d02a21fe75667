package fullsync

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
)

const (
	// scheduleWindow spreads the runs of an account's stacks. They share one Cognito
	// quota, and a cron schedule would start them in the same second.
	scheduleWindow = 5 // minutes

	// A start that fails is retried for a quarter of an hour, five times at most, and
	// then lost. That needs no dead-letter queue: the next start does the same, and an
	// alarm rings when no run has succeeded for too long, whatever the reason. A second
	// start finds the lease taken and ends.
	scheduleMaxAge     = 15 * 60 // seconds
	scheduleMaxRetries = 5
)

// newSchedule starts runs on the schedule, unless it is switched off.
func newSchedule(scope constructs.Construct, machine awsstepfunctions.CfnStateMachine, sync setting.Sync) {
	if sync.Schedule == "" {
		return
	}
	awsscheduler.NewCfnSchedule(scope, jsii.String("FullsyncSchedule"), &awsscheduler.CfnScheduleProps{
		Description:                jsii.String("poolsync: starts a full sync"),
		ScheduleExpression:         &sync.Schedule,
		ScheduleExpressionTimezone: &sync.TimeZone,
		FlexibleTimeWindow: &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{
			Mode:                   jsii.String("FLEXIBLE"),
			MaximumWindowInMinutes: jsii.Number(scheduleWindow),
		},
		Target: &awsscheduler.CfnSchedule_TargetProperty{
			Arn:     machine.AttrArn(),
			RoleArn: newScheduleRole(scope, machine).RoleArn(),
			Input:   jsii.String("{}"),
			RetryPolicy: &awsscheduler.CfnSchedule_RetryPolicyProperty{
				MaximumEventAgeInSeconds: jsii.Number(scheduleMaxAge),
				MaximumRetryAttempts:     jsii.Number(scheduleMaxRetries),
			},
		},
	})
}

// newScheduleRole lets only this account's schedules start the state machine. AWS
// requires the condition to name the schedule group, not the schedule.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
func newScheduleRole(scope constructs.Construct, machine awsstepfunctions.CfnStateMachine) awsiam.Role {
	stack := awscdk.Stack_Of(scope)
	group := stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("scheduler"), Resource: jsii.String("schedule-group"), ResourceName: jsii.String("default"),
	})
	scheduler := awsiam.NewServicePrincipal(jsii.String("scheduler.amazonaws.com"), &awsiam.ServicePrincipalOpts{
		Conditions: &map[string]any{"StringEquals": map[string]*string{
			"aws:SourceAccount": stack.Account(),
			"aws:SourceArn":     group,
		}},
	})
	return part.NewRole(scope, "FullsyncScheduleRole", scheduler, part.Allow(machine.AttrArn(), "states:StartExecution"))
}
