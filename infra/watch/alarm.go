package watch

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/interfaces/interfacesawscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/infra/target"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// newAlarms declares the alarms, and returns them: those of the deployment, and then
// those of each target. Each also tells you when it is over.
func (w watched) newAlarms(topic awssns.ITopic) []interfacesawscloudwatch.IAlarmRef {
	action := awscloudwatchactions.NewSnsAction(topic)
	var declared []interfacesawscloudwatch.IAlarmRef
	for _, a := range alarms {
		if a.metric == nil {
			continue
		}
		if metric := a.metric(w); metric != nil {
			declared = append(declared, w.newAlarm(a, nil, action, above(metric, a.threshold)))
		}
	}
	for _, t := range w.Targets {
		for _, a := range alarms {
			if a.ofTarget != nil {
				declared = append(declared, w.newAlarm(a, &t, action, above(a.ofTarget(w, t), a.threshold)))
			}
		}
		if w.HoursOfSilence > 0 {
			declared = append(declared, w.newAlarm(silence, &t, action, w.silent(t)))
		}
	}
	return declared
}

// above says when an alarm rings because something happens.
func above(metric awscloudwatch.IMetric, threshold float64) *awscloudwatch.AlarmProps {
	return &awscloudwatch.AlarmProps{
		Metric:             metric,
		Threshold:          &threshold,
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD,
		EvaluationPeriods:  jsii.Number(1),
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
	}
}

// silent says when the alarm rings that rings because nothing happens.
func (w watched) silent(t target.Target) *awscloudwatch.AlarmProps {
	// The window may be seven days at most. If it is longer than a day, its periods
	// must be an hour or more. An hour without a run counts as 0: if it were missing,
	// CloudWatch would look at the runs before the window, and ring late.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
	// A run whose changes still wait for a target is alive, and says so every ten minutes.
	hourly := formula("FILL(succeeded, 0) + FILL(waiting, 0)", "Successful full syncs", map[string]awscloudwatch.IMetric{
		"succeeded": w.targetMetric(t, telemetry.RunSucceeded, sum, ""), "waiting": w.targetMetric(t, telemetry.RunWaiting, sum, ""),
	}).With(&awscloudwatch.MathExpressionOptions{Period: minutes(60)})
	return &awscloudwatch.AlarmProps{
		Metric:             hourly,
		Threshold:          jsii.Number(1),
		ComparisonOperator: awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD,
		EvaluationPeriods:  jsii.Number(w.HoursOfSilence),
		TreatMissingData:   awscloudwatch.TreatMissingData_BREACHING,
	}
}

// newAlarm declares one alarm: of a target, or with nil of the deployment.
func (w watched) newAlarm(a alarm, of *target.Target, action awscloudwatch.IAlarmAction, props *awscloudwatch.AlarmProps) awscloudwatch.IAlarm {
	id, name, text := "Alarm", *w.stack().StackName()+"-"+a.name, a.means+" First: "+a.first
	if of != nil {
		id, name = of.Resource("Alarm"), *w.stack().StackName()+"-"+of.Name+"-"+a.name
		text = strings.ReplaceAll(text, "<Target>", of.Resource(""))
	}
	id += setting.ResourceName(a.name)
	props.AlarmName, props.AlarmDescription = &name, &text
	declared := awscloudwatch.NewAlarm(w.scope, &id, props)
	declared.AddAlarmAction(action)
	declared.AddOkAction(action)
	return declared
}
