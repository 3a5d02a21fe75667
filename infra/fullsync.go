package main

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"

	"github.com/poolsync/poolsync/shared/plan"
)

const (
	// fullsyncTimeout is all that Lambda gives. A step hands over before it ends,
	// so that a longer one means fewer steps and nothing else.
	fullsyncTimeout = 15 * time.Minute

	// One partition is in memory at a time. A pool of a million users needs less
	// than 128 MB, one of ten million less than 256 MB; how long a run takes is for
	// Cognito's quota to say, and not for the CPU that comes with more.
	fullsyncMemoryMiB = 256
)

// newFullsync declares the function that carries out the steps of a run, the state
// machine that asks for them, and its schedule. It returns the state machine.
func (s stack) newFullsync(changes awssqs.Queue, pool pool, table awsdynamodb.Table) awsstepfunctions.CfnStateMachine {
	function := s.newFunction(functionProps{
		name:        "fullsync",
		description: "poolsync: carries out the steps of a full sync, as the state machine asks for them",
		memoryMiB:   fullsyncMemoryMiB,
		timeout:     fullsyncTimeout,
		env:         s.fullsyncEnv(changes, pool, table),
		allow: []awsiam.PolicyStatement{
			allow(changes.QueueArn(), "sqs:SendMessage", "sqs:GetQueueAttributes"),
			allow(table.TableArn(), "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
			allow(pool.arn, s.fullsyncReads()...),
		},
	})
	machine := s.newStateMachine(function)
	s.newSchedule(machine)
	return machine
}

func (s stack) fullsyncEnv(changes awssqs.Queue, pool pool, table awsdynamodb.Table) map[string]*string {
	return map[string]*string{
		"QUEUE_URL":             changes.QueueUrl(),
		"TABLE_NAME":            table.TableName(),
		"USER_POOL_ID":          pool.id,
		"USERHUB_CONNECTION_ID": &s.config.connectionID,
		"USERHUB_EXTERNAL_ID":   &s.config.userhubExternalID,
		"SYNC_RATE":             number(s.config.syncRate),
		"SYNC_POLICY":           &s.config.syncPolicy,
		"SCOPE_GROUPS":          &s.config.syncGroups,
		"MAX_BACKLOG":           number(s.config.syncMaxBacklog),
		"REMOVAL_LIMIT_PERCENT": number(s.config.removalLimitPercent),
		"REMOVAL_LIMIT_COUNT":   number(s.config.removalLimitCount),
		"REMOVAL_LIMIT_FLOOR":   number(s.config.removalLimitFloor),
	}
}

// fullsyncReads are the Cognito actions that a run uses: one way to list whom it
// is about, and one to prove that a user is gone, or left the groups, if users are
// to be removed at all.
func (s stack) fullsyncReads() []string {
	list := []string{"cognito-idp:ListUsers", "cognito-idp:DescribeUserPool"} // the size, to split it by
	prove := []string{"cognito-idp:AdminGetUser"}
	if s.config.syncGroups != "" {
		list = []string{"cognito-idp:ListUsersInGroup"}
		prove = append(prove, "cognito-idp:AdminListGroupsForUser")
	}
	if !plan.Policy(s.config.syncPolicy).Removes() {
		return list
	}
	return append(list, prove...)
}
