package sandbox

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// eventsQueue is the queue of events, in the template.
const eventsQueue = "EventsQueue"

// workQueues returns the queues that functions work on. What is on one may move on to the
// next, so they are in this order: if all are empty, everything is done.
func (s *Stack) workQueues() []string {
	queues := []string{eventsQueue}
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
// a function, or waiting for a retry or for a second look.
func (s *Stack) Backlog(ctx context.Context) (int, error) {
	return s.count(ctx, func(string) []types.QueueAttributeName {
		return slices.Concat(atOnce, []types.QueueAttributeName{delayed})
	})
}

// UnderWay returns the same without the events that wait: for a retry, or for the second
// look that a target wants a minute after an event that seemed to change nothing.
func (s *Stack) UnderWay(ctx context.Context) (int, error) {
	return s.count(ctx, func(id string) []types.QueueAttributeName {
		if id == eventsQueue {
			return atOnce
		}
		return slices.Concat(atOnce, []types.QueueAttributeName{delayed})
	})
}

const delayed = types.QueueAttributeNameApproximateNumberOfMessagesDelayed

// atOnce are the numbers of messages that a function may get, or has got.
var atOnce = []types.QueueAttributeName{
	types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
}

// count adds up numbers of messages over all queues.
func (s *Stack) count(ctx context.Context, numbers func(id string) []types.QueueAttributeName) (int, error) {
	queues, total := sqs.NewFromConfig(s.AWS.Config()), 0
	for _, id := range s.workQueues() {
		if s.Ref(id) == "" {
			continue
		}
		n, err := waiting(ctx, queues, s.Ref(id), numbers(id))
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
}

// waiting adds up numbers of messages on one queue.
func waiting(ctx context.Context, queues *sqs.Client, url string, numbers []types.QueueAttributeName) (int, error) {
	answer, err := queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: numbers})
	if err != nil {
		return 0, fmt.Errorf("count messages: %w", err)
	}
	total := 0
	for _, number := range numbers {
		n, err := strconv.Atoi(answer.Attributes[string(number)])
		if err != nil {
			return 0, fmt.Errorf("count messages of %s: %w", url, err)
		}
		total += n
	}
	return total, nil
}
