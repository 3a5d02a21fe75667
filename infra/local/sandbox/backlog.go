package sandbox

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/shared/queue"
)

// workQueues are the queues that functions work on, in the order in which what is on
// one may come to the next: what is found on none of them, one after the other, is done.
var workQueues = []string{"EventsQueue", "ChangesQueue"}

// Backlog returns how many events and changes are still to be dealt with: waiting, in a
// function's hands, or put off.
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
