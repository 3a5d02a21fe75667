// Package poolsync is the whole of poolsync as one construct: for our own CDK app, and
// for a CDK app of yours.
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
	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/infra/userpool"
)

// Props is what [New] depends on.
type Props struct {
	// Settings are those of the environment, as [setting.Parse] or [setting.Read] return
	// them.
	Settings setting.Settings
	// Functions is a folder with the built functions, as [Build] leaves it.
	Functions string
	// UserPool is a pool that the same stack declares. Its triggers are set by its own
	// declaration, so it must have neither PostAuthentication nor PostConfirmation. Nil:
	// the pool that the settings name or describe.
	UserPool awscognito.UserPool
}

// Poolsync keeps a user pool and its targets in step. A stack has one at most: alarms,
// metrics and logs are named after the stack.
type Poolsync struct {
	// Construct is the construct below which all of it lies.
	Construct constructs.Construct

	// Postauth is the function that the pool calls, Deliver the one that calls the target.
	Postauth, Deliver awslambda.Function
	// Webhook is the function that UserHub calls, Ingest the one that reads events. They
	// are nil if the settings ask for none.
	Webhook, Ingest awslambda.Function
	// Changes is the queue of changes, with its dead-letter queue; Events, nil if there
	// is none, that of events.
	Changes, Events awssqs.Queue
	// FullSync is the state machine of a full sync.
	FullSync awsstepfunctions.CfnStateMachine
	// Ledger is what targets last confirmed.
	Ledger awsdynamodb.Table
	// AlarmTopic is where alarms go.
	AlarmTopic awssns.ITopic
	// UserPool names the pool.
	UserPool userpool.Pool
}

// New declares poolsync below scope, a stack or a construct of one. Like all constructors
// of the CDK, it panics if something cannot be declared.
func New(scope constructs.Construct, id *string, props *Props) *Poolsync {
	p, check := declare(scope, id, props)
	if check != nil {
		connectivity.Run(p.Construct, "ConnectivityRun", check, digest(scope, id, props))
	}
	return p
}

// declare declares all but the invocation of the check, whose function it returns, or
// nil if the settings ask for no check.
func declare(scope constructs.Construct, id *string, props *Props) (*Poolsync, awslambda.Function) {
	p := &Poolsync{Construct: constructs.NewConstruct(scope, id)}
	_, target := props.Settings.OnlyTarget()
	c := composition{
		Poolsync: p, props: props, settings: props.Settings, target: target,
		runtime: part.Runtime{
			Functions:        props.Functions,
			LogLevel:         props.Settings.Watch.LogLevel,
			LogRetentionDays: props.Settings.Watch.LogRetentionDays,
		},
	}
	return p, c.declare()
}

// digest stands for all that props ask for. The pool of another construct is none of
// what is checked: any pool takes its place.
func digest(scope constructs.Construct, id *string, props *Props) string {
	return connectivity.Digest(scope, func(twin awscdk.Stack) {
		alike := *props
		if props.UserPool != nil {
			alike.UserPool = awscognito.NewUserPool(twin, jsii.String("UserPool"), nil)
		}
		declare(twin, id, &alike)
	})
}
