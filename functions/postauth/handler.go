package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/trigger"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// budget is what one invocation may spend on the queue. A sign-in may take 1.5 s in
// all; the rest is for decoding and returning the answer.
const budget = 1400 * time.Millisecond

// errNoQueue is the failure of every change when the configuration is unusable.
var errNoQueue = errors.New("no queue is configured")

// queue is where changes go.
type queue interface {
	Send(context.Context, directory.Change) error
}

// handler implements [lambda.Handler] on raw bytes, so that it can return the event
// exactly as it came, including fields it does not know.
type handler struct {
	queue queue // nil when the configuration is unusable
	log   *slog.Logger
	out   io.Writer // metrics go here
	stack string
}

// Invoke queues the change that event describes, if any, and returns event. It never
// returns an error: Cognito would refuse the sign-in and show the error's text to the
// client.
func (h handler) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	metrics := telemetry.NewMetrics(h.out, h.stack)
	switch queued, err := h.forward(ctx, event); {
	case errors.Is(err, errUncertain):
		metrics.Add(telemetry.ChangesUncertain, telemetry.Count, 1)
		h.log.WarnContext(ctx, "change may not be queued: the next full sync repairs it", "error", err)
	case err != nil:
		metrics.Add(telemetry.ChangesDropped, telemetry.Count, 1)
		h.log.ErrorContext(ctx, "change dropped: the next full sync repairs it", "error", err)
	case queued:
		metrics.Add(telemetry.ChangesQueued, telemetry.Count, 1)
	}
	if err := metrics.Flush(); err != nil {
		h.log.ErrorContext(ctx, "metrics not written", "error", err)
	}
	return event, nil
}

// forward decodes event and queues its change. It reports whether there was one
// to queue. A panic becomes an error.
func (h handler) forward(ctx context.Context, event []byte) (queued bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			queued, err = false, fmt.Errorf("panic: %v", p)
		}
	}()
	change, relevant, err := trigger.Change(event, time.Now())
	switch {
	case err != nil || !relevant:
		return false, err
	case h.queue == nil:
		return false, errNoQueue
	}
	if err := h.queue.Send(ctx, change); err != nil {
		return false, err
	}
	return true, nil
}
