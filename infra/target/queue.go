// Package target declares what each target has to itself: the queue of its changes,
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
	part.Output(scope, "QueueUrl", changes.QueueUrl(), "Holds changes that wait for delivery")
	part.Output(scope, "DeadLetterQueueUrl", deadLetters.QueueUrl(), "Holds changes that could not be delivered; normally empty")
	part.Output(scope, "DeadLetterQueueArn", deadLetters.QueueArn(), "The same queue's ARN, for: aws sqs start-message-move-task --source-arn")
	return changes
}
