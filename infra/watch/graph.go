package watch

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"
)

// The grid of a dashboard is 24 units wide.
const (
	fullWidth   = 24
	halfWidth   = fullWidth / 2
	graphHeight = 6
)

type metrics []awscloudwatch.IMetric

// graph returns a half-width graph with one axis or two.
func graph(title, left string, leftMetrics metrics, right string, rightMetrics metrics) awscloudwatch.IWidget {
	props := &awscloudwatch.GraphWidgetProps{
		Title: &title, Width: jsii.Number(halfWidth), Height: jsii.Number(graphHeight),
		Left:           (*[]awscloudwatch.IMetric)(&leftMetrics),
		LeftYAxis:      axis(left),
		LegendPosition: awscloudwatch.LegendPosition_BOTTOM,
	}
	if rightMetrics != nil {
		props.Right, props.RightYAxis = (*[]awscloudwatch.IMetric)(&rightMetrics), axis(right)
	}
	return awscloudwatch.NewGraphWidget(props)
}

func axis(label string) *awscloudwatch.YAxisProps {
	return &awscloudwatch.YAxisProps{Label: &label, ShowUnits: jsii.Bool(false), Min: jsii.Number(0)}
}
