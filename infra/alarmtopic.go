package main

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"
)

// alarmTopic returns the topic that alarms go to: the owner's, or one of the
// stack's own.
func (s stack) alarmTopic() awssns.ITopic {
	if s.config.alarmTopicARN != "" {
		return awssns.Topic_FromTopicArn(s.scope, jsii.String("AlarmTopic"), &s.config.alarmTopicARN)
	}
	topic := awssns.NewTopic(s.scope, jsii.String("AlarmTopic"), &awssns.TopicProps{
		DisplayName: s.scope.StackName(),
		MasterKey:   s.newAlarmKey(),
		EnforceSSL:  jsii.Bool(true),
	})
	fixLogicalID(topic, "AlarmTopic")
	topic.AddToResourcePolicy(s.forAlarms(allow(topic.TopicArn(), "sns:Publish")))

	s.output("AlarmTopicArn", topic.TopicArn(), "Where alarms go")
	s.output("SubscribeToAlarms", jsii.String(fmt.Sprintf(
		"aws sns subscribe --region %s --topic-arn %s --protocol email --notification-endpoint you@example.com", *s.scope.Region(), *topic.TopicArn())),
		"Sends alarms to an address of yours, once its owner has agreed by a link. Do it after the first full sync")
	return topic
}

// newAlarmKey declares the key that encrypts alarms on their way. It is one of our
// own because CloudWatch may not use that of AWS: nobody can change its policy.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func (s stack) newAlarmKey() awskms.Key {
	key := awskms.NewKey(s.scope, jsii.String("AlarmKey"), &awskms.KeyProps{
		Description:       jsii.String("poolsync: encrypts alarms"),
		EnableKeyRotation: jsii.Bool(true),
		// No message waits longer than SNS tries to deliver it: nothing is lost with it.
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		PendingWindow: awscdk.Duration_Days(jsii.Number(7)),
	})
	fixLogicalID(key, "AlarmKey")
	key.AddToResourcePolicy(s.forAlarms(allow(jsii.String("*"), "kms:Decrypt", "kms:GenerateDataKey*")), nil)
	return key
}

// forAlarms grants a statement to CloudWatch, on behalf of this stack's alarms.
func (s stack) forAlarms(statement awsiam.PolicyStatement) awsiam.PolicyStatement {
	statement.AddServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)
	statement.AddCondition(jsii.String("StringEquals"), map[string]*string{"aws:SourceAccount": s.scope.Account()})
	statement.AddCondition(jsii.String("ArnLike"), map[string]*string{"aws:SourceArn": s.scope.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("cloudwatch"), Resource: jsii.String("alarm"), ResourceName: jsii.String(s.config.stackName + "-*"),
		ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})})
	return statement
}
