package awstest

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// visibility is how long a message stays hidden after it was handed out, unless it is
// deleted. It is SQS's own default.
const visibility = 30 * time.Second

// Queue is an SQS queue in memory. Functions send to it over HTTP; eventsource.Poller
// takes from it with the methods of an sqs.Client. It is safe for concurrent use.
type Queue struct {
	latency time.Duration // of receiving, and of deleting

	mu       sync.Mutex // guards what follows
	messages []*message // oldest first
	sent     int
	changed  chan struct{} // closed and replaced when a message is sent
}

type message struct {
	id      string
	body    string
	sentAt  time.Time
	visible time.Time
	taken   int
}

// NewQueue returns an empty queue. Receiving takes latency, and so does deleting.
func NewQueue(latency time.Duration) *Queue {
	return &Queue{latency: latency, changed: make(chan struct{})}
}

// Len returns how many messages there are, including hidden ones.
func (q *Queue) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages)
}

// Sent returns how many messages were ever sent.
func (q *Queue) Sent() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.sent
}

// Send puts a message on the queue and returns its id.
func (q *Queue) Send(body string, delay time.Duration) string {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.sent++
	m := &message{id: fmt.Sprintf("message-%d", q.sent), body: body, sentAt: time.Now()}
	m.visible = m.sentAt.Add(delay)
	q.messages = append(q.messages, m)
	close(q.changed)
	q.changed = make(chan struct{})
	return m.id
}

// ReceiveMessage takes messages, and waits for the first one as long as in says.
func (q *Queue) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	time.Sleep(q.latency)
	end := time.Now().Add(time.Duration(in.WaitTimeSeconds) * time.Second)
	for {
		found, changed, next := q.visible(int(in.MaxNumberOfMessages))
		wait := min(time.Until(end), next)
		if len(found) > 0 || wait <= 0 {
			return &sqs.ReceiveMessageOutput{Messages: found}, nil
		}
		select {
		case <-changed:
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// visible hands out up to limit messages. It also returns a channel that is closed when
// a new one arrives, and the time until a hidden one comes back.
func (q *Queue) visible(limit int) ([]types.Message, <-chan struct{}, time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now, next := time.Now(), visibility
	var found []types.Message
	for _, m := range q.messages {
		if hidden := m.visible.Sub(now); hidden > 0 {
			next = min(next, hidden)
			continue
		}
		if len(found) == limit {
			break
		}
		m.taken++
		m.visible = now.Add(visibility)
		found = append(found, types.Message{
			MessageId: &m.id, ReceiptHandle: &m.id, Body: &m.body,
			Attributes: map[string]string{
				"ApproximateReceiveCount": strconv.Itoa(m.taken),
				"SentTimestamp":           strconv.FormatInt(m.sentAt.UnixMilli(), 10),
			},
		})
	}
	return found, q.changed, next
}

// DeleteMessageBatch removes messages.
func (q *Queue) DeleteMessageBatch(_ context.Context, in *sqs.DeleteMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error) {
	time.Sleep(q.latency)
	q.mu.Lock()
	defer q.mu.Unlock()
	gone := make(map[string]bool)
	for _, entry := range in.Entries {
		gone[aws.ToString(entry.ReceiptHandle)] = true
	}
	kept := q.messages[:0]
	for _, m := range q.messages {
		if !gone[m.id] {
			kept = append(kept, m)
		}
	}
	q.messages = kept
	return &sqs.DeleteMessageBatchOutput{}, nil
}
