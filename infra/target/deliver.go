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
	// Target is the target's part of the settings.
	Target setting.Target
	// SecretsKeyARN is the owner's KMS key that encrypts the target's secret; empty: none.
	SecretsKeyARN string
	// Changes is the queue that it works on.
	Changes awssqs.Queue
	Pool    userpool.Pool
	Ledger  awsdynamodb.Table
}

// NewDeliver declares the function that delivers changes to a target, and its
// subscription to their queue.
func NewDeliver(scope constructs.Construct, id string, p *DeliverProps) awslambda.Function {
	scope = constructs.NewConstruct(scope, &id)
	deliver := part.NewFunction(scope, "DeliverFunction", &part.FunctionProps{
		Runtime:     p.Runtime,
		Name:        "deliver",
		Description: "poolsync: delivers the changes on the queue to UserHub",
		MemoryMiB:   part.BatchMemoryMiB,
		Timeout:     part.BatchTimeout,
		Env: map[string]*string{
			"USERHUB_CONNECTION_ID":  &p.Target.ConnectionID,
			"USERHUB_KEY_SECRET_ARN": &p.Target.KeySecretARN,
			"USERHUB_EXTERNAL_ID":    &p.Target.ExternalID,
			"USERHUB_BASE_URL":       &p.Target.BaseURL,
			"QUEUE_URL":              p.Changes.QueueUrl(),
			"TABLE_NAME":             p.Ledger.TableName(),
			"USER_POOL_ID":           p.Pool.ID,
			"SCOPE_GROUPS":           jsii.String(strings.Join(p.Target.Scope.Groups, ",")),
			"REMOVAL_POLICY":         &p.Target.Removals.Action,
			"TARGET_RATE":            part.Number(p.Target.Rate.PerSecond),
			"TARGET_RATE_PER_MINUTE": part.Number(p.Target.Rate.PerMinute),
		},
		Allow: append(part.ReadSecret(p.Target.KeySecretARN, p.SecretsKeyARN),
			part.Work(p.Changes),
			part.Allow(p.Ledger.TableArn(), "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
			readUser(p.Pool, p.Target.Scope)),
	})
	part.Subscribe(scope, "DeliverSubscription", deliver, p.Changes, p.Target.Concurrency)
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
