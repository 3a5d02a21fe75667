package main

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"golang.org/x/sync/errgroup"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/telemetry"
)

const (
	// parallel bounds the deliveries under way in one instance. A batch holds ten
	// messages, so none waits behind another user's.
	parallel = 10
	// deliverTimeout bounds one delivery, so that a target that hangs is found out
	// while there is still time to postpone the messages.
	deliverTimeout = 12 * time.Second
	// reserve is kept back from the invocation's deadline: no delivery begins in
	// it. It is for postponing messages, and for the answer to SQS.
	reserve = 3 * time.Second
)

// deliverer brings the target to the pool's state of one user.
type deliverer interface {
	Deliver(context.Context, directory.Change) (reconcile.Outcome, error)
}

// handler takes a batch of messages from the queue to the target.
type handler struct {
	pool      string // the id of the pool that is kept in step
	deliverer deliverer
	lanes     lanes
	log       *slog.Logger
	out       io.Writer // metrics go here
	stack     string
	target    string // by the owner's name for it
}

// Handle delivers the changes of a batch and names the messages that SQS must
// keep. It never fails: an error would send the whole batch round again.
//
//  1. It reads the messages. One that cannot be read is kept, so that it ends in
//     the dead-letter queue, where somebody can look at it.
//  2. It coalesces what speaks of the same user.
//  3. It delivers, users in parallel, each user's changes in order, and begins
//     nothing new when the deadline is near: what is left is kept.
//  4. It postpones what failed through no fault of its own: see postpone.go.
func (h handler) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	ctx, postponer := h.lanes.enter(ctx, batch)
	b := &running{handler: h, Batch: queue.NewBatch(batch, postponer), metrics: telemetry.NewTargetMetrics(h.out, h.stack, h.target)}
	users := coalesce(b.read(ctx, batch))

	var group errgroup.Group
	group.SetLimit(parallel)
	for _, units := range users {
		group.Go(func() error {
			for _, u := range units {
				b.deliver(ctx, u)
			}
			return nil
		})
	}
	group.Wait() // the functions return no error: each answers for its messages

	answer, log := b.Answer(), h.log
	if b.cause != nil {
		log = log.With("error", b.cause)
	}
	log.InfoContext(ctx, "batch done", "messages", len(batch.Records), "users", len(users),
		"postponed", b.Postponed(), "kept", len(answer.BatchItemFailures))
	if err := b.metrics.Flush(); err != nil {
		h.log.ErrorContext(ctx, "metrics not written", "error", err)
	}
	return answer, nil
}

// read decodes the messages of the batch and returns those that need delivery.
func (b *running) read(ctx context.Context, batch events.SQSEvent) []item {
	var items []item
	defer b.reportForeign(ctx)
	for _, message := range batch.Records {
		change, err := queue.Decode([]byte(message.Body))
		if err != nil {
			b.Keep(message.MessageId)
			b.metrics.Add(telemetry.MessagesUnreadable, telemetry.Count, 1)
			b.log.ErrorContext(ctx, "message cannot be read: it will end in the dead-letter queue",
				"messageId", message.MessageId, "error", err)
			continue
		}
		// The function may have died, in the middle of a delivery, with the message in hand.
		if received := message.Attributes["ApproximateReceiveCount"]; received != "" && received != "1" {
			change.Tried = true
		}
		if !b.foreign(change) {
			items = append(items, item{message.MessageId, change})
		}
	}
	return items
}

// deliver settles one unit.
func (b *running) deliver(ctx context.Context, u unit) {
	deadline, limited := ctx.Deadline()
	if limited && time.Until(deadline) < reserve {
		b.Keep(u.settles...)
		return
	}
	timeout := deliverTimeout
	if limited {
		timeout = min(timeout, time.Until(deadline)-reserve)
	}
	limit, cancel := context.WithTimeout(ctx, timeout)
	outcome, err := b.deliverer.Deliver(limit, u.change)
	cancel()

	log := b.log.With("sub", u.change.Sub, "kind", u.change.Kind, "origin", u.change.Origin)
	switch {
	case err != nil:
		b.postpone(ctx, u, err)
	case outcome == reconcile.Refused:
		b.metrics.Add(telemetry.ChangesRejected, telemetry.Count, 1)
		log.WarnContext(ctx, "change rejected by the target: the ledger holds the reason")
	case outcome == reconcile.Delivered || outcome == reconcile.Dropped:
		b.metrics.Add(telemetry.ChangesDelivered, telemetry.Count, 1)
		if u.change.Origin != directory.Sync {
			b.metrics.Add(telemetry.DeliveryDelay, telemetry.Milliseconds, float64(time.Since(u.change.Since()).Milliseconds()))
		}
		log.DebugContext(ctx, "change delivered", "outcome", outcome)
	default:
		log.DebugContext(ctx, "change needs no delivery", "outcome", outcome)
	}
}
