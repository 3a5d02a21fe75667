package main

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"golang.org/x/sync/errgroup"

	"github.com/poolsync/poolsync/shared/cloudtrail"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/telemetry"
)

const (
	// parallel bounds the users who are looked at at once. A batch holds ten messages.
	parallel = 10
	// reserve is kept back from the invocation's deadline: no look lasts into it. It is
	// for queueing what was found, and for postponing messages.
	reserve = 6 * time.Second
)

// appClients knows the app clients of the pool.
type appClients interface {
	Have(ctx context.Context, id string) (bool, error)
}

// handler turns a batch of events into changes on the targets' queues.
type handler struct {
	decoder   *cloudtrail.Decoder
	poolID    string
	pool      reconcile.UserReader
	clients   appClients
	strangers *strangers
	targets   recipients
	postponer queue.Postponer // of the events' queue
	log       *slog.Logger
	out       io.Writer // metrics go here
	stack     string
}

// Handle finds out what the pool holds of the users that a batch is about, once for
// each, and queues it. It names the messages that SQS must keep, and never fails: an
// error would send the whole batch round again.
//
//  1. It reads the messages, and coalesces what speaks of the same user. A message
//     that cannot be read is kept, so that it ends in the dead-letter queue, where
//     somebody can look at it. A second look that a target wanted is for that target
//     alone, and dropped if there is none such any more.
//  2. It tells our users from those of other pools in the account, whose events look
//     alike where users act for themselves.
//  3. It reads each of ours, or proves that they are gone. Whoever cannot be read now is
//     postponed. Who is gone is noted in the ledger: however long the targets are away, no
//     run needs to miss them.
//  4. It queues all that it found, for each target. If one queue fails, the messages are
//     kept: the other targets get the same once more, which does no harm.
func (h handler) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	b := &running{handler: h, Batch: queue.NewBatch(batch, h.postponer), metrics: telemetry.NewMetrics(h.out, h.stack)}
	hints := coalesce(b.read(ctx, batch))

	looks, cancel := ctx, context.CancelFunc(func() {})
	if deadline, limited := ctx.Deadline(); limited {
		looks, cancel = context.WithDeadline(ctx, deadline.Add(-reserve))
	}
	defer cancel()
	var group errgroup.Group
	group.SetLimit(parallel)
	for _, hint := range hints {
		group.Go(func() error {
			b.settle(ctx, looks, hint)
			return nil
		})
	}
	group.Wait() // the functions return no error: each answers for its messages
	b.send(ctx)

	log := h.log
	if b.cause != nil {
		log = log.With("error", b.cause)
	}
	log.InfoContext(ctx, "events read", "messages", len(batch.Records), "users", len(hints), "queued", len(b.found),
		"foreign", b.foreign, "postponed", b.Postponed())
	if err := b.metrics.Flush(); err != nil {
		h.log.ErrorContext(ctx, "metrics not written", "error", err)
	}
	return b.Answer(), nil
}

// running is one batch on its way.
type running struct {
	handler
	*queue.Batch
	metrics *telemetry.Metrics

	mu      sync.Mutex // guards what follows
	found   []hint     // whose change is to be queued
	foreign int        // hints of users in other pools
	cause   error      // why the last hint was postponed
}

// read decodes the messages of the batch and returns those that need a look.
func (b *running) read(ctx context.Context, batch events.SQSEvent) []hint {
	var hints []hint
	for _, message := range batch.Records {
		hint, ignored, err := read(b.decoder, message)
		switch {
		case err != nil:
			b.Keep(message.MessageId)
			b.metrics.Add(telemetry.MessagesUnreadable, telemetry.Count, 1)
			b.log.ErrorContext(ctx, "message cannot be read: it will end in the dead-letter queue",
				"messageId", message.MessageId, "error", err)
		case ignored != "":
			b.log.DebugContext(ctx, "event ignored", "messageId", message.MessageId, "reason", ignored)
		case !b.targets.want(hint.change):
			b.log.DebugContext(ctx, "second look dropped: its target is not ours any more", "messageId", message.MessageId)
		default:
			hints = append(hints, hint)
		}
	}
	return hints
}

// settle decides what becomes of one hint. It looks for as long as looks lasts.
func (b *running) settle(ctx, looks context.Context, h hint) {
	change, answer, err := h.change, ours, error(nil)
	if !h.ready {
		change, answer, err = b.look(looks, h)
	}
	log := b.log.With("sub", h.change.Sub, "kind", h.change.Kind, "origin", h.change.Origin)
	switch {
	case err != nil:
		b.postpone(ctx, h, err)
	case answer == ours:
		h.change = change
		b.take(h)
		if !change.Gone {
			return
		}
		if err := b.targets.markLeaving(looks, change); err != nil {
			b.postpone(ctx, h, err) // to be noted once more; it is queued all the same
		}
	case answer == unlisted && time.Since(h.change.Since()) < reconcile.ListingLag:
		b.postpone(ctx, h, errNotListed)
	case answer == skipped:
		b.metrics.Add(telemetry.EventsSkipped, telemetry.Count, 1)
		log.DebugContext(ctx, "event skipped: too many of users whom nobody knows")
	default:
		b.disown()
		log.DebugContext(ctx, "event of a user who is not ours")
	}
}

// take has a hint's change sent with the batch's others.
func (b *running) take(h hint) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.found = append(b.found, h)
}

// disown counts a hint of a user in another pool.
func (b *running) disown() {
	b.metrics.Add(telemetry.EventsForeign, telemetry.Count, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.foreign++
}

// send queues what was found. If SQS does not take it, for whichever target, the messages
// are kept: they are read again, which costs a look each.
func (b *running) send(ctx context.Context) {
	changes := make([]directory.Change, len(b.found))
	for i, h := range b.found {
		changes[i] = h.change
	}
	ctx, cancel := queue.BeforeAnswer(ctx)
	defer cancel()
	err := b.targets.send(ctx, changes)
	if err == nil {
		return
	}
	for _, h := range b.found {
		b.Keep(h.settles...)
	}
	b.cause, b.found = err, nil
	b.log.WarnContext(ctx, "changes not queued: SQS keeps their events", "error", err)
}

// postpone sends the messages of a hint to their queue again.
func (b *running) postpone(ctx context.Context, h hint, cause error) {
	age := time.Since(h.change.Since())
	log := b.log.With("sub", h.change.Sub, "kind", h.change.Kind, "ageSeconds", int(age.Seconds()))
	b.metrics.Add(telemetry.EventsRetried, telemetry.Count, float64(len(h.settles)))
	b.mu.Lock()
	b.cause = cause
	b.mu.Unlock()
	delay, wait := queue.Delay(age, cause)
	if !wait {
		b.Keep(h.settles...)
		log.WarnContext(ctx, "event not read for too long: it is left to the dead-letter queue", "error", cause)
		return
	}
	log.DebugContext(ctx, "event not read: it is postponed", "error", cause)
	for _, id := range h.settles {
		if err := b.Postpone(ctx, id, delay); err != nil {
			log.WarnContext(ctx, "message not postponed: SQS keeps it", "messageId", id, "error", err)
		}
	}
}
