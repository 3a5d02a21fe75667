package watch

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/shared/telemetry"
)

// userListQuota is how many requests a second may list users in an account and Region,
// in all pools together. It cannot be raised.
// https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html
const userListQuota = 30

func (w watched) changesGraph() awscloudwatch.IWidget {
	return graph("Sign-ins queued, and changes delivered", "in five minutes", metrics{
		w.metric(telemetry.ChangesQueued, sum, "sign-ins and sign-ups queued"),
		w.metric(telemetry.ChangesDelivered, sum, "changes delivered, of any origin"),
		w.metric(telemetry.ChangesRejected, sum, "rejected by UserHub"),
		w.metric(telemetry.ChangesRetried, sum, "to be retried"),
	}, "", nil)
}

func (w watched) delayGraph() awscloudwatch.IWidget {
	return graph("Delay from the sign-in to UserHub's answer", "ms", metrics{
		w.metric(telemetry.DeliveryDelay, "p50", "p50"),
		w.metric(telemetry.DeliveryDelay, "p99", "p99"),
	}, "", nil)
}

func (w watched) queueGraph() awscloudwatch.IWidget {
	return graph("What waits", "changes", metrics{
		queueMetric(w.Live, waiting, "sign-ins and edits"),
		queueMetric(w.Live, hidden, "being delivered"),
		queueMetric(w.Live, delayed, "waiting for a retry"),
		queueMetric(w.Bulk, waiting, "of full syncs"),
		queueMetric(w.Bulk, delayed, "of full syncs, waiting for a retry"),
		deadLetters(w.Live, "given up"),
	}, "age in seconds", metrics{
		queueMetric(w.Live, oldest, "oldest sign-in or edit"),
		queueMetric(w.Bulk, oldest, "oldest of full syncs"),
		w.metric(telemetry.OldestChange, maximum, "oldest waiting for a retry"),
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
func (w watched) lastRun() awscloudwatch.IWidget {
	walked := w.metric(telemetry.RunWalked, sum, "walked")
	held := formula("walked * 0 + FILL(held, 0)", "removals held", map[string]awscloudwatch.IMetric{
		"walked": walked, "held": w.metric(telemetry.RunHeld, sum, ""),
	})
	return awscloudwatch.NewSingleValueWidget(&awscloudwatch.SingleValueWidgetProps{
		Title: jsii.String("The last full sync"), Width: jsii.Number(fullWidth), Height: jsii.Number(3),
		Metrics: &[]awscloudwatch.IMetric{
			walked,
			w.metric(telemetry.RunChanged, sum, "changed"),
			w.metric(telemetry.RunRejected, sum, "rejected"),
			w.metric(telemetry.RunRemoved, sum, "removed"),
			held,
			w.metric(telemetry.RunDuration, maximum, "seconds"),
		},
	})
}

func (w watched) runsGraph() awscloudwatch.IWidget {
	return graph("Full syncs", "users", metrics{
		w.metric(telemetry.RunChanged, sum, "changed"),
		w.metric(telemetry.RunRejected, sum, "rejected"),
		w.metric(telemetry.RunRemoved, sum, "removed"),
		w.metric(telemetry.RunHeld, sum, "removals held"),
	}, "seconds", metrics{w.metric(telemetry.RunDuration, maximum, "length")})
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
		w.metric(telemetry.ChangesForeign, sum, "changes of another pool"),
		w.metric(telemetry.MessagesUnreadable, sum, "unreadable messages"),
		w.metric(telemetry.KeyRefused, sum, "key refused"),
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
