package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/awstest"
)

// forks are postauth deployed for one target, for two, and for two of which the second
// one's queue hangs. Each has queues of its own.
type forks struct {
	one, first, second, healthy *awstest.Queue
	closers                     []func()
}

// The functions' names.
const (
	forkOne   = "one-queue"
	forkTwo   = "two-queues"
	forkHangs = "one-of-two-hangs"
)

// openForks deploys the functions. The caller must close it, even after an error.
func openForks(l *lab) (*forks, error) {
	f := &forks{
		one: awstest.NewQueue(0), first: awstest.NewQueue(0), second: awstest.NewQueue(0), healthy: awstest.NewQueue(0),
	}
	queues := awstest.Queues{"one": f.one, "first": f.first, "second": f.second, "healthy": f.healthy}
	aws, err := f.start(awsLatency, queues.Service())
	if err != nil {
		return f, err
	}
	closed := make(chan struct{})
	hanging, err := f.start(0, awstest.Hang(closed))
	if err != nil {
		return f, err
	}
	f.closers = append(f.closers, func() { close(closed) })
	for name, urls := range map[string][]string{
		forkOne:   {queueURL(aws, "one")},
		forkTwo:   {queueURL(aws, "first"), queueURL(aws, "second")},
		forkHangs: {queueURL(aws, "healthy"), queueURL(hanging, "hanging")},
	} {
		if err := l.deploy(name, "postauth", aws, map[string]string{"QUEUE_URLS": strings.Join(urls, ",")}); err != nil {
			return f, err
		}
		f.closers = append(f.closers, func() { l.host.Kill(name) })
	}
	return f, nil
}

// start starts a stand-in for SQS and returns its address.
func (f *forks) start(latency time.Duration, service awstest.Service) (string, error) {
	server, err := awstest.Start(latency, service)
	if err != nil {
		return "", err
	}
	f.closers = append(f.closers, func() { server.Close() })
	return server.URL, nil
}

func (f *forks) close() {
	for _, c := range f.closers {
		c()
	}
}

// check returns an error unless every change of the measurement is on its queues.
func (f *forks) check() error {
	got := fmt.Sprint(f.one.Sent(), f.first.Sent(), f.second.Sent(), f.healthy.Sent())
	warm := warmUp + twoRounds
	if want := fmt.Sprint(warm, warm, warm, (waves+1)*crest); got != want {
		return fmt.Errorf("on the queues are %s changes, want %s", got, want)
	}
	return nil
}
