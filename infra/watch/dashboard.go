package watch

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
)

// newDashboard declares a dashboard that shows a day, the urgent on top: alarms;
// Cognito's quota and errors; then for each target what is delivered and how fast, what
// waits, and what runs found; then events, and what UserHub asks.
func (w watched) newDashboard(alarms []interfacesawscloudwatch.IAlarmRef) {
	dashboard := awscloudwatch.NewDashboard(w.scope, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		// A dashboard belongs to the whole account, so stacks with the same name in
		// two Regions need different dashboard names.
		DashboardName:   jsii.String(*w.stack().StackName() + "-" + *w.stack().Region()),
		DefaultInterval: awscdk.Duration_Days(jsii.Number(1)),
	})
	dashboard.AddWidgets(awscloudwatch.NewAlarmStatusWidget(&awscloudwatch.AlarmStatusWidgetProps{
		Title: jsii.String("Alarms"), Alarms: &alarms, Width: jsii.Number(fullWidth), Height: jsii.Number(4),
	}))
	dashboard.AddWidgets(w.signInsGraph(), w.errorsGraph())
	for _, t := range w.Targets {
		dashboard.AddWidgets(w.lastRun(t))
		dashboard.AddWidgets(w.changesGraph(t), w.delayGraph(t))
		dashboard.AddWidgets(w.queueGraph(t), w.runsGraph(t))
	}
	dashboard.AddWidgets(w.quotaGraph(), w.durationGraph())
	if w.Events != nil {
		dashboard.AddWidgets(w.eventsGraph(), w.eventsQueueGraph())
	}
	if w.Webhook != nil {
		dashboard.AddWidgets(w.requestsGraph(), w.answersGraph())
	}

	part.Output(w.scope, "DashboardUrl", jsii.String(fmt.Sprintf("https://%s.console.aws.amazon.com/cloudwatch/home?region=%s#dashboards/dashboard/%s",
		*w.stack().Region(), *w.stack().Region(), *dashboard.DashboardName())), "A day at a glance")
}
