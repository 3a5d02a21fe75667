package main

import (
	"context"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/awstest"
	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/infra/local/eventsource"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// route is one target with what leads to it: its two queues, and deliver as deployed.
type route struct {
	lab                *lab
	number             int
	deliver            string // the function's name
	live, bulk         *awstest.Queue
	liveName, bulkName string
	aws                string // address of the queues, once it is open
	userhub            *userhubtest.Server
	concurrency        int
}

func newRoute(l *lab, number, concurrency int) *route {
	return &route{
		lab: l, number: number, deliver: "deliver" + numbered(number), concurrency: concurrency,
		live: awstest.NewQueue(awsLatency), liveName: "changes" + numbered(number),
		bulk: awstest.NewQueue(awsLatency), bulkName: "bulk" + numbered(number),
	}
}

// open starts the target and deploys its function, with AWS at an address.
func (r *route) open(aws string, s wireSettings) (err error) {
	r.aws = aws
	if r.userhub, err = userhubtest.Start(userhubtest.WithConnection(connectionName(r.number))); err != nil {
		return err
	}
	r.userhub.Always(userhubtest.Delay(s.latency))
	return r.lab.deploy(r.deliver, "deliver", aws, map[string]string{
		"TARGET": encode(hubNumber(r.number, r.userhub.URL)), "TARGET_RATE": strconv.FormatFloat(s.rate, 'f', -1, 64),
		"LIVE_QUEUE_URL": queueURL(aws, r.liveName), "BULK_QUEUE_URL": queueURL(aws, r.bulkName),
	})
}

func (r *route) close() {
	r.lab.host.Kill(r.deliver)
	if r.userhub != nil {
		r.userhub.Close()
	}
}

// take makes deliver work on both queues from now until stop is called.
func (r *route) take(ctx context.Context) (stop func()) {
	live := feed(ctx, r.lab, r.deliver, r.live, mapping(r.aws, r.liveName, r.concurrency))
	bulk := feed(ctx, r.lab, r.deliver, r.bulk, mapping(r.aws, r.bulkName, r.concurrency))
	return func() {
		live()
		bulk()
	}
}

// mapping is the subscription of a function to a queue, as deployed.
func mapping(aws, queue string, concurrency int) eventsource.Mapping {
	return eventsource.Mapping{
		QueueURL: queueURL(aws, queue), QueueARN: "arn:aws:sqs:" + emulator.Region + ":" + emulator.AccountID + ":" + queue,
		MaximumConcurrency: concurrency, ReportBatchItemFailures: true,
	}
}

// feed makes a function work on a queue from now until stop is called.
func feed(ctx context.Context, l *lab, function string, queue *awstest.Queue, mapping eventsource.Mapping) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	invoke := func(ctx context.Context, payload []byte) ([]byte, error) {
		result, err := l.call(ctx, function, payload)
		return result.Payload, err
	}
	var running sync.WaitGroup
	running.Go(func() { eventsource.New(queue, mapping, invoke, nil).Run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

// patience is after how long without progress a measurement gives up.
const patience = 20 * time.Second

// await returns when the target knows so many users.
func (r *route) await(ctx context.Context, users int) error {
	return awaitCount(ctx, users, func() int { return known(r.userhub) })
}

// awaitAll returns when the target knows all users who are named.
func (r *route) awaitAll(ctx context.Context, users map[string]time.Time) error {
	return awaitCount(ctx, len(users), func() int {
		heard := firstHeard(r.userhub.Events())
		maps.DeleteFunc(heard, func(user string, _ time.Time) bool { return users[user].IsZero() })
		return len(heard)
	})
}

// awaitCount returns when UserHub knows so many of the users whom count counts.
func awaitCount(ctx context.Context, users int, count func() int) error {
	last, since := 0, time.Now()
	for last < users {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
		if n := count(); n > last {
			last, since = n, time.Now()
		}
		if time.Since(since) > patience {
			return fmt.Errorf("UserHub knows %d of %d users, and no more arrive", last, users)
		}
	}
	return nil
}

// known returns how many users UserHub has heard of.
func known(userhub *userhubtest.Server) int { return len(firstHeard(userhub.Events())) }
