// Package eventsource polls an SQS queue for a function as Lambda's event source
// mapping does (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
// The emulator has a mapping too, but hands over one message at a time and ignores
// partial batch failures.
//
// Unlike Lambda, this uses the maximum concurrency at once, where Lambda starts with a
// few concurrent batches and adds more over time. It also does not order FIFO queues by
// group, does not filter, and does not stop a function that keeps sending messages to its
// own queue, as Lambda does unless told to allow that.
package eventsource

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// ErrNotDeleted is reported when SQS refuses to delete messages that the function
// handled. They come again.
var ErrNotDeleted = errors.New("messages not deleted")

const (
	// receiveLimit is the most messages that SQS hands out, and deletes, at once.
	receiveLimit = 10
	// longPoll is how long a request waits for a message. Lambda's waits 20 s. But in
	// the emulator a cancelled request goes on waiting, and what it receives stays
	// hidden.
	longPoll = time.Second
	// pause is how long the poller waits after an error of the queue.
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
	// Window is how long to gather messages for a batch, in whole seconds; the default
	// is not to wait.
	Window time.Duration
	// MaximumConcurrency is how many batches may be under way; the default is 5.
	MaximumConcurrency int
	// ReportBatchItemFailures means that the function's answer names the messages that
	// failed. Without it, the answer is ignored.
	ReportBatchItemFailures bool
}

// Batch is the result of one invocation and its messages.
type Batch struct {
	QueueURL string // which they came from
	Messages []types.Message
	// Kept are the messages that stay on the queue. They come again after their
	// visibility time-out.
	Kept []types.Message
	// Err is the reason, unless it was the function's own answer: the function failed,
	// its answer was malformed, or the queue failed.
	Err error
}

// Poller takes messages from one queue to one function.
type Poller struct {
	queue   Queue
	mapping Mapping
	invoke  Invoke
	observe func(Batch)
}

// New returns a poller. It calls observe, unless nil, with each batch that ends, possibly
// from several goroutines at once.
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

// Run polls until the context ends, and returns when the batches under way have ended too.
// It makes one request for messages at a time. Messages that the last request was about to
// receive stay hidden until their visibility time-out.
func (p *Poller) Run(ctx context.Context) {
	running := make(chan struct{}, p.mapping.MaximumConcurrency)
	var underWay sync.WaitGroup
	defer underWay.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case running <- struct{}{}:
		}
		messages, err := p.gather(ctx)
		if err != nil && ctx.Err() == nil {
			p.observe(Batch{QueueURL: p.mapping.QueueURL, Err: err})
			sleep(ctx, pause)
		}
		if len(messages) == 0 {
			<-running
			continue
		}
		underWay.Go(func() {
			p.observe(p.deliver(context.WithoutCancel(ctx), messages))
			<-running
		})
	}
}

// gather receives messages until the batch is full or its window is over.
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

// deliver invokes the function and deletes the messages that it handled.
func (p *Poller) deliver(ctx context.Context, messages []types.Message) Batch {
	taken, err := p.take(ctx, messages)
	if err == nil {
		taken, err = p.delete(ctx, taken)
	}
	gone := map[string]bool{}
	for _, message := range taken {
		gone[aws.ToString(message.MessageId)] = true
	}
	return Batch{QueueURL: p.mapping.QueueURL, Messages: messages, Kept: except(messages, gone), Err: err}
}

// take invokes the function and returns the messages that it handled.
func (p *Poller) take(ctx context.Context, messages []types.Message) ([]types.Message, error) {
	payload, err := event(messages, p.mapping.QueueARN)
	if err != nil {
		return nil, err
	}
	answer, err := p.invoke(ctx, payload)
	if err != nil {
		return nil, fmt.Errorf("invoke: %w", err)
	}
	if !p.mapping.ReportBatchItemFailures {
		return messages, nil
	}
	return succeeded(messages, answer)
}

// delete removes messages from the queue and returns those that are gone.
func (p *Poller) delete(ctx context.Context, messages []types.Message) (gone []types.Message, err error) {
	for chunk := range slices.Chunk(messages, receiveLimit) {
		input := &sqs.DeleteMessageBatchInput{QueueUrl: &p.mapping.QueueURL}
		for _, message := range chunk {
			input.Entries = append(input.Entries, types.DeleteMessageBatchRequestEntry{
				Id: message.MessageId, ReceiptHandle: message.ReceiptHandle,
			})
		}
		answer, err := p.queue.DeleteMessageBatch(ctx, input)
		if err != nil {
			return gone, fmt.Errorf("%w: %w", ErrNotDeleted, err)
		}
		refused := map[string]bool{}
		for _, entry := range answer.Failed {
			refused[aws.ToString(entry.Id)] = true
			err = fmt.Errorf("%w: %s", ErrNotDeleted, aws.ToString(entry.Code))
		}
		gone = append(gone, except(chunk, refused)...)
		if err != nil {
			return gone, err
		}
	}
	return gone, nil
}

// sleep waits for d or the end of the context.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
