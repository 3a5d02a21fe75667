package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// pool names the user pool to all that reads it or writes to it, whoever
// declared it.
type pool struct {
	id, arn *string
}

// userPool returns the pool to keep in step: the one that exists, or a new one.
// Either way it calls postauth after a sign-in and after a sign-up.
func (s stack) userPool(postauth awslambda.Function) pool {
	if s.config.userPoolID != "" {
		return s.existingPool(postauth)
	}
	return s.newPool(postauth)
}

// permitPool lets a pool call postauth. id is the permission's logical id, and of the
// pool's own: a permission cannot be changed, and with another pool under the same id
// CloudFormation would take it from the first.
func (s stack) permitPool(id string, arn *string, postauth awslambda.Function) awslambda.CfnPermission {
	return awslambda.NewCfnPermission(s.scope, &id, &awslambda.CfnPermissionProps{
		Action:        jsii.String("lambda:InvokeFunction"),
		FunctionName:  postauth.FunctionArn(),
		Principal:     jsii.String("cognito-idp.amazonaws.com"),
		SourceAccount: s.scope.Account(),
		SourceArn:     arn,
	})
}

// keepTrigger leaves all that a pool needs to call postauth in place, whatever
// becomes of the stack: a pool whose trigger cannot be called refuses every sign-in.
// A pool may call it still when nobody here knows of that any more: one that was
// named before, one whose owner set the triggers by hand, or one whose triggers could
// not be cleared.
func keepTrigger(postauth awslambda.Function, permission awslambda.CfnPermission) {
	permission.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil)
	postauth.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
	postauth.Role().ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
}
