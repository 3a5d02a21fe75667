package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/table"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/queue"
)

const (
	// instances is how many instances of deliver the deployment allows by default, and
	// targetLimit how many requests they may make to UserHub together.
	instances   = 5
	targetLimit = 100
	// backlog is how many changes wait at the start: enough for eight seconds.
	backlog = 8 * targetLimit
	// arrivals is how many sign-ins the benchmark follows to UserHub.
	arrivals = 100
)

// measureDelivery measures how fast a backlog is delivered, and how soon UserHub knows of
// a sign-in.
func measureDelivery(ctx context.Context, l *lab) ([]table.Row, error) {
	rows := []table.Row{table.Title("Delivery of a backlog", "limit")}
	delays := []table.Row{table.Title("Sign-in to UserHub's answer", "UserHub")}
	for _, latency := range []time.Duration{10 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond} {
		l.say("%d changes and %d sign-ins, UserHub at %v", backlog, arrivals, latency)
		name := fmt.Sprintf("UserHub %d ms", latency.Milliseconds())
		rate, err := throughput(ctx, l, latency)
		if err != nil {
			return nil, err
		}
		rows = append(rows, table.Row{
			Metric:   "changes, " + name,
			Poolsync: table.PerSecond(rate), Other: table.PerSecond(targetLimit), Limit: table.RatioAtLeast(0.95),
		})
		took, err := arriving(ctx, l, latency)
		if err != nil {
			return nil, err
		}
		allowed := latency + 100*time.Millisecond
		delays = append(delays,
			table.Row{
				Metric:   "p50, " + name,
				Poolsync: table.Milliseconds(median(took)), Other: table.Milliseconds(latency),
				Limit: table.AtMost(float64(allowed.Milliseconds())),
			},
			table.Row{
				Metric:   "p99, " + name,
				Poolsync: table.Milliseconds(percentile(took, 99)), Other: table.Milliseconds(latency),
			})
	}
	return append(rows, delays...), nil
}

// throughput returns how many changes of a backlog reach UserHub a second. It leaves out
// the first tenth, a burst, and the last, when instances run out of work.
func throughput(ctx context.Context, l *lab, latency time.Duration) (float64, error) {
	w, err := openWire(l, wireSettings{rate: targetLimit, concurrency: instances, latency: latency})
	if err != nil {
		return 0, err
	}
	defer w.close()
	for n := range backlog {
		body, err := queue.Encode(queued(n))
		if err != nil {
			return 0, err
		}
		w.routes[0].live.Send(string(body), 0)
	}
	if err := w.drain(ctx, backlog); err != nil {
		return 0, err
	}
	var times []time.Time
	for _, e := range w.routes[0].userhub.Events() {
		times = append(times, e.Time)
	}
	slices.SortFunc(times, time.Time.Compare)
	first, last := len(times)/10, len(times)*9/10
	return float64(last-first) / times[last].Sub(times[first]).Seconds(), nil
}

// queued returns the change that a run queues for a user unknown to the ledger.
func queued(n int) directory.Change {
	user := directory.User{
		Sub: fmt.Sprintf("84e844c8-3041-70aa-1111-%012x", n), Username: fmt.Sprintf("user%08d", n), Enabled: true, Status: "CONFIRMED",
		Attributes: map[string]string{"email": fmt.Sprintf("user%08d@example.com", n), "name": fmt.Sprintf("User %08d", n)},
	}
	return directory.Change{
		ID: directory.NewChangeID(), Kind: directory.Changed, Origin: directory.Sync,
		Sub: user.Sub, Username: user.Username, ObservedAt: time.Now(), User: &user,
	}
}

// arriving returns the time from each sign-in to UserHub's answer: until the request
// arrived, plus the latency.
func arriving(ctx context.Context, l *lab, latency time.Duration) ([]time.Duration, error) {
	w, err := openWire(l, wireSettings{rate: targetLimit, concurrency: instances, latency: latency})
	if err != nil {
		return nil, err
	}
	defer w.close()
	return w.followSignIns(ctx, latency)
}
