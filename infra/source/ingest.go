package source

import (
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/userpool"
)

// ingestConcurrency is the least that Lambda allows. There are few events, and nobody
// waits for them.
const ingestConcurrency = 2

// IngestProps is what [NewIngest] depends on.
type IngestProps struct {
	Runtime part.Runtime
	// Events is the queue that it works on. Changes is the queue that it sends to.
	Events, Changes awssqs.Queue
	Pool            userpool.Pool
	Ledger          awsdynamodb.Table
	// ListRate is how many requests a second all instances together make to list users.
	ListRate int
	// Target is the target's name in the ledger.
	Target string
	// OwnRoles are the ARNs of the roles with which this deployment itself writes to the
	// pool. What they do, a provider did through us and has reported already.
	OwnRoles []string
}

// NewIngest declares the function that looks up the users that events are about, and its
// subscription to the events queue.
func NewIngest(scope constructs.Construct, id string, p *IngestProps) awslambda.Function {
	scope = constructs.NewConstruct(scope, &id)
	ingest := part.NewFunction(scope, "IngestFunction", &part.FunctionProps{
		Runtime:     p.Runtime,
		Name:        "ingest",
		Description: "poolsync: looks up the users that events are about, and queues their changes",
		MemoryMiB:   part.BatchMemoryMiB,
		Timeout:     part.BatchTimeout,
		Env: map[string]*string{
			"EVENTS_QUEUE_URL": p.Events.QueueUrl(),
			"QUEUE_URL":        p.Changes.QueueUrl(),
			"TABLE_NAME":       p.Ledger.TableName(),
			"TARGET_NAME":      &p.Target,
			"USER_POOL_ID":     p.Pool.ID,
			"OWN_ROLE_ARNS":    jsii.String(strings.Join(p.OwnRoles, ",")),
			"LIST_RATE":        jsii.String(strconv.FormatFloat(float64(p.ListRate)/ingestConcurrency, 'f', -1, 64)),
		},
		Allow: []awsiam.PolicyStatement{
			part.Work(p.Events),
			part.Allow(p.Changes.QueueArn(), "sqs:SendMessage"),
			part.Allow(p.Ledger.TableArn(), "dynamodb:GetItem", "dynamodb:UpdateItem"),
			part.Allow(p.Pool.ARN, "cognito-idp:ListUsers", "cognito-idp:AdminGetUser", "cognito-idp:ListUserPoolClients"),
		},
	})
	part.Subscribe(scope, "IngestSubscription", ingest, p.Events, ingestConcurrency)
	return ingest
}
