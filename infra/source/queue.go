package source

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/poolsync/poolsync/infra/part"
)

// NewQueue declares the queue of what happens in the pool between runs, and its
// dead-letter queue.
//
// Events have a queue of their own because each may cost a look into the pool, of which
// Cognito allows a few a second: a sign-in, which needs none, must not wait behind them.
func NewQueue(scope constructs.Construct, id string) awssqs.Queue {
	scope = constructs.NewConstruct(scope, &id)
	events := part.NewQueue(scope, "Events")
	deadLetters := events.DeadLetterQueue().Queue
	part.Output(scope, "EventsDeadLetterQueueUrl", deadLetters.QueueUrl(), "Where events end that could not be queued or read; normally empty")
	part.Output(scope, "EventsDeadLetterQueueArn", deadLetters.QueueArn(), "The same queue, as start-message-move-task wants it named")
	return events
}
