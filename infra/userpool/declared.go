package userpool

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

// Attach has a pool that the same CDK stack declares call postauth, by the pool's own
// declaration. It panics, as the CDK does, if the pool has one of the two triggers.
//
// What the pool calls stays when the stack goes, for the pool may stay as well.
func Attach(pool awscognito.UserPool, postauth awslambda.Function) Pool {
	pool.AddTrigger(awscognito.UserPoolOperation_POST_AUTHENTICATION(), postauth, "")
	pool.AddTrigger(awscognito.UserPoolOperation_POST_CONFIRMATION(), postauth, "")
	for _, trigger := range []string{"PostAuthenticationCognito", "PostConfirmationCognito"} {
		permission := pool.Node().FindChild(jsii.String(trigger)).(awslambda.CfnPermission)
		keepTrigger(postauth, permission)
	}
	return Pool{ID: pool.UserPoolId(), ARN: pool.UserPoolArn()}
}
