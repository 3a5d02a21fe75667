package queue

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/poolsync/poolsync/shared/directory"
)

// SendAfter queues one change like [Sender.Send], to appear after a delay.
func (s *Sender) SendAfter(ctx context.Context, c directory.Change, delay time.Duration) error {
	body, err := message(c)
	if err != nil {
		return err
	}
	return s.Postpone(ctx, string(body), delay)
}

// Postpone puts a message body on the queue as it is, to appear after a delay. SQS
// counts in whole seconds and allows 15 minutes at the most.
func (s *Sender) Postpone(ctx context.Context, body string, delay time.Duration) error {
	_, err := s.api.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl:     aws.String(s.url),
		MessageBody:  aws.String(body),
		DelaySeconds: int32(math.Ceil(delay.Seconds())),
	})
	if err != nil {
		return fmt.Errorf("postpone message: %w", err)
	}
	return nil
}

// counts are the attributes that add up to what is on a queue.
var counts = []types.QueueAttributeName{
	types.QueueAttributeNameApproximateNumberOfMessages,
	types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
	types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
}

// Backlog returns how many messages are on the queue: waiting, in somebody's
// hands, or postponed. SQS knows the number only approximately.
func (s *Sender) Backlog(ctx context.Context) (int, error) {
	answer, err := s.api.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl:       aws.String(s.url),
		AttributeNames: counts,
	})
	if err != nil {
		return 0, fmt.Errorf("read queue attributes: %w", err)
	}
	total := 0
	for _, name := range counts {
		n, err := strconv.Atoi(answer.Attributes[string(name)])
		if err != nil {
			return 0, fmt.Errorf("read queue attributes: %s is not a number", name)
		}
		total += n
	}
	return total, nil
}
