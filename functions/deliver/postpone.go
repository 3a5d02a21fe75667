package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// running is one batch on its way.
type running struct {
	handler
	*queue.Batch
	metrics *telemetry.Metrics
	// otherPool is the id of a pool that is not ours, if the batch has a change of it.
	otherPool string

	mu sync.Mutex // guards what follows
	// cause is why the last message was postponed. The failure of the target itself comes
	// after those of what the breaker did not let through.
	cause error
}

// postpone sends the messages of a unit to their queue again after a failure.
func (b *running) postpone(ctx context.Context, u unit, cause error) {
	age := time.Since(u.change.ObservedAt)
	log := b.log.With("sub", u.change.Sub, "kind", u.change.Kind, "ageSeconds", int(age.Seconds()))
	b.metrics.Add(telemetry.ChangesRetried, telemetry.Count, float64(len(u.settles)))
	if ctx.Value(bulkKey{}) == nil { // a full sync's changes may take hours
		b.metrics.Add(telemetry.OldestChange, telemetry.Seconds, age.Seconds())
	}
	if reconcile.VerdictOf(cause) == reconcile.Unauthorized {
		b.metrics.Add(telemetry.KeyRefused, telemetry.Count, 1)
		log.ErrorContext(ctx, "the target refuses our key: put a valid one into the secret", "error", cause)
	}
	if errors.Is(cause, reconcile.ErrTold) {
		b.NoteTried(u.settles...)
	}
	delay, wait := queue.Delay(age, cause)
	if !wait {
		b.Keep(u.settles...)
		log.WarnContext(ctx, "change not delivered for too long: it is left to the dead-letter queue", "error", cause)
		return
	}
	log.DebugContext(ctx, "change not delivered: it is postponed", "error", cause)
	for _, id := range u.settles {
		if err := b.Postpone(ctx, id, delay); err != nil {
			log.WarnContext(ctx, "message not postponed: SQS keeps it", "messageId", id, "error", err)
			continue
		}
		b.mu.Lock()
		b.cause = cause
		b.mu.Unlock()
	}
}
