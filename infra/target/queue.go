// Package target declares what each target has for itself: the queues of its changes,
// and the function that delivers them.
package target

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/poolsync/poolsync/infra/part"
)

// Queues are what a target's changes wait on. A change that somebody waits for does not
// wait behind those of a full sync, so each kind has a queue.
type Queues struct {
	// Live is for sign-ins, events and providers' changes, Bulk for those of full syncs.
	Live, Bulk awssqs.Queue
	// DeadLetters holds what could not be delivered from either.
	DeadLetters awssqs.Queue
}

// NewQueues declares a target's queues: LiveQueue, BulkQueue and DeadLetterQueue.
func NewQueues(scope constructs.Construct, id string) Queues {
	scope = constructs.NewConstruct(scope, &id)
	deadLetters := part.NewDeadLetterQueue(scope, "DeadLetterQueue")
	queues := Queues{
		Live:        part.NewQueue(scope, "LiveQueue", deadLetters),
		Bulk:        part.NewQueue(scope, "BulkQueue", deadLetters),
		DeadLetters: deadLetters,
	}
	part.Output(scope, "LiveQueueUrl", queues.Live.QueueUrl(), "Holds sign-ins and edits that wait for delivery")
	part.Output(scope, "BulkQueueUrl", queues.Bulk.QueueUrl(), "Holds the changes of full syncs that wait for delivery")
	part.Output(scope, "DeadLetterQueueUrl", deadLetters.QueueUrl(), "Holds changes that could not be delivered; normally empty")
	part.Output(scope, "DeadLetterQueueArn", deadLetters.QueueArn(), "The same queue's ARN, for: aws sqs start-message-move-task --source-arn")
	return queues
}
