package main

import (
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

const (
	// visibility hides a message while a function works on it, and so is also how long
	// a message waits whose function died. AWS asks for six times the function's
	// timeout.
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	visibility = 6 * batchTimeout

	// maxReceives is how often a message is tried before it goes to the dead-letter
	// queue. What cannot be dealt with now is put off, and then sent to the queue anew;
	// so a receive that failed means that the function died of the message or beside it, that Lambda had no room for it, or that nobody can read it. Ten
	// leave room for a bad deployment of half an hour. AWS advises five at least.
	maxReceives = 10

	// A message keeps its age when it moves to the dead-letter queue. Four days
	// here leave at least ten there, and 14 days is the most that SQS keeps.
	retention           = 4 * 24 * time.Hour
	deadLetterRetention = 14 * 24 * time.Hour
)

// newChangesQueue declares the queue of changes and its dead-letter queue.
func (s stack) newChangesQueue() awssqs.Queue {
	changes := s.newQueue("ChangesQueue", s.newDeadLetterQueue("ChangesDeadLetterQueue"))
	deadLetters := changes.DeadLetterQueue().Queue
	s.output("QueueUrl", changes.QueueUrl(), "Where changes wait for their delivery")
	s.output("DeadLetterQueueUrl", deadLetters.QueueUrl(), "Where changes end that could not be delivered; normally empty")
	s.output("DeadLetterQueueArn", deadLetters.QueueArn(), "The same queue, as start-message-move-task wants it named")
	return changes
}

// newEventsQueue declares the queue of what happens in the pool between runs, and its
// dead-letter queue. It returns nil where nobody would put anything there.
//
// Events have a queue of their own because each may cost a look into the pool, of which
// Cognito allows a few a second: a sign-in, which needs none, must not wait behind them.
func (s stack) newEventsQueue() awssqs.Queue {
	if s.config.cloudTrailEvents == "off" && s.config.webhook == "off" {
		return nil
	}
	queued := s.newQueue("EventsQueue", s.newDeadLetterQueue("EventsDeadLetterQueue"))
	deadLetters := queued.DeadLetterQueue().Queue
	s.output("EventsDeadLetterQueueUrl", deadLetters.QueueUrl(), "Where events end that could not be queued or read; normally empty")
	s.output("EventsDeadLetterQueueArn", deadLetters.QueueArn(), "The same queue, as start-message-move-task wants it named")
	return queued
}

// newQueue declares a queue with a dead-letter queue.
//
// Both are encrypted with a key that SQS manages: unlike a KMS key it costs
// nothing per sign-in, and needs no policy for the services that send.
func (s stack) newQueue(id string, deadLetters awssqs.Queue) awssqs.Queue {
	queue := awssqs.NewQueue(s.scope, &id, &awssqs.QueueProps{
		Encryption:        awssqs.QueueEncryption_SQS_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		RetentionPeriod:   duration(retention),
		VisibilityTimeout: duration(visibility),
		DeadLetterQueue: &awssqs.DeadLetterQueue{
			Queue:           deadLetters,
			MaxReceiveCount: jsii.Number(maxReceives),
		},
	})
	fixLogicalID(queue, id)
	return queue
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
