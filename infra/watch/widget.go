package watch

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/target"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// userListQuota is how many requests a second may list users in an account and Region,
// in all pools together. It cannot be raised.
// https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
const userListQuota = 30

// signInsGraph shows what the trigger does. Each sign-in is queued once for each target.
func (w watched) signInsGraph() awscloudwatch.IWidget {
	return graph("Sign-ins and sign-ups queued", "in five minutes", metrics{
		w.metric(telemetry.ChangesQueued, sum, "queued, once for each target"),
		w.metric(telemetry.ChangesDropped, sum, "dropped"),
		w.metric(telemetry.ChangesUncertain, sum, "possibly dropped"),
	}, "", nil)
}

func (w watched) changesGraph(t target.Target) awscloudwatch.IWidget {
	return graph(t.Name+": changes delivered", "in five minutes", metrics{
		w.targetMetric(t, telemetry.ChangesDelivered, sum, "delivered, of any origin"),
		w.targetMetric(t, telemetry.ChangesRejected, sum, "rejected by the target"),
		w.targetMetric(t, telemetry.ChangesRetried, sum, "to be retried"),
	}, "", nil)
}

func (w watched) delayGraph(t target.Target) awscloudwatch.IWidget {
	return graph(t.Name+": delay from a sign-in or edit to the answer", "ms", metrics{
		w.targetMetric(t, telemetry.DeliveryDelay, "p50", "p50"),
		w.targetMetric(t, telemetry.DeliveryDelay, "p99", "p99"),
	}, "", nil)
}

func (w watched) queueGraph(t target.Target) awscloudwatch.IWidget {
	live, bulk := t.Queues.Live, t.Queues.Bulk
	return graph(t.Name+": what waits", "changes", metrics{
		queueMetric(live, waiting, "sign-ins and edits"),
		queueMetric(live, hidden, "being delivered"),
		queueMetric(live, delayed, "waiting for a retry"),
		queueMetric(bulk, waiting, "of full syncs"),
		queueMetric(bulk, delayed, "of full syncs, waiting for a retry"),
		deadLetters(live, "given up"),
	}, "age in seconds", metrics{
		queueMetric(live, oldest, "oldest sign-in or edit"),
		queueMetric(bulk, oldest, "oldest of full syncs"),
		w.targetMetric(t, telemetry.OldestChange, maximum, "oldest waiting for a retry"),
	})
}

func (w watched) eventsGraph() awscloudwatch.IWidget {
	return graph("Events between runs", "in five minutes", metrics{
		awsMetric("AWS/SQS", "NumberOfMessagesSent", "QueueName", w.Events.QueueName(), sum, "queued"),
		w.metric(telemetry.EventsForeign, sum, "about users in other pools"),
		w.metric(telemetry.EventsSkipped, sum, "skipped: too many about unknown users"),
		w.metric(telemetry.EventsRetried, sum, "to be retried"),
	}, "", nil)
}

func (w watched) eventsQueueGraph() awscloudwatch.IWidget {
	return graph("Events that wait", "events", metrics{
		queueMetric(w.Events, waiting, "on the queue"),
		queueMetric(w.Events, hidden, "being read"),
		queueMetric(w.Events, delayed, "waiting for a retry"),
	}, "age in seconds", metrics{queueMetric(w.Events, oldest, "oldest on the queue")})
}

// quotaGraph shows how much of Cognito's quota the account uses. Cognito counts by
// category of operation, for all pools of the account. A search finds that count by
// the category's name, whatever its dimensions are called.
// https://docs.aws.amazon.com/cognito/latest/developerguide/metrics-for-cognito-user-pools.html
func (w watched) quotaGraph() awscloudwatch.IWidget {
	used := awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression:   jsii.String(fmt.Sprintf(`SEARCH('Namespace="AWS/Usage" MetricName="CallCount" "UserList"', 'Sum', %d) / %d`, metricPeriod*60, metricPeriod*60)),
		Label:        jsii.String("all requests in this account"),
		UsingMetrics: &map[string]awscloudwatch.IMetric{},
		Period:       minutes(metricPeriod),
	})
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String("Cognito's quota for listing users"), Width: jsii.Number(halfWidth), Height: jsii.Number(graphHeight),
		Left:      &[]awscloudwatch.IMetric{used},
		LeftYAxis: &awscloudwatch.YAxisProps{Label: jsii.String("requests a second"), ShowUnits: jsii.Bool(false), Min: jsii.Number(0)},
		LeftAnnotations: &[]*awscloudwatch.HorizontalAnnotation{
			{Value: jsii.Number(userListQuota), Label: jsii.String("the account's quota")},
			{Value: jsii.Number(w.SyncRate), Label: jsii.String("our share, while a full sync runs")},
		},
		LegendPosition: awscloudwatch.LegendPosition_BOTTOM,
	})
}

// lastRun shows the values of the last run, whenever it was. A run that held no
// removals does not write that metric; it counts as zero.
func (w watched) lastRun(t target.Target) awscloudwatch.IWidget {
	walked := w.targetMetric(t, telemetry.RunWalked, sum, "walked")
	held := formula("walked * 0 + FILL(held, 0)", "removals held", map[string]awscloudwatch.IMetric{
		"walked": walked, "held": w.targetMetric(t, telemetry.RunHeld, sum, ""),
	})
	return awscloudwatch.NewSingleValueWidget(&awscloudwatch.SingleValueWidgetProps{
		Title: jsii.String(t.Name + " (" + target.System(t.Target) + "): the last full sync"), Width: jsii.Number(fullWidth), Height: jsii.Number(3),
		Metrics: &[]awscloudwatch.IMetric{
			walked,
			w.targetMetric(t, telemetry.RunChanged, sum, "changed"),
			w.targetMetric(t, telemetry.RunRejected, sum, "rejected"),
			w.targetMetric(t, telemetry.RunRemoved, sum, "removed"),
			held,
		},
	})
}

func (w watched) runsGraph(t target.Target) awscloudwatch.IWidget {
	return graph(t.Name+": full syncs", "users", metrics{
		w.targetMetric(t, telemetry.RunChanged, sum, "changed"),
		w.targetMetric(t, telemetry.RunRejected, sum, "rejected"),
		w.targetMetric(t, telemetry.RunRemoved, sum, "removed"),
		w.targetMetric(t, telemetry.RunHeld, sum, "removals held"),
	}, "", nil)
}

func (w watched) durationGraph() awscloudwatch.IWidget {
	return graph("How long full syncs take", "seconds", metrics{w.metric(telemetry.RunDuration, maximum, "length")}, "", nil)
}

// errorsGraph shows everything that went wrong. On a good day it is empty.
func (w watched) errorsGraph() awscloudwatch.IWidget {
	var all metrics
	for _, function := range w.functions() {
		name := strings.ToLower(strings.TrimSuffix(*function.Node().Id(), "Function"))
		all = append(all, failures(function, name+" failed or throttled"))
	}
	all = append(all,
		w.metric(telemetry.ChangesDropped, sum, "changes dropped"),
		w.metric(telemetry.ChangesUncertain, sum, "changes possibly dropped"),
		w.everywhere(telemetry.ChangesForeign, "changes of another pool", false),
		w.everywhere(telemetry.MessagesUnreadable, "unreadable messages", true),
		w.everywhere(telemetry.KeyRefused, "key refused", false),
		w.metric(telemetry.RunFailed, sum, "runs failed"),
	)
	if w.Events != nil {
		all = append(all, deadLetters(w.Events, "events given up"))
	}
	return graph("Errors", "count", all, "", nil)
}

func (w watched) requestsGraph() awscloudwatch.IWidget {
	return graph("What UserHub asks of the webhook", "in five minutes", metrics{
		w.metric(telemetry.WebhookRequests, sum, "requests"),
		w.metric(telemetry.WebhookErrors, sum, "not answered: an error"),
		w.metric(telemetry.WebhookRefused, sum, "not from UserHub: refused"),
	}, "", nil)
}

func (w watched) answersGraph() awscloudwatch.IWidget {
	return graph("How long the webhook takes", "ms", metrics{
		awsMetric("AWS/Lambda", "Duration", "FunctionName", w.Webhook.FunctionName(), "p50", "p50"),
		awsMetric("AWS/Lambda", "Duration", "FunctionName", w.Webhook.FunctionName(), "p99", "p99"),
	}, "", nil)
}
