package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/poolsync/poolsync/infra/local/bench/table"
)

const (
	// twoRounds is how many sign-ins count with one target, and with two.
	twoRounds = 400
	// waves of people, crest at once, sign in while a queue hangs: it takes too long for
	// them to do so one after the other.
	waves = 10
	crest = 10
	// secondTarget is how much longer than with one target a sign-in may take with two.
	secondTarget = 1.15
	// hangLimit is what a sign-in may take at most, in milliseconds, whatever fails.
	hangLimit = 1500
)

// measureQueues measures how long a sign-in waits with two targets instead of one, and
// with two while the queue of one hangs.
func measureQueues(ctx context.Context, l *lab) ([]table.Row, error) {
	f, err := openForks(l)
	defer f.close()
	if err != nil {
		return nil, err
	}
	l.say("%d sign-ins with one queue, %d with two, %d with one of two hanging", twoRounds, twoRounds, waves*crest)
	if err := l.warm(ctx, forkOne, forkTwo); err != nil {
		return nil, err
	}
	if _, err := wave(ctx, l, forkHangs, 0); err != nil {
		return nil, err
	}
	d := &duel{ours: forkTwo, theirs: forkOne}
	var hung []time.Duration
	for n := range twoRounds {
		if err := d.round(ctx, l, n); err != nil {
			return nil, err
		}
		if n%(twoRounds/waves) == 0 {
			more, err := wave(ctx, l, forkHangs, n)
			if err != nil {
				return nil, err
			}
			hung = append(hung, more...)
		}
	}
	return queueRows(d.took[forkTwo], d.took[forkOne], hung), f.check()
}

// queueRows compares the times of sign-ins with two targets, and with two of which one
// hangs, to those with one.
func queueRows(two, one, hung []time.Duration) []table.Row {
	row := func(name string, took []time.Duration, p int, limit table.Limit) table.Row {
		return table.Row{
			Metric:   fmt.Sprintf("p%d, %s", p, name),
			Poolsync: table.Milliseconds(percentile(took, p)), Other: table.Milliseconds(percentile(one, p)), Limit: limit,
		}
	}
	return []table.Row{
		table.Title("Sign-in with further targets", "one target"),
		row("two targets", two, 50, table.RatioAtMost(secondTarget)),
		row("two targets", two, 99, table.Limit{}),
		row("two targets, one's queue hangs", hung, 50, table.Limit{}),
		row("two targets, one's queue hangs", hung, 99, table.AtMost(hangLimit)),
	}
}

// wave has people sign in at once, each with an instance of the function, and returns how
// long each waits.
func wave(ctx context.Context, l *lab, name string, n int) ([]time.Duration, error) {
	took := make([]time.Duration, crest)
	var people errgroup.Group
	for i := range took {
		people.Go(func() error {
			result, err := l.call(ctx, name, signInEvent(n+i))
			took[i] = result.Duration
			return err
		})
	}
	return took, people.Wait()
}
