package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/awstest"
	"github.com/poolsync/poolsync/infra/local/bench/peer"
	"github.com/poolsync/poolsync/infra/local/bench/table"
	"github.com/poolsync/poolsync/infra/local/lambdahost"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

const (
	starts = 15  // of a process
	warmUp = 20  // calls before the first that counts
	rounds = 200 // calls that count, of what answers soon
)

// measureSignIn measures how long a sign-in waits, with poolsync and with UserHub's
// published handler: poolsync waits for SQS, the handler for UserHub.
func measureSignIn(ctx context.Context, l *lab) ([]table.Row, error) {
	installed, err := peer.Install(filepath.Join(l.dir, "peer"))
	if err != nil {
		return nil, err
	}
	l.node = installed.Version
	stop, err := l.deploySignIn(installed)
	defer stop()
	if err != nil {
		return nil, err
	}
	rows := []table.Row{table.Title("Sign-in", "Node.js")}
	for _, measure := range []func(context.Context, *lab) ([]table.Row, error){starting, waiting} {
		more, err := measure(ctx, l)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	outage, err := losing(ctx, l, installed)
	return append(rows, outage), err
}

// deploySignIn deploys poolsync's function and the peer once for each latency: sqs-5
// waits 5 ms for SQS, userhub-50 waits 50 ms for UserHub.
func (l *lab) deploySignIn(p peer.Peer) (stop func(), err error) {
	var closers []func() error
	stop = func() {
		for _, c := range closers {
			c()
		}
	}
	for _, ms := range []int{0, 5, 20} {
		aws, err := awstest.Start(time.Duration(ms)*time.Millisecond, awstest.NewQueue(0).Service())
		if err != nil {
			return stop, err
		}
		closers = append(closers, aws.Close)
		if err := l.deploy(fmt.Sprintf("sqs-%d", ms), "postauth", aws.URL, nil); err != nil {
			return stop, err
		}
	}
	for name, fault := range map[string]userhubtest.Fault{
		"userhub-0": nil, "userhub-50": userhubtest.Delay(50 * time.Millisecond),
		"userhub-200": userhubtest.Delay(200 * time.Millisecond), "userhub-hangs": userhubtest.Hang(),
	} {
		userhub, err := userhubtest.Start()
		if err != nil {
			return stop, err
		}
		closers = append(closers, userhub.Close)
		userhub.Always(fault)
		if err := l.deployPeer(name, p, userhub.URL); err != nil {
			return stop, err
		}
	}
	return stop, nil
}

func (l *lab) deployPeer(name string, p peer.Peer, userhub string) error {
	return l.host.Deploy(lambdahost.Function{
		Name: name, Binary: p.Binary, Timeout: 5 * time.Second,
		Environment: peer.Environment(userhub, userhubtest.DefaultConnection, userhubtest.DefaultKey),
	})
}

// starting measures the initialisation of a new process and its first call.
func starting(ctx context.Context, l *lab) ([]table.Row, error) {
	l.say("%d cold starts of each", starts)
	duels := []*duel{
		{name: "no latency", ours: "sqs-0", theirs: "userhub-0"},
		{name: "UserHub 50 ms", ours: "sqs-5", theirs: "userhub-50"},
	}
	for range starts {
		for _, d := range duels {
			l.host.Kill(d.ours)
			l.host.Kill(d.theirs)
			if err := d.round(ctx, l, 0); err != nil {
				return nil, err
			}
		}
	}
	var rows []table.Row
	for _, d := range duels {
		rows = append(rows, d.row("init + first call, ", 50, table.RatioAtMost(1.0/8)))
	}
	return rows, nil
}

// waiting measures what warm functions add to a sign-in, and then their memory.
func waiting(ctx context.Context, l *lab) ([]table.Row, error) {
	l.say("up to %d warm sign-ins of each", rounds)
	duels := []*duel{
		{name: "UserHub 0 ms", ours: "sqs-5", theirs: "userhub-0", rounds: rounds},
		{name: "UserHub 50 ms", ours: "sqs-5", theirs: "userhub-50", rounds: rounds, median: table.RatioAtMost(0.25)},
		{name: "UserHub 50 ms, SQS 20 ms", ours: "sqs-20", theirs: "userhub-50", rounds: rounds / 2},
		{name: "UserHub 200 ms", ours: "sqs-5", theirs: "userhub-200", rounds: rounds / 2},
		{name: "UserHub hangs", ours: "sqs-5", theirs: "userhub-hangs", rounds: 5, median: table.RatioAtMost(0.01)},
	}
	if err := l.warm(ctx, "sqs-5", "sqs-20", "userhub-0", "userhub-50", "userhub-200"); err != nil {
		return nil, err
	}
	for n := range rounds {
		for _, d := range duels {
			if n >= d.rounds {
				continue
			}
			if err := d.round(ctx, l, n); err != nil {
				return nil, err
			}
		}
	}
	var rows []table.Row
	for _, d := range duels {
		rows = append(rows, d.row("p50, ", 50, d.median))
	}
	for _, d := range duels {
		rows = append(rows, d.row("p99, ", 99, table.Limit{}))
	}
	return append(rows, table.Row{
		Metric:   fmt.Sprintf("memory, after %d sign-ins", rounds),
		Poolsync: table.MiB(l.host.Instances("sqs-5")[0].Resident), Other: table.MiB(l.host.Instances("userhub-0")[0].Resident),
		Limit: table.RatioAtMost(1.0 / 5),
	}), nil
}

// warm calls functions until they are as fast as they get.
func (l *lab) warm(ctx context.Context, names ...string) error {
	for _, name := range names {
		for n := range warmUp {
			if _, err := l.call(ctx, name, signInEvent(n)); err != nil {
				return err
			}
		}
	}
	return nil
}
