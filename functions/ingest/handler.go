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
	// messages, so none waits behind another.
	parallel = 10
	// reserve is kept back from the invocation's deadline: what is not delivered
	// by then is handed back to SQS, which needs the answer to know.
	reserve = 2 * time.Second
)

// handler takes a batch of messages from the queue to the target.
type handler struct {
	target reconcile.Target
	log    *slog.Logger
	out    io.Writer // metrics go here
	stack  string
}

// Handle delivers each message of the batch and names those that SQS must keep.
// A message is kept when trying again may help, and when it cannot be read: then
// it ends in the dead-letter queue, where somebody can look at it. A change that
// the target refuses for good is done with.
//
// It always answers with a list, even an empty one, and never with an error: an
// error would send the whole batch round again.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
func (h handler) Handle(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-reserve))
		defer cancel()
	}
	metrics := telemetry.NewMetrics(h.out, h.stack)
	keep := make([]bool, len(batch.Records))
	var group errgroup.Group
	group.SetLimit(parallel)
	for i, message := range batch.Records {
		group.Go(func() error {
			keep[i] = h.handle(ctx, message, metrics)
			return nil
		})
	}
	group.Wait()

	answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for i, message := range batch.Records {
		if keep[i] {
			answer.BatchItemFailures = append(answer.BatchItemFailures,
				events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
		}
	}
	h.log.InfoContext(ctx, "batch done", "messages", len(batch.Records), "kept", len(answer.BatchItemFailures))
	if err := metrics.Flush(); err != nil {
		h.log.ErrorContext(ctx, "metrics not written", "error", err)
	}
	return answer, nil
}

// handle takes one message to the target and reports whether SQS must keep it.
func (h handler) handle(ctx context.Context, message events.SQSMessage, metrics *telemetry.Metrics) (keep bool) {
	log := h.log.With("messageId", message.MessageId)
	change, err := queue.Decode([]byte(message.Body))
	if err != nil {
		metrics.Add("MessagesUnreadable", telemetry.Count, 1)
		log.ErrorContext(ctx, "message cannot be read: it will end in the dead-letter queue", "error", err)
		return true
	}
	log = log.With("sub", change.Sub, "kind", change.Kind)
	err = h.target.Deliver(ctx, reconcile.Delivery{Change: change, Confirm: change.Kind != directory.SignIn})
	switch {
	case err == nil:
		metrics.Add("ChangesDelivered", telemetry.Count, 1)
		log.DebugContext(ctx, "change delivered")
		return false
	case reconcile.Permanent(err):
		metrics.Add("ChangesRejected", telemetry.Count, 1)
		log.WarnContext(ctx, "change rejected by the target", "error", err)
		return false
	default:
		metrics.Add("ChangesRetried", telemetry.Count, 1)
		log.WarnContext(ctx, "change not delivered: it will be tried again", "error", err)
		return true
	}
}
