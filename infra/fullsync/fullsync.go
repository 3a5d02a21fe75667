// Package fullsync declares a full sync: the function that runs its steps, the state
// machine that calls it for each step, and the schedule.
package fullsync

import (
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/infra/target"
	"github.com/poolsync/poolsync/infra/userpool"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/targets"
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

// Concurrency is how many lanes of a run are walked at once at most, each by an instance of
// the function: the state machine's definition says so too.
const Concurrency = 16

// Props is what [New] depends on.
type Props struct {
	Runtime part.Runtime
	Sync    setting.Sync
	// Targets are those that runs are for.
	Targets []target.Target
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
		statements = append(statements, part.Allow(t.Queues.Bulk.QueueArn(), "sqs:SendMessage", "sqs:GetQueueAttributes"))
	}
	return append(statements,
		part.Allow(p.Ledger.TableArn(), "dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"),
		part.Allow(p.Pool.ARN, reads(p.Targets)...))
}

func (p *Props) env() map[string]*string {
	return map[string]*string{
		"TABLE_NAME":   p.Ledger.TableName(),
		"USER_POOL_ID": p.Pool.ID,
		"SYNC_RATE":    part.Number(p.Sync.Rate),
		"TARGETS":      part.JSON(described(p.Targets)),
	}
}

// description is what the function is told of a target: see functions/fullsync.
type description struct {
	targets.Settings
	QueueURL   string         `json:"queueUrl"`
	Policy     plan.Policy    `json:"policy"`
	Limits     setting.Limits `json:"limits"`
	Groups     []string       `json:"groups,omitempty"`
	Statuses   []string       `json:"statuses,omitempty"`
	MaxBacklog int            `json:"maxBacklog"`
	SixHours   int            `json:"sixHours"`
}

// described is what the function is told of the targets.
func described(all []target.Target) []description {
	var descriptions []description
	for _, t := range all {
		descriptions = append(descriptions, description{
			Settings: t.Described.WithoutConnection(), QueueURL: *t.Queues.Bulk.QueueUrl(), Policy: policy(t.Target),
			Limits: t.Limits, Groups: t.Scope.Groups, Statuses: t.Statuses(), MaxBacklog: t.MaxBacklog, SixHours: sixHours(t),
		})
	}
	return descriptions
}

// sixHours returns how many changes a target takes in six hours: each costs a request.
func sixHours(t target.Target) int {
	perMinute := 60 * t.PerSecond
	if slower := t.PerMinute; slower > 0 {
		perMinute = min(perMinute, slower)
	}
	return 6 * 60 * perMinute
}

// policy returns whether a run removes users.
func policy(t setting.Target) plan.Policy {
	if t.Removals.InRuns {
		return plan.Full
	}
	return plan.UpsertOnly
}

// reads are the Cognito actions that runs use: to list everybody, if a target gets them,
// and the members of groups, if one is limited to some; and to prove that a user is
// gone, or left the groups, if users are to be removed at all. A run may be for any of
// the targets alone.
func reads(targets []target.Target) []string {
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
