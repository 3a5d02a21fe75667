package watch

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/infra/target"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// metricPeriod is the step of graphs and of most alarms, in minutes.
const metricPeriod = 5

// The statistics in use.
const (
	sum     = "Sum"
	maximum = "Maximum"
)

// metric returns one of the metrics that the functions write of the deployment.
func (w watched) metric(name, statistic, label string) awscloudwatch.Metric {
	return ownMetric(name, "Stack", *w.stack().StackName(), statistic, label)
}

// targetMetric returns one of those that they write of a target.
func (w watched) targetMetric(t target.Target, name, statistic, label string) awscloudwatch.Metric {
	return ownMetric(name, "Target", telemetry.TargetDimension(*w.stack().StackName(), t.Name), statistic, label)
}

func ownMetric(name, dimension, of, statistic, label string) awscloudwatch.Metric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace:     jsii.String(telemetry.Namespace),
		MetricName:    &name,
		DimensionsMap: &map[string]*string{dimension: &of},
		Statistic:     &statistic,
		Label:         part.Text(label),
		Period:        minutes(metricPeriod),
	})
}

// everywhere returns the sum of a metric that each target has; with shared, the
// deployment has it too.
func (w watched) everywhere(name, label string, shared bool) awscloudwatch.IMetric {
	of := map[string]awscloudwatch.IMetric{}
	var terms []string
	add := func(variable string, metric awscloudwatch.IMetric) {
		of[variable] = metric
		terms = append(terms, "FILL("+variable+", 0)")
	}
	for _, t := range w.Targets {
		add(variable(name+setting.ResourceName(t.Name)), w.targetMetric(t, name, sum, ""))
	}
	if shared {
		add(variable(name), w.metric(name, sum, ""))
	}
	return formula(strings.Join(terms, " + "), label, of)
}

// variable returns a name as one that an expression may have: with a small letter first.
func variable(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// awsMetric returns a metric that an AWS service writes about one resource.
func awsMetric(namespace, name, dimension string, resource *string, statistic, label string) awscloudwatch.IMetric {
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace:     &namespace,
		MetricName:    &name,
		DimensionsMap: &map[string]*string{dimension: resource},
		Statistic:     &statistic,
		Label:         part.Text(label),
		Period:        minutes(metricPeriod),
	})
}

// formula returns a metric computed from others. of has them by their names in the
// expression.
func formula(expression, label string, of map[string]awscloudwatch.IMetric) awscloudwatch.MathExpression {
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: &expression, Label: &label, UsingMetrics: &of, Period: minutes(metricPeriod),
	})
}

// SQS's metrics of a queue.
const (
	waiting = "ApproximateNumberOfMessagesVisible"
	hidden  = "ApproximateNumberOfMessagesNotVisible"
	delayed = "ApproximateNumberOfMessagesDelayed"
	oldest  = "ApproximateAgeOfOldestMessage"
)

func queueMetric(queue awssqs.IQueue, name, label string) awscloudwatch.IMetric {
	return awsMetric("AWS/SQS", name, "QueueName", queue.QueueName(), maximum, label)
}

// deadLetters counts the messages of a queue that were given up.
func deadLetters(queue awssqs.Queue, label string) awscloudwatch.IMetric {
	return queueMetric(queue.DeadLetterQueue().Queue, waiting, label)
}

func lambdaMetric(function awslambda.Function, name, label string) awscloudwatch.IMetric {
	return awsMetric("AWS/Lambda", name, "FunctionName", function.FunctionName(), sum, label)
}

// failures counts the invocations of a function that failed or did not begin.
func failures(function awslambda.Function, label string) awscloudwatch.IMetric {
	// The names include the function's id, because a graph can hold several of these.
	errors, throttles := "errors"+*function.Node().Id(), "throttles"+*function.Node().Id()
	return formula("FILL("+errors+", 0) + FILL("+throttles+", 0)", label, map[string]awscloudwatch.IMetric{
		errors:    lambdaMetric(function, "Errors", ""),
		throttles: lambdaMetric(function, "Throttles", ""),
	})
}

func minutes(n int) awscdk.Duration { return awscdk.Duration_Minutes(jsii.Number(n)) }
