package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/trigger"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// budget is what one invocation may spend on the queues. A sign-in may take 1.5 s in
// all; the rest is for decoding and returning the answer.
const budget = 1400 * time.Millisecond

// errNoQueue is the failure of every change when the configuration is unusable.
var errNoQueue = errors.New("no queue is configured")

// unusable stands for the queues of a configuration that cannot be used.
type unusable struct{}

// Send fails with [errNoQueue].
func (unusable) Send(context.Context, directory.Change) error { return errNoQueue }

// queue is where a target's changes go.
type queue interface {
	Send(context.Context, directory.Change) error
}

// handler implements [lambda.Handler] on raw bytes, so that it can return the event
// exactly as it came, including fields it does not know.
type handler struct {
	queues []queue // one for each target that has a use for sign-ins
	log    *slog.Logger
	out    io.Writer // metrics go here
	stack  string
}

// Invoke queues the change that event describes, if any, for each target, and returns
// event. It never returns an error: Cognito would refuse the sign-in and show the
// error's text to the client.
func (h handler) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	metrics := telemetry.NewMetrics(h.out, h.stack)
	switch change, relevant, err := decode(event); {
	case err != nil:
		h.count(ctx, metrics, err)
	case relevant:
		for _, err := range h.send(ctx, change) {
			h.count(ctx, metrics, err)
		}
	}
	if err := metrics.Flush(); err != nil {
		h.log.ErrorContext(ctx, "metrics not written", "error", err)
	}
	return event, nil
}

// decode reads the change that an event speaks of, and reports whether it speaks of one.
// A panic becomes an error.
func decode(event []byte) (change directory.Change, relevant bool, err error) {
	defer recovered(&err)
	return trigger.Change(event, time.Now())
}

// send queues a change for all targets, side by side, and returns what became of it on
// each queue: one that fails or hangs takes nothing from the others.
func (h handler) send(ctx context.Context, change directory.Change) []error {
	results := make([]error, len(h.queues))
	var all sync.WaitGroup
	for i, q := range h.queues {
		all.Go(func() {
			defer recovered(&results[i])
			results[i] = q.Send(ctx, change)
		})
	}
	all.Wait()
	return results
}

// recovered turns a panic into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("panic: %v", p)
	}
}

// count notes what became of a change on one queue.
func (h handler) count(ctx context.Context, metrics *telemetry.Metrics, err error) {
	switch {
	case errors.Is(err, errUncertain):
		metrics.Add(telemetry.ChangesUncertain, telemetry.Count, 1)
		h.log.WarnContext(ctx, "change may not be queued: the next full sync repairs it", "error", err)
	case err != nil:
		metrics.Add(telemetry.ChangesDropped, telemetry.Count, 1)
		h.log.ErrorContext(ctx, "change dropped: the next full sync repairs it", "error", err)
	default:
		metrics.Add(telemetry.ChangesQueued, telemetry.Count, 1)
	}
}
