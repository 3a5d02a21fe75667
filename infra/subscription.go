package main

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

const (
	// batchTimeout is how long a function may work on a batch. For deliver it has room
	// for two deliveries in a row that UserHub lets hang until deliver gives up on them,
	// after 12 seconds each. The queue's visibility follows from it, and with that the
	// wait before a message comes back: longer is not better.
	batchTimeout = 30 * time.Second

	// What works on batches needs some 20 MB and spends its time on the network, where
	// nobody waits for it: the smallest function costs the least.
	batchMemoryMiB = 128

	// batchSize is the most that Lambda hands over without first waiting for more.
	batchSize = 10
)

// subscribe has a function work on a queue, in so many batches at once at most.
//
// It is not awslambdaeventsources.SqsEventSource, which would add permissions that
// Lambda does not use. The limit is on the subscription and not on the function, where
// it would use up the messages' receives.
//
// The function puts what it cannot deal with now back at the end of the queue. Lambda
// takes that for a loop, and after some sixteen rounds gives the message up to the
// dead-letter queue: an outage of UserHub that lasts five minutes would fill that. The
// rounds end by themselves, when a message is four days old.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
func (s stack) subscribe(id string, function awslambda.Function, queue awssqs.Queue, concurrency int) {
	function.Node().DefaultChild().(awslambda.CfnFunction).SetRecursiveLoop(jsii.String("Allow"))
	awslambda.NewEventSourceMapping(s.scope, &id, &awslambda.EventSourceMappingProps{
		Target:                  function,
		EventSourceArn:          queue.QueueArn(),
		BatchSize:               jsii.Number(batchSize),
		MaxConcurrency:          jsii.Number(concurrency),
		ReportBatchItemFailures: jsii.Bool(true),
	})
}

// work returns what it takes to work on a queue, and to put messages back on it.
func work(queue awssqs.Queue) awsiam.PolicyStatement {
	return allow(queue.QueueArn(), "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage")
}
