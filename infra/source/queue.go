package source

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/poolsync/poolsync/infra/part"
)

// NewQueue declares the queue for events about the pool, and its dead-letter queue.
//
// Events have their own queue because each may need to read the pool, and Cognito allows
// only a few reads a second. A sign-in, which needs none, must not wait behind them.
func NewQueue(scope constructs.Construct, id string) awssqs.Queue {
	scope = constructs.NewConstruct(scope, &id)
	deadLetters := part.NewDeadLetterQueue(scope, "EventsDeadLetterQueue")
	events := part.NewQueue(scope, "EventsQueue", deadLetters)
	part.Output(scope, "EventsDeadLetterQueueUrl", deadLetters.QueueUrl(), "Holds events that could not be queued or read; normally empty")
	part.Output(scope, "EventsDeadLetterQueueArn", deadLetters.QueueArn(), "The same queue's ARN, for: aws sqs start-message-move-task --source-arn")
	return events
}
