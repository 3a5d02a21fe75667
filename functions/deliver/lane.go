package main

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/poolsync/poolsync/shared/config"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/throttle"
)

// lanes are the two queues of a target: one for changes that somebody waits for, and one
// for those of full syncs, which can wait.
type lanes struct {
	live, bulk queue.Postponer
	// bulkQueue is the name of the queue for full syncs, with which its ARN ends.
	bulkQueue string
}

// newLanes returns the lanes of two queues.
func newLanes(live, bulk queue.Postponer, bulkURL config.URL) lanes {
	url := string(bulkURL)
	return lanes{live: live, bulk: bulk, bulkQueue: url[strings.LastIndex(url, "/")+1:]}
}

// bulkKey is the key of a context in which work can wait.
type bulkKey struct{}

// enter returns where the messages of a batch are postponed to, and a context for their
// delivery. Lambda makes up a batch of the messages of one queue.
func (l lanes) enter(ctx context.Context, batch events.SQSEvent) (context.Context, queue.Postponer) {
	if len(batch.Records) > 0 && strings.HasSuffix(batch.Records[0].EventSourceARN, ":"+l.bulkQueue) {
		return context.WithValue(ctx, bulkKey{}, true), l.bulk
	}
	return ctx, l.live
}

// pace is the rate of a target, which all instances share, with a place at the end for
// work that can wait. It implements [targets.Pacer].
type pace struct{ live, bulk *throttle.Budget }

// newPace returns the pace of a target whose moment is in the schedule.
func newPace(schedule throttle.Schedule, limit throttle.Limit) pace {
	return pace{
		live: throttle.NewBudget(schedule, rateClass, limit),
		bulk: throttle.NewBudget(schedule, rateClass, limit, throttle.Bulk()),
	}
}

// rateClass is the class of a target's requests that share one rate. A target has one.
const rateClass = "all"

// Wait returns when it is the caller's turn.
func (p pace) Wait(ctx context.Context) error {
	if ctx.Value(bulkKey{}) != nil {
		return p.bulk.Wait(ctx)
	}
	return p.live.Wait(ctx)
}

// Backoff lets nobody through for d, in whichever instance.
func (p pace) Backoff(d time.Duration) {
	p.live.Backoff(d)
	p.bulk.Backoff(d)
}
