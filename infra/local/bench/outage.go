package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/poolsync/poolsync/infra/local/bench/peer"
	"github.com/poolsync/poolsync/infra/local/bench/table"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// signIns is how many people sign in during the outage.
const signIns = 100

// losing counts the sign-ins during an outage that UserHub never learns of. After the
// outage, deliver delivers what is on the queue.
func losing(ctx context.Context, l *lab, p peer.Peer) (table.Row, error) {
	l.say("%d sign-ins while UserHub answers 503", signIns)
	w, err := openWire(l, wireSettings{rate: 1000, concurrency: 2})
	if err != nil {
		return table.Row{}, err
	}
	defer w.close()
	ours := w.routes[0].userhub
	theirs, err := userhubtest.Start()
	if err != nil {
		return table.Row{}, err
	}
	defer theirs.Close()
	if err := l.deployPeer("peer", p, theirs.URL); err != nil {
		return table.Row{}, err
	}
	for _, userhub := range []*userhubtest.Server{ours, theirs} {
		userhub.Always(userhubtest.Fail(http.StatusServiceUnavailable, "UNAVAILABLE"))
	}
	for n := range signIns {
		for _, name := range []string{w.postauth, "peer"} {
			if _, err := l.call(ctx, name, signInEvent(n)); err != nil {
				return table.Row{}, err
			}
		}
	}
	ours.Always(nil)
	theirs.Always(nil)
	if err := w.drain(ctx, signIns); err != nil {
		return table.Row{}, err
	}
	return table.Row{
		Metric:   fmt.Sprintf("lost of %d in an outage", signIns),
		Poolsync: table.Count(signIns - known(ours)), Other: table.Count(signIns - known(theirs)),
		Limit: table.AtMost(0),
	}, nil
}
