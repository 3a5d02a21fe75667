package main

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

const (
	// attachTimeout is what functions/attach asks for: an update begins only while
	// there is time to verify it, to undo it and to answer.
	attachTimeout = 2 * time.Minute

	// attachWait is when CloudFormation stops waiting for an answer. Without it, a
	// function that cannot start holds the deployment for an hour.
	attachWait = 5 * time.Minute

	attachMemoryMiB = 128
)

// existingPool names the pool that the owner has, and has it call postauth.
func (s stack) existingPool(postauth awslambda.Function) pool {
	existing := pool{
		id: &s.config.userPoolID,
		arn: s.scope.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("cognito-idp"), Resource: jsii.String("userpool"), ResourceName: &s.config.userPoolID,
		}),
	}
	permission := s.permitPool(existing.arn, postauth)
	if s.config.attachManually {
		// We cannot tell when the owner clears the slots.
		keepTrigger(postauth, permission)
		s.explainAttachment(postauth)
	} else {
		s.attach(existing, postauth, permission)
	}
	s.output("UserPoolId", existing.id, "The user pool")
	return existing
}

// attach declares the custom resource that sets the pool's two triggers, and
// clears them when the stack goes.
//
// CloudFormation deletes what a resource depends on after the resource: the
// triggers are cleared while the permission and postauth still stand.
func (s stack) attach(existing pool, postauth awslambda.Function, permission awslambda.CfnPermission) {
	statements := []awsiam.PolicyStatement{
		allow(existing.arn, "cognito-idp:DescribeUserPool", "cognito-idp:GetUserPoolMfaConfig", "cognito-idp:UpdateUserPool"),
	}
	if s.config.userPoolSMSRoleARN != "" {
		statements = append(statements, s.passSMSRole())
	}
	attach := s.newFunction(functionProps{
		name:        "attach",
		description: "poolsync: sets and clears the triggers of the user pool (CloudFormation custom resource)",
		memoryMiB:   attachMemoryMiB,
		timeout:     attachTimeout,
		allow:       statements,
	})
	// Lambda keeps a request that it could not carry out for six hours. It must give
	// one up before CloudFormation does, which then asks for the deletion: the triggers
	// would be set after they were cleared, for a function that is gone by then.
	// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
	attach.ConfigureAsyncInvoke(&awslambda.EventInvokeConfigOptions{MaxEventAge: duration(attachWait - attachTimeout)})
	resource := awscdk.NewCustomResource(s.scope, jsii.String("UserPoolAttachment"), &awscdk.CustomResourceProps{
		ResourceType:   jsii.String("Custom::UserPoolAttachment"),
		ServiceToken:   attach.FunctionArn(),
		ServiceTimeout: duration(attachWait),
		Properties: &map[string]any{
			"UserPoolId": existing.id, "FunctionArn": postauth.FunctionArn(),
			// The function does not read it: CloudFormation asks again where it changes.
			"Revision": &s.config.attachRevision,
		},
	})
	fixLogicalID(resource, "UserPoolAttachment")
	resource.Node().AddDependency(permission, attach)
}

// passSMSRole allows handing the pool its own role for text messages again, which
// an update does with every setting that the pool has.
func (s stack) passSMSRole() awsiam.PolicyStatement {
	pass := allow(&s.config.userPoolSMSRoleARN, "iam:PassRole")
	pass.AddCondition(jsii.String("StringEquals"), map[string]string{"iam:PassedToService": "cognito-idp.amazonaws.com"})
	return pass
}

// explainAttachment prints what the owner of the pool has to set.
func (s stack) explainAttachment(postauth awslambda.Function) {
	s.output("AttachByHand1Function", postauth.FunctionArn(),
		"Set this function as the pool's triggers PostAuthentication and PostConfirmation, where the pool is declared: "+
			"LambdaConfig in CloudFormation, lambda_config in Terraform, addTrigger in the CDK")
	s.output("AttachByHand2Warning", jsii.String("Not by: aws cognito-idp update-user-pool --lambda-config"),
		"That command resets every setting of the pool that it does not name. Without a declaration, use the console: User pools > Extensions > Add Lambda trigger")
	s.output("AttachByHand3Check", jsii.String(fmt.Sprintf(
		"aws cognito-idp describe-user-pool --region %s --user-pool-id %s --query UserPool.LambdaConfig", s.config.region(), s.config.userPoolID)),
		"Shows both triggers. Clear them before removing this stack")
}
