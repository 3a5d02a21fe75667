package sandbox

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/shared/queue"
)

// workQueues returns the queues that functions work on. What is on one may move on to the
// next, so they are in this order: if all are empty, everything is done.
func (s *Stack) workQueues() []string {
	queues := []string{"EventsQueue"}
	for _, kind := range []string{"LiveQueue", "BulkQueue"} {
		for _, id := range s.IDs("AWS::SQS::Queue") {
			if strings.HasSuffix(id, kind) {
				queues = append(queues, id)
			}
		}
	}
	return queues
}

// Backlog returns how many events and changes are not done yet: waiting, being handled by
// a function, or waiting for a retry.
func (s *Stack) Backlog(ctx context.Context) (int, error) {
	queues, total := sqs.NewFromConfig(s.AWS.Config()), 0
	for _, id := range s.workQueues() {
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
