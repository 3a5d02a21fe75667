package watch

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
)

// topic returns the topic that alarms go to: the owner's, or one that the stack makes.
func (w watched) topic() awssns.ITopic {
	if w.AlarmTopicARN != "" {
		return awssns.Topic_FromTopicArn(w.scope, jsii.String("AlarmTopic"), &w.AlarmTopicARN)
	}
	topic := awssns.NewTopic(w.scope, jsii.String("AlarmTopic"), &awssns.TopicProps{
		DisplayName: w.stack().StackName(),
		MasterKey:   w.newAlarmKey(),
		EnforceSSL:  jsii.Bool(true),
	})
	topic.AddToResourcePolicy(w.forAlarms(part.Allow(topic.TopicArn(), "sns:Publish")))

	part.Output(w.scope, "AlarmTopicArn", topic.TopicArn(), "Where alarms go")
	part.Output(w.scope, "SubscribeToAlarms", jsii.String(fmt.Sprintf(
		"aws sns subscribe --region %s --topic-arn %s --protocol email --notification-endpoint you@example.com", *w.stack().Region(), *topic.TopicArn())),
		"Sends alarms to your e-mail address, once you confirm it by the link that you get. Do this after the first full sync")
	return topic
}

// newAlarmKey declares the key that encrypts alarms on their way. AWS's own key will not
// do: its policy does not let CloudWatch use it, and nobody can change that.
// https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
func (w watched) newAlarmKey() awskms.Key {
	key := awskms.NewKey(w.scope, jsii.String("AlarmKey"), &awskms.KeyProps{
		Description:       jsii.String("poolsync: encrypts alarms"),
		EnableKeyRotation: jsii.Bool(true),
		// SNS keeps messages only while it tries to deliver them: nothing is lost with the key.
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		PendingWindow: awscdk.Duration_Days(jsii.Number(7)),
	})
	key.AddToResourcePolicy(w.forAlarms(part.Allow(jsii.String("*"), "kms:Decrypt", "kms:GenerateDataKey*")), nil)
	return key
}

// forAlarms limits a statement to CloudWatch, for this stack's alarms.
func (w watched) forAlarms(statement awsiam.PolicyStatement) awsiam.PolicyStatement {
	statement.AddServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)
	statement.AddCondition(jsii.String("StringEquals"), map[string]*string{"aws:SourceAccount": w.stack().Account()})
	statement.AddCondition(jsii.String("ArnLike"), map[string]*string{"aws:SourceArn": w.stack().FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("cloudwatch"), Resource: jsii.String("alarm"), ResourceName: jsii.String(*w.stack().StackName() + "-*"),
		ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})})
	return statement
}
