package queue

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// What to do with a message that cannot be dealt with now, through no fault of its own?
//
// To leave it to SQS costs one of its receives each time, and after the last it
// lies in the dead-letter queue: an outage of the target would drain the whole
// queue there. To make the receives many would let a message that crashes us go
// round for days. To pause the subscription needs somebody who resumes it. To
// prolong the visibility still counts a receive at each look.
//
// So it is postponed: a copy goes to the end of the queue, to appear after a
// delay, and the original is done with. The copy starts with no receives and a
// full retention. Between the two a crash leaves both, which does no harm, since
// changes may be repeated. The receives then count what they are meant to count:
// how often a message was in our hands when we died. Lambda takes this for a
// recursive loop, and has to be told to allow it: see infra/part/queue.go.
//
// Postponing ends some day: after MaxAge a message is left to SQS, and with it to
// the dead-letter queue and its alarm.
const (
	minDelay = 5 * time.Second
	// MaxDelay is how late, at most, the end of an outage is noticed.
	MaxDelay = 5 * time.Minute
	// MaxAge leaves an outage over a long weekend to be sat out.
	MaxAge = 4 * 24 * time.Hour
	// sqsMaxDelay is the most that SQS delays one message.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html
	sqsMaxDelay = 15 * time.Minute
	// answerReserve is kept back from the invocation's deadline: however long SQS
	// takes, the batch gets its answer. Without it every message would come again,
	// those that are dealt with and those whose copies wait.
	answerReserve = time.Second
)

// Postponer puts a message back at the end of its queue, to appear after a delay.
type Postponer interface {
	Postpone(ctx context.Context, body string, delay time.Duration) error
}

// Batch is one batch of messages in the hands of a function that reports which of
// them failed. It is safe for concurrent use.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
type Batch struct {
	postponer Postponer

	mu        sync.Mutex        // guards what follows
	bodies    map[string]string // by message id
	kept      []string          // ids of the messages that SQS must keep
	postponed int
}

// NewBatch returns a batch of which nothing is kept yet.
func NewBatch(event events.SQSEvent, postponer Postponer) *Batch {
	b := &Batch{postponer: postponer, bodies: make(map[string]string, len(event.Records))}
	for _, message := range event.Records {
		b.bodies[message.MessageId] = message.Body
	}
	return b
}

// Keep leaves messages to SQS, which counts a receive and delivers them again.
func (b *Batch) Keep(ids ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = append(b.kept, ids...)
}

// Postpone sends a message to the queue again, with a delay. One that SQS does not take back, or not until a second
// before the invocation's deadline, is kept, and the error says why.
func (b *Batch) Postpone(ctx context.Context, id string, delay time.Duration) error {
	ctx, cancel := BeforeAnswer(ctx)
	defer cancel()
	if err := b.postponer.Postpone(ctx, b.body(id), delay); err != nil {
		b.Keep(id)
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.postponed++
	return nil
}

// NoteTried has messages that are postponed say from now on that their changes may have
// reached the target.
func (b *Batch) NoteTried(ids ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		b.bodies[id] = Tried(b.bodies[id])
	}
}

// body returns the body of a message.
func (b *Batch) body(id string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bodies[id]
}

// Postponed returns how many messages were postponed.
func (b *Batch) Postponed() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.postponed
}

// Answer names the messages that SQS must keep, in a list even if there are none. Any
// other answer would send the whole batch round again.
func (b *Batch) Answer() events.SQSEventResponse {
	b.mu.Lock()
	defer b.mu.Unlock()
	slices.Sort(b.kept)
	answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for _, id := range b.kept {
		answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
	}
	return answer
}

// Delay is how long to postpone a message of this age: a quarter of its age, so that a
// short outage is over soon and a long one costs little, with some scatter, and at
// least as long as the cause asks for. It is false for a message that was postponed for
// too long: leave it to the dead-letter queue.
func Delay(age time.Duration, cause error) (time.Duration, bool) {
	d := min(max(age/4, minDelay), MaxDelay)
	d = d*4/5 + rand.N(d*2/5)
	if asked, ok := reconcile.RetryAfter(cause); ok {
		d = max(d, asked)
	}
	return min(d, sqsMaxDelay), age <= MaxAge
}

// LongestDelay is the longest that Delay postpones a message of this age, unless the
// cause asks for more.
func LongestDelay(age time.Duration) time.Duration {
	return min(max(age/4, minDelay), MaxDelay) * 6 / 5
}

// BeforeAnswer returns a context that ends in time for the batch's answer, and what
// releases it. Whatever a function does last is done under it.
func BeforeAnswer(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-answerReserve))
}
