package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/awstest"
	"github.com/poolsync/poolsync/infra/local/bench/table"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
)

const (
	// crowdLatency is UserHub's latency while users of other pools act.
	crowdLatency = 50 * time.Millisecond
	// readers and readerRate are what the deployment gives ingest: the number of
	// instances, and how many requests a second each may make to list users.
	readers    = 2
	readerRate = "2.5"
	// crowdTargets is how many targets a sign-in then has, and ingest asks the ledger for.
	crowdTargets = 2
)

// measureCrowd measures the time from a sign-in to the answer of the last of two targets
// while people of other pools act for themselves. Their events name no pool, and each is about somebody new.
func measureCrowd(ctx context.Context, l *lab) ([]table.Row, error) {
	rows := []table.Row{table.Title(fmt.Sprintf("Sign-in to %d targets, 50 ms each", crowdTargets), "no events")}
	var quiet time.Duration
	for _, rate := range []int{0, 5, 25, 100} {
		l.say("%d sign-ins beside %d events a second from other pools", arrivals, rate)
		took, waiting, err := crowded(ctx, l, rate)
		if err != nil {
			return nil, err
		}
		if rate == 0 {
			quiet = median(took)
		}
		name := fmt.Sprintf("%d foreign events/s", rate)
		rows = append(rows,
			table.Row{
				Metric: "p50, " + name, Poolsync: table.Milliseconds(median(took)), Other: table.Milliseconds(quiet),
				Limit: table.RatioAtMost(1.25),
			},
			table.Row{Metric: "p99, " + name, Poolsync: table.Milliseconds(percentile(took, 99)), Other: table.Milliseconds(quiet)},
			table.Row{Metric: "events waiting, " + name, Poolsync: table.Count(waiting), Limit: table.AtMost(float64(10 * rate))})
	}
	return rows, nil
}

// crowded returns how long each sign-in took to the last answer, and how many events
// wait at the end, while people of other pools cause rate events a second.
func crowded(ctx context.Context, l *lab, rate int) ([]time.Duration, int, error) {
	w, err := openWire(l, wireSettings{targets: crowdTargets, rate: targetLimit, concurrency: instances, latency: crowdLatency})
	if err != nil {
		return nil, 0, err
	}
	defer w.close()
	pool := cognitotest.New(cognitotest.Users(1000), cognitotest.Latency(150*time.Millisecond), cognitotest.ListQuota(30))
	events, ledger, queues := awstest.NewQueue(awsLatency), new(awstest.Table), w.queues()
	queues["events"] = events
	aws, err := awstest.Start(awsLatency, queues.Service(), ledger.Service(), awstest.Pool(pool))
	if err != nil {
		return nil, 0, err
	}
	defer aws.Close()
	if err := l.deploy("ingest", "ingest", aws.URL, map[string]string{"TARGETS": w.toldOfEvents()}); err != nil {
		return nil, 0, err
	}
	defer l.host.Kill("ingest")
	defer feed(ctx, l, "ingest", events, mapping(aws.URL, "events", readers))()
	defer press(ctx, events, rate)()
	took, err := w.followSignIns(ctx, crowdLatency)
	waiting := events.Len()
	if err == nil {
		err = w.passedOver(events.Sent()-waiting, int(ledger.Gets.Load()))
	}
	return took, waiting, err
}

// passedOver returns an error if not each of so many foreign events was looked up for each
// target, or if one was taken for a change of our pool.
func (w *wire) passedOver(events, lookups int) error {
	if lookups < events*len(w.routes) {
		return fmt.Errorf("%d of the foreign events are done after %d look-ups for %d targets", events, lookups, len(w.routes))
	}
	for _, r := range w.routes {
		if n := r.live.Sent(); n != warmUp+arrivals {
			return fmt.Errorf("queue %s got %d changes, want those of %d sign-ins", r.liveName, n, warmUp+arrivals)
		}
	}
	return nil
}

// toldOfEvents returns what ingest is told of the targets at the end of the wire.
func (w *wire) toldOfEvents() string {
	var all []any
	for i, url := range w.liveURLs() {
		all = append(all, toldOfEvents(i, url))
	}
	return encode(all)
}

// press queues events at a rate until stop is called, each about another person.
func press(ctx context.Context, events *awstest.Queue, rate int) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	if rate == 0 {
		return cancel
	}
	go func() {
		next := time.NewTicker(time.Second / time.Duration(rate))
		defer next.Stop()
		for n := 0; ; n++ {
			select {
			case <-next.C:
				events.Send(foreignEvent(n), 0)
			case <-ctx.Done():
				return
			}
		}
	}()
	return cancel
}

// foreignEvent returns CloudTrail's event of somebody in another pool who changes an
// attribute of their own, with only the parts that poolsync reads.
func foreignEvent(n int) string {
	body, _ := json.Marshal(map[string]any{ // plain values
		"source": "aws.cognito-idp", "detail-type": "AWS API Call via CloudTrail",
		"detail": map[string]any{
			"eventName": "UpdateUserAttributes", "eventTime": time.Now().UTC().Format(time.RFC3339),
			"requestParameters":   map[string]any{"accessToken": "HIDDEN_DUE_TO_SECURITY_REASONS"},
			"additionalEventData": map[string]any{"sub": fmt.Sprintf("0000cafe-0000-4000-8000-%012x", n)},
		},
	})
	return string(body)
}
