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
	// BatchTimeout is how long a function may work on a batch. It is enough for two
	// deliveries in a row that hang until deliver gives up, after 12 seconds each. The
	// queue's visibility timeout follows from it, and so does the wait before a message
	// comes back: longer is not better.
	BatchTimeout = 30 * time.Second

	// BatchMemoryMiB is the memory of a function that works on batches. It needs some
	// 20 MB, spends its time waiting for the network, and nobody waits for it: the
	// smallest size costs the least.
	BatchMemoryMiB = 128

	// batchSize is the most that Lambda hands over without a batching window.
	batchSize = 10

	// visibility is how long a message is hidden while a function works on it, and so
	// also how long it waits if the function dies. AWS recommends six times the
	// function's timeout.
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	visibility = 6 * BatchTimeout

	// maxReceives is how often a message is received before it goes to the dead-letter
	// queue. A change that has to wait is sent to the queue as a new message with a delay.
	// So a failed receive means that the function died, that Lambda had no capacity, or
	// that the message is unreadable. Ten receives survive a bad deployment of half an
	// hour. AWS advises at least five.
	maxReceives = 10

	// A message keeps its age when it moves to the dead-letter queue. Four days
	// here leave at least ten there: SQS keeps a message for 14 days at most.
	retention           = 4 * 24 * time.Hour
	deadLetterRetention = 14 * 24 * time.Hour
)

// NewDeadLetterQueue declares a queue of what other queues have given up.
func NewDeadLetterQueue(scope constructs.Construct, id string) awssqs.Queue {
	return awssqs.NewQueue(scope, &id, &awssqs.QueueProps{
		Encryption:      awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:      jsii.Bool(true),
		RetentionPeriod: Duration(deadLetterRetention),
	})
}

// NewQueue declares a queue that gives up to deadLetters.
//
// It is encrypted with a key that SQS manages: unlike a KMS key that costs nothing per
// sign-in, and needs no policy for the services that send.
func NewQueue(scope constructs.Construct, id string, deadLetters awssqs.IQueue) awssqs.Queue {
	return awssqs.NewQueue(scope, &id, &awssqs.QueueProps{
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

// Subscribe has a function work on a queue, with at most concurrency batches at once.
//
// It does not use awslambdaeventsources.SqsEventSource, which would add permissions that
// Lambda does not need. The limit is on the subscription: on the function, it would use
// up the messages' receives.
//
// What the function has to retry later, it sends to the queue again. Lambda takes that
// for a loop and, unless told otherwise, moves the message to the dead-letter queue after
// some sixteen rounds: a five-minute outage of a target would fill that queue. The rounds
// end anyway when a message is four days old.
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

// Work returns the permissions to work on a queue and to send messages back to it.
func Work(queue awssqs.Queue) awsiam.PolicyStatement {
	return Allow(queue.QueueArn(), "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:SendMessage")
}
