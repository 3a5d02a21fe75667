// Package watch declares what tells people how a deployment is doing: metrics, alarms,
// the topic that the alarms go to, and a dashboard.
package watch

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsstepfunctions"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/poolsync/poolsync/infra/target"
)

// Props is what [New] depends on: everything that alarms and the dashboard look at.
type Props struct {
	// AlarmTopicARN is the owner's topic for alarms; empty: New makes one.
	AlarmTopicARN string
	// HoursOfSilence is after how many hours without a successful run an alarm rings;
	// 0: no runs are scheduled, so none is missed.
	HoursOfSilence int
	// SyncRate is how many requests a second a run may make to list users.
	SyncRate int

	Targets []target.Target
	Events  awssqs.Queue // nil: there is none
	Machine awsstepfunctions.CfnStateMachine

	Postauth, Fullsync awslambda.Function
	Ingest, Webhook    awslambda.Function // nil: there is none
}

// watched is what alarms and the dashboard look at, and where they are declared.
type watched struct {
	*Props
	scope constructs.Construct
}

func (w watched) stack() awscdk.Stack { return awscdk.Stack_Of(w.scope) }

// functions returns the functions whose failures one graph shows.
func (w watched) functions() []awslambda.Function {
	var all []awslambda.Function
	some := []awslambda.Function{w.Postauth, w.Ingest}
	for _, t := range w.Targets {
		some = append(some, t.Deliver)
	}
	for _, function := range append(some, w.Fullsync, w.Webhook) {
		if function != nil {
			all = append(all, function)
		}
	}
	return all
}

// New declares the alarms and the dashboard, and returns the topic that alarms go to.
func New(scope constructs.Construct, id string, p *Props) awssns.ITopic {
	w := watched{Props: p, scope: constructs.NewConstruct(scope, &id)}
	topic := w.topic()
	w.newDashboard(w.newAlarms(topic))
	return topic
}
