package userpool

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/setting/newpool"
)

// smsSender declares the role with which a new pool sends text messages, if it does.
// The role stays when the stack goes, and when the settings no longer need it: we found no
// word on whether an update that leaves the configuration out takes it from the pool.
//
// Cognito sends for many accounts with one identity. The external id and the source
// account keep Cognito from using this role for somebody else's pool.
// https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-sms-settings.html
func smsSender(scope constructs.Construct, pool newpool.Pool) any {
	if !pool.SendsSMS() {
		return nil
	}
	stack := awscdk.Stack_Of(scope)
	externalID := *stack.StackName() + "-sms"
	role := awsiam.NewRole(scope, jsii.String("UserPoolSmsRole"), &awsiam.RoleProps{
		Description: jsii.String("poolsync: lets the user pool send text messages"),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("cognito-idp.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]*string{
				"sts:ExternalId":    &externalID,
				"aws:SourceAccount": stack.Account(),
			}},
		}),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"permissions": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
				Statements: &[]awsiam.PolicyStatement{part.Allow(jsii.String("*"), "sns:Publish")},
			}),
		},
	})
	role.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
	part.Suppress(role, "AwsSolutions-IAM5", "A text message is published to a phone number, which has no ARN.")
	return &awscognito.CfnUserPool_SmsConfigurationProperty{
		SnsCallerArn: role.RoleArn(),
		ExternalId:   &externalID,
		SnsRegion:    part.Text(pool.SMS.Region),
	}
}
