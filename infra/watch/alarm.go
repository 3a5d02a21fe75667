package watch

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/shared/telemetry"
)

// newAlarms declares the alarms, and returns them. Each also tells you when it is over.
func (w watched) newAlarms(topic awssns.ITopic) []interfacesawscloudwatch.IAlarmRef {
	action := awscloudwatchactions.NewSnsAction(topic)
	var declared []interfacesawscloudwatch.IAlarmRef
	for _, a := range alarms {
		if metric := a.metric(w); metric != nil {
			declared = append(declared, w.newAlarm(a, action, &awscloudwatch.AlarmProps{
				Metric:             metric,
				Threshold:          &a.threshold,
				ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD,
				EvaluationPeriods:  jsii.Number(1),
				TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
			}))
		}
	}
	if w.HoursOfSilence == 0 {
		return declared
	}
	return append(declared, w.newSilence(action))
}

// newSilence declares the alarm that rings because nothing happens.
func (w watched) newSilence(action awscloudwatch.IAlarmAction) awscloudwatch.IAlarm {
	// The window may be seven days at most. If it is longer than a day, its periods
	// must be an hour or more. An hour without a run counts as 0: if it were missing,
	// CloudWatch would look at the runs before the window, and ring late.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
	// A run whose changes still wait for a target is alive, and says so every ten minutes.
	hourly := formula("FILL(succeeded, 0) + FILL(waiting, 0)", "Successful full syncs", map[string]awscloudwatch.IMetric{
		"succeeded": w.metric(telemetry.RunSucceeded, sum, ""), "waiting": w.metric(telemetry.RunWaiting, sum, ""),
	}).With(&awscloudwatch.MathExpressionOptions{Period: minutes(60)})
	return w.newAlarm(silence, action, &awscloudwatch.AlarmProps{
		Metric:             hourly,
		Threshold:          jsii.Number(1),
		ComparisonOperator: awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD,
		EvaluationPeriods:  jsii.Number(w.HoursOfSilence),
		TreatMissingData:   awscloudwatch.TreatMissingData_BREACHING,
	})
}

// newAlarm declares one alarm.
func (w watched) newAlarm(a alarm, action awscloudwatch.IAlarmAction, props *awscloudwatch.AlarmProps) awscloudwatch.IAlarm {
	id := "Alarm"
	for word := range strings.SplitSeq(a.name, "-") {
		id += strings.ToUpper(word[:1]) + word[1:]
	}
	props.AlarmName = jsii.String(*w.stack().StackName() + "-" + a.name)
	props.AlarmDescription = jsii.String(a.means + " First: " + a.first)
	declared := awscloudwatch.NewAlarm(w.scope, &id, props)
	declared.AddAlarmAction(action)
	declared.AddOkAction(action)
	return declared
}
