package part

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

const (
	// BatchTimeout is how long a function may work on a batch. deliver has room for two
	// deliveries in a row that its target lets hang until deliver gives up on them,
	// after 12 seconds each. The queue's visibility follows from it, and with that the
	// wait before a message comes back: longer is not better.
	BatchTimeout = 30 * time.Second

	// BatchMemoryMiB is what a function that works on batches gets. It needs some 20 MB
	// and spends its time on the network, where nobody waits for it: the smallest
	// function costs the least.
	BatchMemoryMiB = 128

	// batchSize is the most that Lambda hands over without first waiting for more.
	batchSize = 10

	// visibility hides a message while a function works on it, and so is also how long
	// a message waits whose function died. AWS asks for six times the function's
	// timeout.
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	visibility = 6 * BatchTimeout

	// maxReceives is how often a message is received before it goes to the dead-letter
	// queue. What has to wait is sent to the queue anew, with a delay; so a receive that
	// failed means that the function died, that Lambda had no room for it, or that nobody
	// can read the message. Ten leave room for a bad deployment of half an hour. AWS
	// advises five at least.
	maxReceives = 10

	// A message keeps its age when it moves to the dead-letter queue. Four days
	// here leave at least ten there, and 14 days is the most that SQS keeps.
	retention           = 4 * 24 * time.Hour
	deadLetterRetention = 14 * 24 * time.Hour
)

// NewQueue declares a queue and its dead-letter queue: <name>Queue and
// <name>DeadLetterQueue.
//
// Both are encrypted with a key that SQS manages: unlike a KMS key it costs
// nothing per sign-in, and needs no policy for the services that send.
func NewQueue(scope constructs.Construct, name string) awssqs.Queue {
	deadLetters := awssqs.NewQueue(scope, jsii.String(name+"DeadLetterQueue"), &awssqs.QueueProps{
		Encryption:      awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:      jsii.Bool(true),
		RetentionPeriod: Duration(deadLetterRetention),
	})
	return awssqs.NewQueue(scope, jsii.String(name+"Queue"), &awssqs.QueueProps{
		Encryption:        awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		RetentionPeriod:   Duration(retention),
		VisibilityTimeout: Duration(visibility),
		DeadLetterQueue: &awssqs.DeadLetterQueue{
			Queue:           deadLetters,
			MaxReceiveCount: jsii.Number(maxReceives),
		},
	})
}

// Subscribe has a function work on a queue, in so many batches at once at most.
//
// It is not awslambdaeventsources.SqsEventSource, which would add permissions that
// Lambda does not use. The limit is on the subscription and not on the function, where
// it would use up the messages' receives.
//
// The function sends what it cannot deal with now to the queue again. Lambda takes that
// for a loop, and after some sixteen rounds moves the message to the dead-letter queue:
// an outage of a target that lasts five minutes would fill that. The rounds end by
// themselves, when a message is four days old.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
func Subscribe(scope constructs.Construct, id string, function awslambda.Function, queue awssqs.Queue, concurrency int) {
	function.Node().DefaultChild().(awslambda.CfnFunction).SetRecursiveLoop(jsii.String("Allow"))
	awslambda.NewEventSourceMapping(scope, &id, &awslambda.EventSourceMappingProps{
		Target:                  function,
		EventSourceArn:          queue.QueueArn(),
		BatchSize:               jsii.Number(batchSize),
		MaxConcurrency:          jsii.Number(concurrency),
		ReportBatchItemFailures: jsii.Bool(true),
	})
}

// Work returns what it takes to work on a queue, and to send messages to it again.
func Work(queue awssqs.Queue) awsiam.PolicyStatement {
	return Allow(queue.QueueArn(), "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage")
}
