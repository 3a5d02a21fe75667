// Package poolsync is all of poolsync as one construct: for our own CDK app, and for
// yours.
package poolsync

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/connectivity"
	"github.com/poolsync/poolsync/infra/fullsync"
	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/infra/source"
	"github.com/poolsync/poolsync/infra/target"
	"github.com/poolsync/poolsync/infra/userpool"
)

// Props is what [New] depends on.
type Props struct {
	// Settings are the environment's settings, as [setting.Parse] or [setting.Read]
	// return them.
	Settings setting.Settings
	// Functions is a folder with the built functions, as [Build] leaves it.
	Functions string
	// UserPool is a pool that your stack declares. New adds the triggers to that
	// declaration, so it must have neither PostAuthentication nor PostConfirmation yet.
	// Nil: the pool that the settings name or describe.
	UserPool awscognito.UserPool
}

// Poolsync keeps a user pool and its targets in step. Put at most one into a stack:
// alarms, metrics and logs are named after the stack.
type Poolsync struct {
	// Construct is the construct that contains all of it.
	Construct constructs.Construct

	// Postauth is the function that the pool calls.
	Postauth awslambda.Function
	// Webhook is the function that UserHub calls. Ingest reads events. Each is nil if
	// the settings do not ask for it.
	Webhook, Ingest awslambda.Function
	// Targets are the targets, in the order of their names, each with its queues and the
	// function that delivers to it.
	Targets []target.Target
	// Events is the queue of events, with a dead-letter queue, or nil if there is none.
	Events awssqs.Queue
	// FullSync is the state machine of a full sync.
	FullSync awsstepfunctions.CfnStateMachine
	// Ledger holds what targets last confirmed.
	Ledger awsdynamodb.Table
	// AlarmTopic is where alarms go.
	AlarmTopic awssns.ITopic
	// UserPool names the pool.
	UserPool userpool.Pool
}

// New declares poolsync below scope: a stack, or a construct inside one. Like every CDK
// constructor, it panics if something cannot be declared.
func New(scope constructs.Construct, id *string, props *Props) *Poolsync {
	p, check := declare(scope, id, props)
	if check != nil {
		connectivity.Run(p.Construct, "ConnectivityRun", check, digest(scope, id, props))
	}
	return p
}

// declare declares everything but the invocation of the check. It returns the check's
// function, or nil if the settings ask for no check.
func declare(scope constructs.Construct, id *string, props *Props) (*Poolsync, awslambda.Function) {
	p := &Poolsync{Construct: constructs.NewConstruct(scope, id)}
	c := composition{
		Poolsync: p, props: props, settings: props.Settings,
		runtime: part.Runtime{
			Functions:        props.Functions,
			LogLevel:         props.Settings.Watch.LogLevel,
			LogRetentionDays: props.Settings.Watch.LogRetentionDays,
		},
	}
	return p, c.declare()
}

// Concurrency is how many instances of functions work on queues and on a full sync at
// once at most. It does not count those that sign-ins and the webhook need.
func (p *Poolsync) Concurrency() int {
	n := fullsync.Concurrency
	if p.Ingest != nil {
		n += source.IngestConcurrency
	}
	for _, t := range p.Targets {
		n += 2 * target.Concurrency(t.PerSecond) // a queue each
	}
	return n
}

// digest returns the digest of everything that props ask for. The check does not look at
// a pool that another construct declares, so any pool may take its place here.
func digest(scope constructs.Construct, id *string, props *Props) string {
	return connectivity.Digest(scope, func(twin awscdk.Stack) {
		alike := *props
		if props.UserPool != nil {
			alike.UserPool = awscognito.NewUserPool(twin, jsii.String("UserPool"), nil)
		}
		declare(twin, id, &alike)
	})
}
