// Package source declares what notices changes in the pool: the trigger that reports
// sign-ins, the rule and the queue for events, and the function that reads them. The
// ledger, by which all parts know what a target holds, is here as well.
package source

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/poolsync/poolsync/infra/part"
)

const (
	// Cognito waits five seconds for a trigger, whatever is set here, and the
	// function answers after 1.5 s at the latest. A shorter limit could only turn
	// a late answer into an error, which refuses the sign-in.
	// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
	postauthTimeout = 5 * time.Second

	// The function needs some 20 MB. Lambda gives CPU by memory, and the TLS
	// handshake of a first sign-in is CPU that somebody waits for.
	postauthMemoryMiB = 256
)

// PostauthProps is what [NewPostauth] depends on.
type PostauthProps struct {
	Runtime part.Runtime
	// Changes is the queue that sign-ins go to.
	Changes awssqs.Queue
}

// NewPostauth declares the Cognito trigger. It may send to the queue and nothing
// else. Neither its role nor its environment names the pool: the pool depends on
// the function, so CloudFormation would see a circle.
func NewPostauth(scope constructs.Construct, id string, p *PostauthProps) awslambda.Function {
	scope = constructs.NewConstruct(scope, &id)
	return part.NewFunction(scope, "PostauthFunction", &part.FunctionProps{
		Runtime:     p.Runtime,
		Name:        "postauth",
		Description: "poolsync: puts each sign-in and sign-up of the user pool on the queue (Cognito trigger)",
		MemoryMiB:   postauthMemoryMiB,
		Timeout:     postauthTimeout,
		Env:         map[string]*string{"QUEUE_URL": p.Changes.QueueUrl()},
		Allow:       []awsiam.PolicyStatement{part.Allow(p.Changes.QueueArn(), "sqs:SendMessage")},
	})
}
