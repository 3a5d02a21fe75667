// Package target declares what each target has for itself: the queue of its changes,
// and the function that delivers them.
package target

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/poolsync/poolsync/infra/part"
)

// NewQueue declares the queue of changes and its dead-letter queue.
func NewQueue(scope constructs.Construct, id string) awssqs.Queue {
	scope = constructs.NewConstruct(scope, &id)
	changes := part.NewQueue(scope, "Changes")
	deadLetters := changes.DeadLetterQueue().Queue
	part.Output(scope, "QueueUrl", changes.QueueUrl(), "Where changes wait for their delivery")
	part.Output(scope, "DeadLetterQueueUrl", deadLetters.QueueUrl(), "Where changes end that could not be delivered; normally empty")
	part.Output(scope, "DeadLetterQueueArn", deadLetters.QueueArn(), "The same queue, as start-message-move-task wants it named")
	return changes
}
