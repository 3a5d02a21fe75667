package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/table"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/queue"
)

const (
	// firstSync is how many changes a first sync of 100,000 users has put on the bulk
	// queue.
	firstSync = 100_000
	// defaultRate is how many requests a second a target gets unless the settings say
	// otherwise, and defaultInstances how many instances then work on each of its queues.
	defaultRate      = 20
	defaultInstances = 4
	// urgentLatency is UserHub's. It fetches the user before it answers.
	urgentLatency = 500 * time.Millisecond
	// disabled is how many users are disabled, one after the other, and disabledGap how
	// long after each other on average.
	disabled    = 100
	disabledGap = 250 * time.Millisecond
	// urgentLimit is the most that one may take, in milliseconds: "within seconds".
	urgentLimit = 5000
)

// measureUrgent measures how soon UserHub knows of a user who was disabled while a first
// sync uses its whole rate, and while nothing else is under way.
func measureUrgent(ctx context.Context, l *lab) ([]table.Row, error) {
	l.say("%d users are disabled beside nothing", disabled)
	idle, err := disabling(ctx, l, 0)
	if err != nil {
		return nil, err
	}
	l.say("%d users are disabled beside a first sync of %d users", disabled, firstSync)
	busy, err := disabling(ctx, l, firstSync)
	if err != nil {
		return nil, err
	}
	return urgentRows(busy, idle), nil
}

// disablings is what became of users who were disabled.
type disablings struct {
	took    []time.Duration // from the live queue to UserHub's answer
	rate    float64         // requests to UserHub a second meanwhile, for both queues
	waiting int             // changes on the bulk queue at the end
}

// urgentRows compares disabling users beside a first sync with the same beside nothing.
func urgentRows(busy, idle disablings) []table.Row {
	row := func(name string, p int, limit table.Limit) table.Row {
		return table.Row{
			Metric:   name,
			Poolsync: table.Milliseconds(percentile(busy.took, p)), Other: table.Milliseconds(percentile(idle.took, p)), Limit: limit,
		}
	}
	return []table.Row{
		table.Title("Disabled beside a first sync of 100,000", "no sync"),
		row("p50, UserHub 500 ms", 50, table.Limit{}),
		row("p99, UserHub 500 ms", 99, table.Limit{}),
		row("slowest, UserHub 500 ms", 100, table.AtMost(urgentLimit)),
		table.Title("the first sync beside it", "limit"),
		{Metric: "requests to UserHub, both queues", Poolsync: table.PerSecond(busy.rate), Other: table.PerSecond(defaultRate), Limit: table.RatioAtLeast(0.95)},
		{Metric: fmt.Sprintf("still waiting of %v changes", table.Count(firstSync)), Poolsync: table.Count(busy.waiting)},
	}
}

// disabling disables users, one now and then, while so many changes of a run wait, or
// already are on their way.
func disabling(ctx context.Context, l *lab, waiting int) (disablings, error) {
	w, err := openWire(l, wireSettings{rate: defaultRate, concurrency: defaultInstances, latency: urgentLatency})
	if err != nil {
		return disablings{}, err
	}
	defer w.close()
	r := w.routes[0]
	for n := range waiting {
		body, err := queue.Encode(queued(n))
		if err != nil {
			return disablings{}, err
		}
		r.bulk.Send(string(body), 0)
	}
	defer w.take(ctx)()
	started := min(waiting, 3*defaultRate) // then all instances are at work
	if err := w.await(ctx, started); err != nil {
		return disablings{}, err
	}
	begin := time.Now()
	begun, err := r.disable(waiting, disabled)
	if err != nil {
		return disablings{}, err
	}
	end := time.Now()
	if err := r.awaitAll(ctx, begun); err != nil {
		return disablings{}, err
	}
	events := r.userhub.Events()
	took, err := delays(begun, urgentLatency, firstHeard(events))
	return disablings{took, perSecond(events, begin, end), r.bulk.Len()}, err
}

// disable puts on the live queue what ingest puts there when count users are disabled,
// from number first on. It returns when each was put there, by name.
func (r *route) disable(first, count int) (map[string]time.Time, error) {
	begun := make(map[string]time.Time)
	gaps := rand.New(rand.NewPCG(1, 2)) // out of step with the rate, the same each time
	for n := range count {
		time.Sleep(time.Duration(gaps.Int64N(int64(2 * disabledGap))))
		c := disablement(first + n)
		body, err := queue.Encode(c)
		if err != nil {
			return nil, err
		}
		begun[c.Username] = time.Now()
		r.live.Send(string(body), 0)
	}
	return begun, nil
}

// disablement returns the change that ingest queues when user n is disabled.
func disablement(n int) directory.Change {
	c := queued(n)
	c.Origin, c.User.Enabled = directory.CloudTrail, false
	return c
}
