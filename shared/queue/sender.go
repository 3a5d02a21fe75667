package queue

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/poolsync/poolsync/shared/directory"
)

// Limits of SendMessageBatch. A batch may hold 1 MiB since August 2025; a queue
// that is older than that keeps its 256 KiB, so the smaller bound holds.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
const (
	batchEntries = 10
	batchBytes   = 256 << 10 // and of each message
)

// batchTries is how often the entries that SQS took no blame for are sent in all.
const batchTries = 3

// ErrNotQueued is returned when SQS answered but did not take every change.
var ErrNotQueued = errors.New("not queued")

// API is what a [Sender] needs of the SQS client.
type API interface {
	SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
}

// Sender puts changes on one queue. It is safe for concurrent use.
type Sender struct {
	api API
	url string
}

// NewSender returns a Sender for the queue at url.
func NewSender(api API, url string) *Sender { return &Sender{api: api, url: url} }

// message returns the message body for a change. A snapshot that is too long for it
// stays behind: the user is read when the change is delivered.
func message(c directory.Change) ([]byte, error) {
	body, err := Encode(c)
	if len(body) > batchBytes {
		c.User = nil
		return Encode(c)
	}
	return body, err
}

// Send queues one change. Once it returns nil, SQS has stored the change on
// several servers.
func (s *Sender) Send(ctx context.Context, c directory.Change) error {
	body, err := message(c)
	if err != nil {
		return err
	}
	_, err = s.api.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl:    aws.String(s.url),
		MessageBody: aws.String(string(body)),
	})
	if err != nil {
		return fmt.Errorf("queue change: %w", err)
	}
	return nil
}

// SendAll queues changes in as few requests as the limits of SQS allow. An entry
// that SQS refused through no fault of ours is sent again, three times in all. On
// an error some changes may be queued and others not; to send them all again does
// no harm.
func (s *Sender) SendAll(ctx context.Context, changes []directory.Change) error {
	return s.SendAllAfter(ctx, changes, 0)
}

// SendAllAfter does the same for changes that are to appear after a delay, in whole
// seconds and of at most 15 minutes.
func (s *Sender) SendAllAfter(ctx context.Context, changes []directory.Change, delay time.Duration) error {
	var batch []types.SendMessageBatchRequestEntry
	size := 0
	for i, c := range changes {
		body, err := message(c)
		if err != nil {
			return err
		}
		if len(batch) == batchEntries || size+len(body) > batchBytes {
			if err := s.sendBatch(ctx, batch); err != nil {
				return err
			}
			batch, size = batch[:0], 0
		}
		size += len(body)
		batch = append(batch, types.SendMessageBatchRequestEntry{
			Id:           aws.String(strconv.Itoa(i)),
			MessageBody:  aws.String(string(body)),
			DelaySeconds: int32(math.Ceil(delay.Seconds())),
		})
	}
	return s.sendBatch(ctx, batch)
}

func (s *Sender) sendBatch(ctx context.Context, batch []types.SendMessageBatchRequestEntry) error {
	for try := 1; len(batch) > 0; try++ {
		answer, err := s.api.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
			QueueUrl: aws.String(s.url),
			Entries:  batch,
		})
		if err != nil {
			return fmt.Errorf("queue %d changes: %w", len(batch), err)
		}
		again, err := failed(batch, answer.Failed)
		if err != nil {
			return err
		}
		if len(again) > 0 && try == batchTries {
			return fmt.Errorf("%w: %d of %d changes after %d tries: %s", ErrNotQueued,
				len(again), len(batch), try, aws.ToString(answer.Failed[0].Code))
		}
		batch = again
	}
	return nil
}

// failed returns the entries of batch that SQS failed to take, to be sent again.
// A failure that is the sender's fault would only be repeated: it is an error.
func failed(batch []types.SendMessageBatchRequestEntry, failures []types.BatchResultErrorEntry) ([]types.SendMessageBatchRequestEntry, error) {
	var again []types.SendMessageBatchRequestEntry
	for _, failure := range failures {
		if failure.SenderFault {
			return nil, fmt.Errorf("%w: %s", ErrNotQueued, aws.ToString(failure.Code))
		}
		for _, entry := range batch {
			if aws.ToString(entry.Id) == aws.ToString(failure.Id) {
				again = append(again, entry)
			}
		}
	}
	return again, nil
}
