package target

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/infra/userpool"
)

// DeliverProps is what [NewDeliver] depends on.
type DeliverProps struct {
	Runtime part.Runtime
	Target  Target
	// SecretsKeyARN is the owner's KMS key that encrypts the target's secret; empty: none.
	SecretsKeyARN string
	Pool          userpool.Pool
	Ledger        awsdynamodb.Table
	// Events is the queue of events; nil: there is none.
	Events awssqs.Queue
}

const (
	// answerTime is how long a target takes to answer, in seconds. UserHub answers when
	// it has fetched the user, which takes half a second to two.
	answerTime = 2
	// parallel is how many changes an instance delivers at once.
	parallel = 10
	// leastConcurrency is the least that Lambda takes for a queue.
	leastConcurrency = 2
)

// Concurrency is how many instances work on each of a target's queues at most: as many
// as it takes to keep up the rate.
func Concurrency(perSecond int) int {
	underWay := perSecond * answerTime
	return max(leastConcurrency, (underWay+parallel-1)/parallel)
}

// NewDeliver declares the function that delivers changes to a target,
// <Target>DeliverFunction, and its subscriptions to their queues.
func NewDeliver(scope constructs.Construct, id string, p *DeliverProps) awslambda.Function {
	scope = constructs.NewConstruct(scope, &id)
	t := p.Target
	props := &part.FunctionProps{
		Runtime:     p.Runtime,
		Name:        "deliver",
		Description: "poolsync: delivers changes to " + t.Name + " (" + System(t.Target) + ")",
		MemoryMiB:   part.BatchMemoryMiB,
		Timeout:     part.BatchTimeout,
		Env: map[string]*string{
			"TARGET":                 part.JSON(t.Described),
			"LIVE_QUEUE_URL":         t.Queues.Live.QueueUrl(),
			"BULK_QUEUE_URL":         t.Queues.Bulk.QueueUrl(),
			"TABLE_NAME":             p.Ledger.TableName(),
			"USER_POOL_ID":           p.Pool.ID,
			"SCOPE_GROUPS":           jsii.String(strings.Join(t.Scope.Groups, ",")),
			"SCOPE_STATUSES":         jsii.String(strings.Join(t.Statuses(), ",")),
			"REMOVAL_POLICY":         &t.Removals.Action,
			"TARGET_RATE":            part.Number(t.PerSecond),
			"TARGET_RATE_PER_MINUTE": part.Number(t.PerMinute),
		},
		Allow: append(Access(scope, t.Described, p.SecretsKeyARN),
			part.Work(t.Queues.Live),
			part.Work(t.Queues.Bulk),
			part.Allow(p.Ledger.TableArn(), "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
			readUser(p.Pool, t.Scope)),
	}
	if p.Events != nil && !t.Described.Nature().Fetches {
		props.Env["EVENTS_QUEUE_URL"] = p.Events.QueueUrl()
		props.Allow = append(props.Allow, part.Allow(p.Events.QueueArn(), "sqs:SendMessage"))
	}
	deliver := part.NewFunction(scope, t.Resource("DeliverFunction"), props)
	part.Subscribe(scope, t.Resource("LiveSubscription"), deliver, t.Queues.Live, Concurrency(t.PerSecond))
	part.Subscribe(scope, t.Resource("BulkSubscription"), deliver, t.Queues.Bulk, Concurrency(t.PerSecond))
	return deliver
}

// readUser returns the permissions to read one user, to prove that one is gone and,
// if only members of groups are in scope, to see whether one is a member.
func readUser(pool userpool.Pool, scope setting.Scope) awsiam.PolicyStatement {
	actions := []string{"cognito-idp:ListUsers", "cognito-idp:AdminGetUser"}
	if len(scope.Groups) > 0 {
		actions = append(actions, "cognito-idp:AdminListGroupsForUser")
	}
	return part.Allow(pool.ARN, actions...)
}
