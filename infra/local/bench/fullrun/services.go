package fullrun

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/queue"
)

// census notes how many users the largest partition holds.
type census struct{ worst atomic.Int64 }

// counted is a pool whose partitions are counted.
type counted struct {
	*cognito.Pool
	census *census
}

// count returns a reader of the pool with its own rate limit, like every instance of the
// function.
func (c *census) count(pool *cognitotest.Pool) counted {
	return counted{cognito.New(pool, cognitotest.ID), c}
}

// Walk lists a partition and counts it.
func (p counted) Walk(ctx context.Context, prefix string, page func([]directory.User) error) error {
	users := int64(0)
	err := p.Pool.Walk(ctx, prefix, func(some []directory.User) error {
		users += int64(len(some))
		return page(some)
	})
	for worst := p.census.worst.Load(); users > worst && !p.census.worst.CompareAndSwap(worst, users); {
		worst = p.census.worst.Load()
	}
	return err
}

// books is a ledger that takes as long as the real one, and has to be read.
type books struct {
	*ledgertest.Memory
	processor processor
}

// Entries reads the entries of a partition, page by page.
func (b books) Entries(ctx context.Context, prefix string, each func(plan.Entry) error) error {
	time.Sleep(readLatency)
	read := 0
	err := b.Memory.Entries(ctx, prefix, func(e plan.Entry) error {
		if read++; read%ledgertest.PageSize == 0 {
			b.processor.compute(ledgertest.PageSize * readEntry)
			time.Sleep(readLatency)
		}
		return each(e)
	})
	b.processor.compute(time.Duration(read%ledgertest.PageSize) * readEntry)
	return err
}

// lease is a lease that takes its time.
type lease struct{ *ledgertest.Lease }

// Renew prolongs the lease.
func (l lease) Renew(ctx context.Context, owner string, until time.Time) error {
	time.Sleep(ledgerLatency)
	return l.Lease.Renew(ctx, owner, until)
}

// changes is an SQS queue that takes as long as the real one, and counts what it gets.
type changes struct{ queued atomic.Int64 }

func (c *changes) sender() *queue.Sender {
	return queue.NewSender(c, "https://sqs.example.com/changes")
}

func (c *changes) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	time.Sleep(queueLatency)
	c.queued.Add(int64(len(in.Entries)))
	return &sqs.SendMessageBatchOutput{}, nil
}

func (c *changes) SendMessage(context.Context, *sqs.SendMessageInput, ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	time.Sleep(queueLatency)
	c.queued.Add(1)
	return &sqs.SendMessageOutput{}, nil
}

// GetQueueAttributes answers that no earlier change waits.
func (c *changes) GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	return &sqs.GetQueueAttributesOutput{Attributes: map[string]string{
		"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0", "ApproximateNumberOfMessagesDelayed": "0",
	}}, nil
}
