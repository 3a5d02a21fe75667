package userpool

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// Attach adds postauth to the declaration of a pool in the same CDK stack. Like the CDK,
// it panics if the pool already has one of the two triggers.
//
// The function stays when the stack goes, because the pool may stay and call it.
func Attach(pool awscognito.UserPool, postauth awslambda.Function) Pool {
	pool.AddTrigger(awscognito.UserPoolOperation_POST_AUTHENTICATION(), postauth, "")
	pool.AddTrigger(awscognito.UserPoolOperation_POST_CONFIRMATION(), postauth, "")
	for _, trigger := range []string{"PostAuthenticationCognito", "PostConfirmationCognito"} {
		permission := pool.Node().FindChild(jsii.String(trigger)).(awslambda.CfnPermission)
		keepTrigger(postauth, permission)
	}
	return Pool{ID: pool.UserPoolId(), ARN: pool.UserPoolArn()}
}
