package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/awstest"
	"github.com/poolsync/poolsync/infra/local/bench/table"
	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/infra/local/eventsource"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
)

const (
	// crowdLatency is UserHub's while other pools' users act.
	crowdLatency = 50 * time.Millisecond
	// readers and readerRate are what the deployment gives ingest: instances, and
	// requests a second of each that list users.
	readers    = 2
	readerRate = "2.5"
)

// measureCrowd measures how long after a sign-in UserHub has answered while people of
// other pools act for themselves, each of whom nobody knows: their events name no pool.
func measureCrowd(ctx context.Context, l *lab) ([]table.Row, error) {
	rows := []table.Row{table.Title("Sign-in, UserHub 50 ms", "no events")}
	var quiet time.Duration
	for _, rate := range []int{0, 5, 25, 100} {
		l.say("%d sign-ins beside %d events a second of other pools", arrivals, rate)
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

// crowded returns how long after each sign-in UserHub has answered, and how many events
// wait in the end, while so many a second come from people of other pools.
func crowded(ctx context.Context, l *lab, rate int) ([]time.Duration, int, error) {
	w, err := openWire(l, wireSettings{rate: targetLimit, concurrency: instances, latency: crowdLatency})
	if err != nil {
		return nil, 0, err
	}
	defer w.close()
	pool := cognitotest.New(cognitotest.Users(1000), cognitotest.Latency(150*time.Millisecond), cognitotest.ListQuota(30))
	events := awstest.NewQueue(awsLatency)
	aws, err := awstest.Start(awsLatency, events.Service(), new(awstest.Table).Service(), awstest.Pool(pool))
	if err != nil {
		return nil, 0, err
	}
	defer aws.Close()
	if err := l.deploy("ingest", "ingest", aws.URL, nil); err != nil {
		return nil, 0, err
	}
	defer l.host.Kill("ingest")
	defer feed(ctx, l, "ingest", events, eventsource.Mapping{
		QueueURL: aws.URL, QueueARN: "arn:aws:sqs:" + emulator.Region + ":" + emulator.AccountID + ":events",
		MaximumConcurrency: readers, ReportBatchItemFailures: true,
	})()
	defer press(ctx, events, rate)()
	took, err := w.followSignIns(ctx, l, crowdLatency)
	return took, events.Len(), err
}

// press puts events on a queue at a rate until stop is called, each of somebody else.
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

// foreignEvent is the part that anybody reads of CloudTrail's event of somebody in
// another pool who changes an attribute of their own.
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
