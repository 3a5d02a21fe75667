// Command attach is the CloudFormation custom resource that sets our triggers on
// a user pool which another stack owns, and clears them when our stack goes.
//
// Its properties are UserPoolId, Function (the function to call) and, if other
// triggers are to be replaced and put back, ReplaceTriggers. It needs a timeout of
// two minutes: an update begins only while 50 s are left to verify it, to undo it and
// to answer, and it may have to wait for other people's updates.
package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	awslambda "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/poolsync/poolsync/shared/cognito/attach"
	"github.com/poolsync/poolsync/shared/cognito/attach/customresource"
	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// maxAttempts is how often a read is tried when AWS is busy.
const maxAttempts = 5

// settings are the function's environment variables.
type settings struct {
	// PoolID is the pool of the template that the function is deployed with. A
	// request names its own pool, which may be that of an earlier template.
	PoolID string `env:"USER_POOL_ID"`
}

func main() {
	s, _ := config.Load[settings]() // any text is valid, also an empty one
	h := customresource.New(connect, s.PoolID, telemetry.NewLogger())
	lambda.Start(cfn.LambdaWrap(h.Handle))
}

// connect returns an attacher for the Region and the role that Lambda gives us.
func connect(ctx context.Context) (*attach.Attacher, error) {
	aws, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRetryMaxAttempts(maxAttempts))
	if err != nil {
		return nil, fmt.Errorf("load the AWS configuration: %w", err)
	}
	return attach.New(cognitoidentityprovider.NewFromConfig(aws), awslambda.NewFromConfig(aws)), nil
}
