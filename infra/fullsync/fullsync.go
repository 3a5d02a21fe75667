// Package fullsync declares a full sync: the function that runs its steps, the state
// machine that calls it for each step, and the schedule.
package fullsync

import (
	"strings"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/infra/userpool"
	"github.com/poolsync/poolsync/shared/plan"
)

const (
	// timeout is the most that Lambda allows. A step hands over before it ends, so a
	// longer timeout only means fewer steps.
	timeout = 15 * time.Minute

	// One partition is in memory at a time. A pool of a million users needs less
	// than 128 MB, one of ten million less than 256 MB. Cognito's quota decides how
	// long a run takes; more memory, and the CPU that comes with it, would not help.
	memoryMiB = 256
)

// Props is what [New] depends on.
type Props struct {
	Runtime part.Runtime
	Sync    setting.Sync
	// Target is the target's part of the settings.
	Target setting.Target
	// Changes is the queue that a run sends to.
	Changes awssqs.Queue
	Pool    userpool.Pool
	Ledger  awsdynamodb.Table
}

// FullSync is what [New] declares.
type FullSync struct {
	Function     awslambda.Function
	StateMachine awsstepfunctions.CfnStateMachine
}

// New declares a full sync.
func New(scope constructs.Construct, id string, p *Props) FullSync {
	scope = constructs.NewConstruct(scope, &id)
	function := part.NewFunction(scope, "FullsyncFunction", &part.FunctionProps{
		Runtime:     p.Runtime,
		Name:        "fullsync",
		Description: "poolsync: runs the steps of a full sync, called by the state machine",
		MemoryMiB:   memoryMiB,
		Timeout:     timeout,
		Env:         p.env(),
		Allow: []awsiam.PolicyStatement{
			part.Allow(p.Changes.QueueArn(), "sqs:SendMessage", "sqs:GetQueueAttributes"),
			part.Allow(p.Ledger.TableArn(), "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
			part.Allow(p.Pool.ARN, reads(p.Target)...),
		},
	})
	machine := newStateMachine(scope, function, p.Runtime.LogRetentionDays)
	newSchedule(scope, machine, p.Sync)
	return FullSync{Function: function, StateMachine: machine}
}

func (p *Props) env() map[string]*string {
	return map[string]*string{
		"QUEUE_URL":             p.Changes.QueueUrl(),
		"TABLE_NAME":            p.Ledger.TableName(),
		"USER_POOL_ID":          p.Pool.ID,
		"USERHUB_CONNECTION_ID": &p.Target.ConnectionID,
		"USERHUB_EXTERNAL_ID":   &p.Target.ExternalID,
		"SYNC_RATE":             part.Number(p.Sync.Rate),
		"SYNC_POLICY":           jsii.String(string(policy(p.Target))),
		"SCOPE_GROUPS":          jsii.String(strings.Join(p.Target.Scope.Groups, ",")),
		"MAX_BACKLOG":           part.Number(p.Target.MaxBacklog),
		"REMOVAL_LIMIT_PERCENT": part.Number(p.Target.Limits.Percent),
		"REMOVAL_LIMIT_COUNT":   part.Number(p.Target.Limits.Count),
		"REMOVAL_LIMIT_FLOOR":   part.Number(p.Target.Limits.Floor),
	}
}

// policy returns whether a run removes users.
func policy(target setting.Target) plan.Policy {
	if target.Removals.InRuns {
		return plan.Full
	}
	return plan.UpsertOnly
}

// reads returns the Cognito actions that a run uses: one way to list the users in
// scope and, if the run may remove users, one to prove that a user is gone or has left
// the groups.
func reads(target setting.Target) []string {
	list := []string{"cognito-idp:ListUsers", "cognito-idp:DescribeUserPool"} // the size, to split it by
	prove := []string{"cognito-idp:AdminGetUser"}
	if len(target.Scope.Groups) > 0 {
		list = []string{"cognito-idp:ListUsersInGroup"}
		prove = append(prove, "cognito-idp:AdminListGroupsForUser")
	}
	if !policy(target).Removes() {
		return list
	}
	return append(list, prove...)
}
