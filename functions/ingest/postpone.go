package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// What to do with a message whose delivery failed through no fault of its own?
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
// recursive loop, and has to be told to allow it: see infra/ingest.go.
//
// Postponing ends some day: after maxAge a change is left to SQS, and with it to
// the dead-letter queue and its alarm.
const (
	minDelay = 5 * time.Second
	maxDelay = 5 * time.Minute // how late, at most, the end of an outage is noticed
	// sqsMaxDelay is the most that SQS delays one message.
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-timers.html
	sqsMaxDelay = 15 * time.Minute
	// maxAge leaves an outage over a long weekend to be sat out.
	maxAge = 4 * 24 * time.Hour
)

// running is one batch on its way.
type running struct {
	handler
	metrics *telemetry.Metrics
	bodies  map[string]string // of the messages, by id; not changed once they are read
	// otherPool is the id of a pool that is not ours, if the batch has a change of it.
	otherPool string

	mu        sync.Mutex // guards what follows
	kept      []string   // ids of the messages that SQS must keep
	postponed int
	// cause is why the last of them was. The failure of the target itself comes after
	// those of what the breaker did not let through.
	cause error
}

// keep leaves messages to SQS.
func (b *running) keep(ids ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.kept = append(b.kept, ids...)
}

// postpone puts the messages of a unit off after a failure.
func (b *running) postpone(ctx context.Context, u unit, cause error) {
	age := time.Since(u.change.ObservedAt)
	log := b.log.With("sub", u.change.Sub, "kind", u.change.Kind, "ageSeconds", int(age.Seconds()))
	b.metrics.Add(telemetry.ChangesRetried, telemetry.Count, float64(len(u.settles)))
	b.metrics.Add(telemetry.OldestChange, telemetry.Seconds, age.Seconds())
	if errors.Is(cause, reconcile.ErrUnauthorized) {
		b.metrics.Add(telemetry.KeyRefused, telemetry.Count, 1)
		log.ErrorContext(ctx, "the target refuses our key: put a valid one into the secret", "error", cause)
	}
	if age > maxAge {
		b.keep(u.settles...)
		log.WarnContext(ctx, "change not delivered for too long: it is left to the dead-letter queue", "error", cause)
		return
	}
	log.DebugContext(ctx, "change not delivered: it is postponed", "error", cause)
	for _, id := range u.settles {
		if err := b.postponer.Postpone(ctx, b.bodies[id], delay(age, cause)); err != nil {
			b.keep(id)
			log.WarnContext(ctx, "message not postponed: SQS keeps it", "messageId", id, "error", err)
			continue
		}
		b.mu.Lock()
		b.postponed, b.cause = b.postponed+1, cause
		b.mu.Unlock()
	}
}

// delay is how long to put a change off: a quarter of its age, so that a short
// outage is over soon and a long one costs little, with some scatter, and at
// least as long as the target asks for.
func delay(age time.Duration, cause error) time.Duration {
	d := min(max(age/4, minDelay), maxDelay)
	d = d*4/5 + rand.N(d*2/5)
	if asked, ok := reconcile.RetryAfter(cause); ok {
		d = max(d, asked)
	}
	return min(d, sqsMaxDelay)
}
