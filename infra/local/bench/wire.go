package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/awstest"
	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/infra/local/eventsource"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// awsLatency is how long the stand-ins for SQS and DynamoDB take to answer.
const awsLatency = 5 * time.Millisecond

// wire is the way from a sign-in to UserHub: both functions as deployed, with a queue in
// memory between them.
type wire struct {
	lab               *lab
	postauth, deliver string // the functions' names
	queue             *awstest.Queue
	aws               *awstest.Server
	userhub           *userhubtest.Server
	concurrency       int
}

type wireSettings struct {
	rate        float64       // requests a second that all instances of deliver make
	concurrency int           // instances
	latency     time.Duration // of UserHub
}

// openWire deploys both functions, in place of those of an earlier wire. The caller must
// close it.
func openWire(l *lab, s wireSettings) (*wire, error) {
	w := &wire{
		lab: l, postauth: "postauth", deliver: "deliver",
		queue: awstest.NewQueue(awsLatency), concurrency: s.concurrency,
	}
	var err error
	if w.userhub, err = userhubtest.Start(); err != nil {
		return nil, err
	}
	w.userhub.Always(userhubtest.Delay(s.latency))
	w.aws, err = awstest.Start(awsLatency, w.queue.Service(), new(awstest.Table).Service(), awstest.Secret(userhubtest.DefaultKey))
	if err != nil {
		w.userhub.Close()
		return nil, err
	}
	err = errors.Join(
		l.deploy(w.postauth, "postauth", w.aws.URL, nil),
		l.deploy(w.deliver, "deliver", w.aws.URL, map[string]string{
			"TARGET": encode(hub(w.userhub.URL)), "TARGET_RATE": strconv.FormatFloat(s.rate, 'f', -1, 64),
		}))
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *wire) close() {
	w.lab.host.Kill(w.postauth)
	w.lab.host.Kill(w.deliver)
	w.aws.Close()
	w.userhub.Close()
}

// take makes deliver work on the queue from now until stop is called.
func (w *wire) take(ctx context.Context) (stop func()) {
	return feed(ctx, w.lab, w.deliver, w.queue, eventsource.Mapping{
		QueueURL: w.aws.URL, QueueARN: "arn:aws:sqs:" + emulator.Region + ":" + emulator.AccountID + ":changes",
		MaximumConcurrency: w.concurrency, ReportBatchItemFailures: true,
	})
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

// drain makes deliver work until UserHub knows so many users.
func (w *wire) drain(ctx context.Context, users int) error {
	defer w.take(ctx)()
	return w.await(ctx, users)
}

// known returns how many users UserHub has heard of.
func known(userhub *userhubtest.Server) int {
	users := make(map[string]bool)
	for _, e := range userhub.Events() {
		users[e.ExternalID] = true
	}
	return len(users)
}

// patience is after how long without progress a measurement gives up.
const patience = 20 * time.Second

// await returns when UserHub knows so many users.
func (w *wire) await(ctx context.Context, users int) error {
	last, since := 0, time.Now()
	for last < users {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
		if n := known(w.userhub); n > last {
			last, since = n, time.Now()
		}
		if time.Since(since) > patience {
			return fmt.Errorf("UserHub knows %d of %d users, and no more arrive", last, users)
		}
	}
	return nil
}
