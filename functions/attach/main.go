// Command attach is the CloudFormation custom resource that sets our triggers on
// a user pool which another stack owns, and clears them when our stack goes.
//
// Its properties are UserPoolId and FunctionArn, the function to call. It needs a
// time-out of two minutes: an update begins only while 50 s are left to verify it,
// to undo it and to answer, and other people's updates may have to be waited for.
package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-lambda-go/cfn"
	"github.com/aws/aws-lambda-go/lambda"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolsync/poolsync/shared/cognito/attach"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// maxAttempts is how often a call that reads is made when Cognito is busy.
const maxAttempts = 5

func main() {
	h := handler{connect: connect, log: telemetry.NewLogger()}
	lambda.Start(cfn.LambdaWrap(h.handle))
}

// connect returns a client for the Region and the role that Lambda gives us. It
// runs within a request, because a failure has to be answered: CloudFormation
// waits an hour for an answer that does not come.
func connect(ctx context.Context) (attach.Cognito, error) {
	aws, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRetryMaxAttempts(maxAttempts))
	if err != nil {
		return nil, fmt.Errorf("load the AWS configuration: %w", err)
	}
	return cognitoidentityprovider.NewFromConfig(aws), nil
}
