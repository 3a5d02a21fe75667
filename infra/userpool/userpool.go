// Package userpool declares the user pool, or attaches to one that exists, and what else
// belongs to a pool: app clients, a domain, and access for others.
package userpool

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
)

// Pool names the user pool to all that reads it or writes to it, whoever declared it.
type Pool struct {
	ID, ARN *string
}

// permit lets a pool call postauth. id is the permission's, and of the pool's own: a
// permission cannot be changed, and with another pool under the same id CloudFormation
// would take it from the first.
func permit(scope constructs.Construct, id string, arn *string, postauth awslambda.Function) awslambda.CfnPermission {
	return awslambda.NewCfnPermission(scope, &id, &awslambda.CfnPermissionProps{
		Action:        jsii.String("lambda:InvokeFunction"),
		FunctionName:  postauth.FunctionArn(),
		Principal:     jsii.String("cognito-idp.amazonaws.com"),
		SourceAccount: awscdk.Stack_Of(scope).Account(),
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

// keep leaves a resource in place when the stack goes, but not when the deployment that
// creates it fails: a domain that stays, of a pool that nobody has, keeps its prefix from
// the next try.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html
func keep(resource awscdk.CfnResource) {
	resource.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN_ON_UPDATE_OR_DELETE, nil)
}

func showID(scope constructs.Construct, id *string) {
	part.Output(scope, "UserPoolId", id, "The user pool")
}
