// Package userpool declares the user pool, or attaches to one that exists, and declares
// what else belongs to a pool: app clients, a domain, and access for others.
package userpool

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
)

// Pool names the user pool, whoever declared it, for what reads it or writes to it.
type Pool struct {
	ID, ARN *string
}

// permit lets a pool call postauth. The permission's id must be unique to the pool: a
// permission cannot be changed, so with another pool under the same id CloudFormation
// would take the permission from the first.
func permit(scope constructs.Construct, id string, arn *string, postauth awslambda.Function) awslambda.CfnPermission {
	return awslambda.NewCfnPermission(scope, &id, &awslambda.CfnPermissionProps{
		Action:        jsii.String("lambda:InvokeFunction"),
		FunctionName:  postauth.FunctionArn(),
		Principal:     jsii.String("cognito-idp.amazonaws.com"),
		SourceAccount: awscdk.Stack_Of(scope).Account(),
		SourceArn:     arn,
	})
}

// keepTrigger leaves in place everything that a pool needs to call postauth, whatever
// happens to the stack: a pool that cannot call its trigger refuses every sign-in. A pool
// may still call postauth after the stack has forgotten it: a pool that was named before,
// one whose owner set the triggers by hand, or one whose triggers could not be cleared.
func keepTrigger(postauth awslambda.Function, permission awslambda.CfnPermission) {
	permission.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil)
	postauth.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
	postauth.Role().ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
}

// keep leaves a resource in place when the stack goes, but not when the deployment that
// creates it fails. Otherwise the next attempt could not use the domain's prefix, which
// a pool that nobody uses would hold.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
func keep(resource awscdk.CfnResource) {
	resource.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
}

func showID(scope constructs.Construct, id *string) {
	part.Output(scope, "UserPoolId", id, "The user pool")
}
