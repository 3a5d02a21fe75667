package source

import (
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/target"
	"github.com/poolsync/poolsync/infra/userpool"
)

// IngestConcurrency is how many instances read events at most: the least that Lambda allows. There are few events, and nobody
// waits for them.
const IngestConcurrency = 2

// IngestProps is what [NewIngest] depends on.
type IngestProps struct {
	Runtime part.Runtime
	// Events is the queue that it works on.
	Events awssqs.Queue
	// Targets are those that it sends to.
	Targets []target.Target
	Pool    userpool.Pool
	Ledger  awsdynamodb.Table
	// ListRate is how many requests a second all instances together make to list users.
	ListRate int
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
			"TABLE_NAME":       p.Ledger.TableName(),
			"TARGETS":          part.JSON(destinations(p.Targets)),
			"USER_POOL_ID":     p.Pool.ID,
			"OWN_ROLE_ARNS":    jsii.String(strings.Join(p.OwnRoles, ",")),
			"LIST_RATE":        jsii.String(strconv.FormatFloat(float64(p.ListRate)/IngestConcurrency, 'f', -1, 64)),
		},
		Allow: append(sendLive(p.Targets),
			part.Work(p.Events),
			part.Allow(p.Ledger.TableArn(), "dynamodb:GetItem", "dynamodb:UpdateItem"),
			part.Allow(p.Pool.ARN, "cognito-idp:ListUsers", "cognito-idp:AdminGetUser", "cognito-idp:ListUserPoolClients")),
	})
	part.Subscribe(scope, "IngestSubscription", ingest, p.Events, IngestConcurrency)
	return ingest
}

// destination is what the function is told of a target: see functions/ingest.
type destination struct {
	Name     string `json:"name"` // in the ledger
	QueueURL string `json:"queueUrl"`
}

// destinations is what the function is told of the targets.
func destinations(targets []target.Target) []destination {
	var all []destination
	for _, t := range targets {
		all = append(all, destination{t.Described.LedgerName(), *t.Queues.Live.QueueUrl()})
	}
	return all
}
