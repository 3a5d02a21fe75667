package main

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

const (
	// visibility hides a message while deliver works on it, and so is also how long
	// a message waits whose deliver died. AWS asks for six times the
	// function's timeout.
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	visibility = 6 * deliverTimeout

	// maxReceives is how often a message is tried before it goes to the dead-letter
	// queue. deliver puts off what the target cannot take now, and then sends it to
	// the queue anew; so a receive that failed means that deliver died of the message
	// or beside it, that Lambda had no room for it, or that nobody can read it. Ten
	// leave room for a bad deployment of half an hour. AWS advises five at least.
	maxReceives = 10

	// A message keeps its age when it moves to the dead-letter queue. Four days
	// here leave at least ten there, and 14 days is the most that SQS keeps.
	retention           = 4 * 24 * time.Hour
	deadLetterRetention = 14 * 24 * time.Hour
)

// newQueue declares the queue of changes and its dead-letter queue.
//
// Both are encrypted with a key that SQS manages: unlike a KMS key it costs
// nothing per sign-in, and needs no policy for the services that send.
func (s stack) newQueue() awssqs.Queue {
	deadLetters := s.newDeadLetterQueue("ChangesDeadLetterQueue")
	changes := awssqs.NewQueue(s.scope, jsii.String("ChangesQueue"), &awssqs.QueueProps{
		Encryption:        awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		RetentionPeriod:   duration(retention),
		VisibilityTimeout: duration(visibility),
		DeadLetterQueue: &awssqs.DeadLetterQueue{
			Queue:           deadLetters,
			MaxReceiveCount: jsii.Number(maxReceives),
		},
	})
	fixLogicalID(changes, "ChangesQueue")

	s.output("QueueUrl", changes.QueueUrl(), "Where changes wait for their delivery")
	s.output("DeadLetterQueueUrl", deadLetters.QueueUrl(), "Where changes end that could not be delivered; normally empty")
	s.output("DeadLetterQueueArn", deadLetters.QueueArn(), "The same queue, as start-message-move-task wants it named")
	return changes
}

// newDeadLetterQueue declares a queue of what could not be delivered.
func (s stack) newDeadLetterQueue(id string) awssqs.Queue {
	queue := awssqs.NewQueue(s.scope, &id, &awssqs.QueueProps{
		Encryption:      awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:      jsii.Bool(true),
		RetentionPeriod: duration(deadLetterRetention),
	})
	fixLogicalID(queue, id)
	return queue
}

// duration converts a duration of Go's to one of the CDK's, in whole seconds.
func duration(d time.Duration) awscdk.Duration {
	return awscdk.Duration_Seconds(jsii.Number(d.Seconds()))
}
