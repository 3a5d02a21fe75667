// Package eventsource polls an SQS queue for a function as Lambda's event source
// mapping does (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
// The emulator has a mapping too, but hands over one message at a time and ignores
// partial batch failures.
//
// What Lambda does and this does not: it starts with a few concurrent batches and
// adds more by and by, where this uses the maximum concurrency at once; it calls
// FIFO queues in order of their groups; and it filters.
package eventsource

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// ErrNotDeleted is reported when SQS refused to delete messages that the
// function took. They come again.
var ErrNotDeleted = errors.New("messages not deleted")

const (
	// receiveLimit is the most messages that SQS hands out, and deletes, at once.
	receiveLimit = 10
	// longPoll is how long a request waits for a message. Lambda's waits 20 s; but
	// in the emulator a request that was given up goes on waiting, and what it
	// receives stays hidden.
	longPoll = time.Second
	// pause is how long the poller waits after the queue failed.
	pause = time.Second
)

// Queue is what the poller calls of an [sqs.Client].
type Queue interface {
	ReceiveMessage(context.Context, *sqs.ReceiveMessageInput, ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessageBatch(context.Context, *sqs.DeleteMessageBatchInput, ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error)
}

// Invoke calls the function. A function error is an error here.
type Invoke func(ctx context.Context, payload []byte) (answer []byte, err error)

// Mapping is the configuration of an event source mapping.
type Mapping struct {
	QueueURL, QueueARN string
	// BatchSize is the most messages in one invocation; the default is 10.
	BatchSize int
	// Window is how long to gather messages for a batch, in whole seconds; none by
	// default.
	Window time.Duration
	// MaximumConcurrency is how many batches may be under way; the default is 5.
	MaximumConcurrency int
	// ReportBatchItemFailures has the function's answer name the messages that
	// failed. Without it the answer is not looked at.
	ReportBatchItemFailures bool
}

// Batch is what became of the messages of one invocation.
type Batch struct {
	Messages []types.Message
	// Kept counts those that stay in the queue and come again when their
	// visibility time-out has passed.
	Kept int
	// Err is why, where it was not the function's own answer: the function
	// failed, its answer was malformed, or the queue failed.
	Err error
}

// Poller takes messages from one queue to one function.
type Poller struct {
	queue   Queue
	mapping Mapping
	invoke  Invoke
	observe func(Batch)
}

// New returns a poller. Each batch that ends is shown to observe, from several
// goroutines at once; it may be nil.
func New(queue Queue, mapping Mapping, invoke Invoke, observe func(Batch)) *Poller {
	if mapping.BatchSize == 0 {
		mapping.BatchSize = receiveLimit
	}
	if mapping.MaximumConcurrency == 0 {
		mapping.MaximumConcurrency = 5
	}
	if observe == nil {
		observe = func(Batch) {}
	}
	return &Poller{queue: queue, mapping: mapping, invoke: invoke, observe: observe}
}

// Run polls until the context ends, and returns when the batches under way have
// ended too. One request for messages is made at a time. Messages that the last
// one was about to receive stay hidden until their visibility time-out.
func (p *Poller) Run(ctx context.Context) {
	slots := make(chan struct{}, p.mapping.MaximumConcurrency)
	var underWay sync.WaitGroup
	defer underWay.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case slots <- struct{}{}:
		}
		messages, err := p.gather(ctx)
		if err != nil && ctx.Err() == nil {
			p.observe(Batch{Err: err})
			sleep(ctx, pause)
		}
		if len(messages) == 0 {
			<-slots
			continue
		}
		underWay.Go(func() {
			p.observe(p.deliver(context.WithoutCancel(ctx), messages))
			<-slots
		})
	}
}

// gather receives messages until the batch is full or its window has passed.
func (p *Poller) gather(ctx context.Context) ([]types.Message, error) {
	messages, err := p.receive(ctx, p.mapping.BatchSize, longPoll)
	if err != nil || len(messages) == 0 {
		return nil, err
	}
	end := time.Now().Add(p.mapping.Window)
	for len(messages) < p.mapping.BatchSize && time.Until(end) >= time.Second {
		more, err := p.receive(ctx, p.mapping.BatchSize-len(messages), time.Until(end))
		if err != nil {
			return messages, err
		}
		messages = append(messages, more...)
	}
	return messages, nil
}

// receive asks for messages once.
func (p *Poller) receive(ctx context.Context, limit int, wait time.Duration) ([]types.Message, error) {
	received, err := p.queue.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl:                    &p.mapping.QueueURL,
		MaxNumberOfMessages:         int32(min(limit, receiveLimit)),
		WaitTimeSeconds:             int32(wait / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		MessageAttributeNames:       []string{"All"},
	})
	if err != nil {
		return nil, fmt.Errorf("receive messages: %w", err)
	}
	return received.Messages, nil
}

// deliver invokes the function and deletes the messages that it took.
func (p *Poller) deliver(ctx context.Context, messages []types.Message) Batch {
	batch := Batch{Messages: messages, Kept: len(messages)}
	payload, err := event(messages, p.mapping.QueueARN)
	if err != nil {
		batch.Err = err
		return batch
	}
	answer, err := p.invoke(ctx, payload)
	if err != nil {
		batch.Err = fmt.Errorf("invoke: %w", err)
		return batch
	}
	taken := messages
	if p.mapping.ReportBatchItemFailures {
		if taken, err = succeeded(messages, answer); err != nil {
			batch.Err = err
			return batch
		}
	}
	deleted, err := p.delete(ctx, taken)
	batch.Kept, batch.Err = len(messages)-deleted, err
	return batch
}

// delete removes messages from the queue and returns how many are gone.
func (p *Poller) delete(ctx context.Context, messages []types.Message) (int, error) {
	deleted := 0
	for len(messages) > 0 {
		chunk := messages[:min(receiveLimit, len(messages))]
		messages = messages[len(chunk):]
		entries := make([]types.DeleteMessageBatchRequestEntry, len(chunk))
		for i, message := range chunk {
			entries[i] = types.DeleteMessageBatchRequestEntry{
				Id: aws.String(fmt.Sprint(i)), ReceiptHandle: message.ReceiptHandle,
			}
		}
		answer, err := p.queue.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{
			QueueUrl: &p.mapping.QueueURL, Entries: entries,
		})
		if err != nil {
			return deleted, fmt.Errorf("%w: %w", ErrNotDeleted, err)
		}
		deleted += len(chunk) - len(answer.Failed)
		if len(answer.Failed) > 0 {
			return deleted, fmt.Errorf("%w: %s", ErrNotDeleted, aws.ToString(answer.Failed[0].Code))
		}
	}
	return deleted, nil
}

// sleep waits for d or the end of the context.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
