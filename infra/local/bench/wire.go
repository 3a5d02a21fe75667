package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/awstest"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// awsLatency is how long the stand-ins for SQS and DynamoDB take to answer.
const awsLatency = 5 * time.Millisecond

// wire is the way from a sign-in to the targets: the functions as deployed, with queues
// in memory between them.
type wire struct {
	lab      *lab
	postauth string // the function's name
	aws      *awstest.Server
	routes   []*route // at least one
}

type wireSettings struct {
	targets     int           // how many; 0 is one
	rate        float64       // requests a second that all instances of a target's deliver make
	concurrency int           // instances for each queue
	latency     time.Duration // of the targets
}

// openWire deploys the functions, in place of those of an earlier wire. The caller must
// close it.
func openWire(l *lab, s wireSettings) (*wire, error) {
	w := &wire{lab: l, postauth: "postauth"}
	for i := range max(s.targets, 1) {
		w.routes = append(w.routes, newRoute(l, i, s.concurrency))
	}
	if err := w.open(s); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// open starts what the wire leads through.
func (w *wire) open(s wireSettings) error {
	var err error
	w.aws, err = awstest.Start(awsLatency, w.queues().Service(), new(awstest.Table).Service(), awstest.Secret(userhubtest.DefaultKey))
	if err != nil {
		return err
	}
	for _, r := range w.routes {
		if err := r.open(w.aws.URL, s); err != nil {
			return err
		}
	}
	return w.lab.deploy(w.postauth, "postauth", w.aws.URL, map[string]string{"QUEUE_URLS": strings.Join(w.liveURLs(), ",")})
}

// queues returns the queues of all targets.
func (w *wire) queues() awstest.Queues {
	all := awstest.Queues{}
	for _, r := range w.routes {
		all[r.liveName], all[r.bulkName] = r.live, r.bulk
	}
	return all
}

// liveURLs returns the addresses of the targets' live queues.
func (w *wire) liveURLs() []string {
	var all []string
	for _, r := range w.routes {
		all = append(all, queueURL(w.aws.URL, r.liveName))
	}
	return all
}

func (w *wire) close() {
	w.lab.host.Kill(w.postauth)
	for _, r := range w.routes {
		r.close()
	}
	if w.aws != nil {
		w.aws.Close()
	}
}

// take makes the targets' functions work on their queues from now until stop is called.
func (w *wire) take(ctx context.Context) (stop func()) {
	var stops []func()
	for _, r := range w.routes {
		stops = append(stops, r.take(ctx))
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}

// drain makes deliver work until each target knows so many users.
func (w *wire) drain(ctx context.Context, users int) error {
	defer w.take(ctx)()
	return w.await(ctx, users)
}

// await returns when each target knows so many users.
func (w *wire) await(ctx context.Context, users int) error {
	var errs []error
	for _, r := range w.routes {
		errs = append(errs, r.await(ctx, users))
	}
	return errors.Join(errs...)
}

// followSignIns signs people in, one after the other, and returns how long it took each
// time until the last target answered: until the request arrived, plus the latency.
func (w *wire) followSignIns(ctx context.Context, latency time.Duration) ([]time.Duration, error) {
	defer w.take(ctx)()
	signedIn := make(map[string]time.Time)
	for n := range warmUp + arrivals {
		signedIn[queued(n).Username] = time.Now()
		if _, err := w.lab.call(ctx, w.postauth, signInEvent(n)); err != nil {
			return nil, err
		}
		time.Sleep(30 * time.Millisecond)
	}
	if err := w.await(ctx, warmUp+arrivals); err != nil {
		return nil, err
	}
	var heard []map[string]time.Time
	for _, r := range w.routes {
		heard = append(heard, firstHeard(r.userhub.Events()))
	}
	took, err := delays(signedIn, latency, heard...)
	if err != nil {
		return nil, fmt.Errorf("follow sign-ins: %w", err)
	}
	return took[warmUp:], nil
}
