package part

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewLogGroup declares a log group that is deleted with the stack. days is a retention
// that CloudWatch Logs offers.
func NewLogGroup(scope constructs.Construct, id string, days int) awslogs.LogGroup {
	logs := awslogs.NewLogGroup(scope, &id, &awslogs.LogGroupProps{RemovalPolicy: awscdk.RemovalPolicy_DESTROY})
	// The CDK would want its own constant for each retention.
	cfn(logs).SetRetentionInDays(jsii.Number(days))
	return logs
}

// NewVendedLogGroup declares a log group that a service delivers to. Its name must begin
// with one of AWS's prefixes, such as /aws/vendedlogs/states/. Such a group takes no room
// in the account's resource policy for log delivery, which is limited to 5,120
// characters: once it is full, no service can be added.
// https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
func NewVendedLogGroup(scope constructs.Construct, id, name string, days int) awslogs.LogGroup {
	logs := NewLogGroup(scope, id, days)
	cfn(logs).SetLogGroupName(&name)
	return logs
}

func cfn(logs awslogs.LogGroup) awslogs.CfnLogGroup {
	return logs.Node().DefaultChild().(awslogs.CfnLogGroup)
}
