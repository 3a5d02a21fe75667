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

// NewQueues declares a target's queues: <Target>LiveQueue, <Target>BulkQueue and
// <Target>DeadLetterQueue.
func NewQueues(scope constructs.Construct, id string, t Target) Queues {
	scope = constructs.NewConstruct(scope, &id)
	deadLetters := part.NewDeadLetterQueue(scope, t.Resource("DeadLetterQueue"))
	queues := Queues{
		Live:        part.NewQueue(scope, t.Resource("LiveQueue"), deadLetters),
		Bulk:        part.NewQueue(scope, t.Resource("BulkQueue"), deadLetters),
		DeadLetters: deadLetters,
	}
	for _, output := range []struct {
		name        string
		value       *string
		description string
	}{
		{"LiveQueueUrl", queues.Live.QueueUrl(), "Holds sign-ins and edits that wait for delivery to " + t.Name},
		{"BulkQueueUrl", queues.Bulk.QueueUrl(), "Holds the changes of full syncs that wait for delivery to " + t.Name},
		{"DeadLetterQueueUrl", deadLetters.QueueUrl(), "Holds changes that could not be delivered to " + t.Name + "; normally empty"},
		{"DeadLetterQueueArn", deadLetters.QueueArn(), "The same queue's ARN, for: aws sqs start-message-move-task --source-arn"},
	} {
		part.Output(scope, t.Resource(output.name), output.value, output.description)
	}
	return queues
}
