package sandbox

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/shared/queue"
)

// workQueues are the queues that functions work on. What is on one may move on to the
// next, so look at them in this order: if all are empty, everything is done.
var workQueues = []string{"EventsQueue", "LiveQueue", "BulkQueue"}

// Backlog returns how many events and changes are not done yet: waiting, being handled by
// a function, or waiting for a retry.
func (s *Stack) Backlog(ctx context.Context) (int, error) {
	queues, total := sqs.NewFromConfig(s.AWS.Config()), 0
	for _, id := range workQueues {
		if s.Ref(id) == "" {
			continue
		}
		waiting, err := queue.NewSender(queues, s.Ref(id)).Backlog(ctx)
		if err != nil {
			return 0, err
		}
		total += waiting
	}
	return total, nil
}
