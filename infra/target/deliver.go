package target

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/infra/userpool"
)

// DeliverProps is what [NewDeliver] depends on.
type DeliverProps struct {
	Runtime part.Runtime
	// Target is the target's part of the settings.
	Target setting.Target
	// SecretsKeyARN is the owner's KMS key that encrypts the target's secret; empty: none.
	SecretsKeyARN string
	// PerSecond is how many requests a second the target gets at most.
	PerSecond int
	// Queues are those that it works on.
	Queues Queues
	Pool   userpool.Pool
	Ledger awsdynamodb.Table
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

// NewDeliver declares the function that delivers changes to a target, and its
// subscriptions to their queues.
func NewDeliver(scope constructs.Construct, id string, p *DeliverProps) awslambda.Function {
	scope = constructs.NewConstruct(scope, &id)
	deliver := part.NewFunction(scope, "DeliverFunction", &part.FunctionProps{
		Runtime:     p.Runtime,
		Name:        "deliver",
		Description: "poolsync: delivers changes to UserHub",
		MemoryMiB:   part.BatchMemoryMiB,
		Timeout:     part.BatchTimeout,
		Env: map[string]*string{
			"USERHUB_CONNECTION_ID":  &p.Target.ConnectionID,
			"USERHUB_KEY_SECRET_ARN": &p.Target.KeySecretARN,
			"USERHUB_EXTERNAL_ID":    &p.Target.ExternalID,
			"USERHUB_BASE_URL":       &p.Target.BaseURL,
			"LIVE_QUEUE_URL":         p.Queues.Live.QueueUrl(),
			"BULK_QUEUE_URL":         p.Queues.Bulk.QueueUrl(),
			"TABLE_NAME":             p.Ledger.TableName(),
			"USER_POOL_ID":           p.Pool.ID,
			"SCOPE_GROUPS":           jsii.String(strings.Join(p.Target.Scope.Groups, ",")),
			"REMOVAL_POLICY":         &p.Target.Removals.Action,
			"TARGET_RATE":            part.Number(p.PerSecond),
			"TARGET_RATE_PER_MINUTE": part.Number(p.Target.Rate.PerMinute),
		},
		Allow: append(part.ReadSecret(p.Target.KeySecretARN, p.SecretsKeyARN),
			part.Work(p.Queues.Live),
			part.Work(p.Queues.Bulk),
			part.Allow(p.Ledger.TableArn(), "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
			readUser(p.Pool, p.Target.Scope)),
	})
	part.Subscribe(scope, "LiveSubscription", deliver, p.Queues.Live, Concurrency(p.PerSecond))
	part.Subscribe(scope, "BulkSubscription", deliver, p.Queues.Bulk, Concurrency(p.PerSecond))
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
