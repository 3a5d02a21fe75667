package main

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
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

// newPostauth declares the Cognito trigger. It may send to the queue and nothing
// else. Neither its role nor its environment names the pool: the pool depends on
// the function, so CloudFormation would see a circle.
func (s stack) newPostauth(changes awssqs.Queue) awslambda.Function {
	return s.newFunction(functionProps{
		name:        "postauth",
		description: "poolsync: puts each sign-in and sign-up of the user pool on the queue (Cognito trigger)",
		memoryMiB:   postauthMemoryMiB,
		timeout:     postauthTimeout,
		env:         map[string]*string{"QUEUE_URL": changes.QueueUrl()},
		allow:       []awsiam.PolicyStatement{allow(changes.QueueArn(), "sqs:SendMessage")},
	})
}
