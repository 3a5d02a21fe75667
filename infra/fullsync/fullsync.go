// Package fullsync declares a full sync: the function that runs its steps, the state
// machine that calls it for each step, and the schedule.
package fullsync

import (
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"

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
	// Targets are those that runs are for.
	Targets []Target
	Pool    userpool.Pool
	Ledger  awsdynamodb.Table
}

// Target is a target as runs know it.
type Target struct {
	// Name is what the settings call it, and Target what they say of it.
	Name string
	setting.Target
	// PerSecond is how many requests a second it takes at most.
	PerSecond int
	// Queue is the bulk queue that a run sends to.
	Queue awssqs.Queue
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
		Env:         p.env(scope),
		Allow:       p.allow(),
	})
	machine := newStateMachine(scope, function, p.Runtime.LogRetentionDays)
	newSchedule(scope, machine, p.Sync)
	return FullSync{Function: function, StateMachine: machine}
}

// allow is what the function may do.
func (p *Props) allow() []awsiam.PolicyStatement {
	var statements []awsiam.PolicyStatement
	for _, t := range p.Targets {
		statements = append(statements, part.Allow(t.Queue.QueueArn(), "sqs:SendMessage", "sqs:GetQueueAttributes"))
	}
	return append(statements,
		part.Allow(p.Ledger.TableArn(), "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
		part.Allow(p.Pool.ARN, reads(p.Targets)...))
}

func (p *Props) env(scope constructs.Construct) map[string]*string {
	return map[string]*string{
		"TABLE_NAME":   p.Ledger.TableName(),
		"USER_POOL_ID": p.Pool.ID,
		"SYNC_RATE":    part.Number(p.Sync.Rate),
		"TARGETS":      awscdk.Stack_Of(scope).ToJsonString(described(p.Targets), nil),
	}
}

// described is what the function is told of the targets: see its targets.
func described(targets []Target) []map[string]any {
	var all []map[string]any
	for _, t := range targets {
		d := map[string]any{
			"name": t.Name, "type": t.Type, "queueUrl": t.Queue.QueueUrl(),
			"policy":     string(policy(t.Target)),
			"limits":     map[string]any{"percent": t.Limits.Percent, "count": t.Limits.Count, "floor": t.Limits.Floor},
			"maxBacklog": t.MaxBacklog, "sixHours": sixHours(t),
			"connectionId": t.ConnectionID, "externalId": t.ExternalID,
		}
		if len(t.Scope.Groups) > 0 {
			d["groups"] = t.Scope.Groups
		}
		all = append(all, d)
	}
	return all
}

// sixHours returns how many changes a target takes in six hours: each costs a request.
func sixHours(target Target) int {
	perMinute := 60 * target.PerSecond
	if slower := target.Rate.PerMinute; slower > 0 {
		perMinute = min(perMinute, slower)
	}
	return 6 * 60 * perMinute
}

// policy returns whether a run removes users.
func policy(target setting.Target) plan.Policy {
	if target.Removals.InRuns {
		return plan.Full
	}
	return plan.UpsertOnly
}

// reads are the Cognito actions that runs use: to list everybody, if a target gets them,
// and the members of groups, if one is limited to some; and to prove that a user is
// gone, or left the groups, if users are to be removed at all. A run may be for any of
// the targets alone.
func reads(targets []Target) []string {
	var everybody, members, prove, leave []string
	for _, t := range targets {
		removes := policy(t.Target).Removes()
		if len(t.Scope.Groups) == 0 {
			everybody = []string{"cognito-idp:ListUsers", "cognito-idp:DescribeUserPool"} // the size, to split it by
		} else {
			members = []string{"cognito-idp:ListUsersInGroup"}
		}
		if removes {
			prove = []string{"cognito-idp:AdminGetUser"}
		}
		if removes && len(t.Scope.Groups) > 0 {
			leave = []string{"cognito-idp:AdminListGroupsForUser"}
		}
	}
	return slices.Concat(everybody, members, prove, leave)
}
