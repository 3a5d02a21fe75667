package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/poolsync/poolsync/shared/queue"
)

// errRestless is returned when the queues do not run empty after the last fault has
// ended.
var errRestless = errors.New("the queues are not empty although nothing has gone wrong for a while")

// rest returns how long the queues may take to run empty after a soak: the last change's
// wait for a retry, perhaps a second wait because the breaker is still open, and time to
// deliver everything on a busy machine.
func rest(length time.Duration) time.Duration {
	once := queue.LongestDelay(length)
	return once + queue.LongestDelay(length+once) + 2*time.Minute
}

// finding is the result of one check at the end.
type finding struct {
	ok   bool
	text string
	what []string // what differs, one line each
}

// verdict checks what the soak left behind:
//
//  1. once the queues are empty, whether events alone kept UserHub and a copy of the pool
//     in step with it, except for people whose events CloudTrail lost,
//  2. whether a run makes up for those,
//  3. whether the ledger is true: a second run must find nothing,
//  4. whether one target's trouble leaves the other at the pool's state,
//  5. whether UserHub and the feed were told of every sign-in,
//  6. whether either ever wrongly took anybody for gone,
//  7. whether a run held removals back, although events announced nearly all of them,
//  8. whether either was told of anybody in another pool,
//  9. whether the feed is as its document says, and what lies in the dead-letter queues.
func (w *world) verdict(ctx context.Context) ([]finding, error) {
	events, err := w.agreement(ctx, "by events alone,", w.untold)
	if err != nil {
		return nil, err
	}
	_, repair, err := w.lastRun(ctx)
	if err != nil {
		return nil, err
	}
	all, err := w.agreement(ctx, "after one more run,", nil)
	if err != nil {
		return nil, err
	}
	summary, second, err := w.lastRun(ctx)
	if err != nil {
		return nil, err
	}
	alone, err := w.alone(ctx)
	if err != nil {
		return nil, err
	}
	feed, err := w.feed(ctx)
	if err != nil {
		return nil, err
	}
	dead, err := w.dead(ctx)
	return slices.Concat(events, []finding{repair}, all, []finding{second, idle(summary)}, alone,
		[]finding{w.told(), w.unharmed(), w.unheld(), w.unknown()}, feed, []finding{dead}), err
}

// settle waits until the queues are empty and UserHub and the owner have heard
// everything.
func (w *world) settle(ctx context.Context) error { return w.quiet(ctx, w.Backlog) }

// quiet does the same, by another count of what is on the queues.
func (w *world) quiet(ctx context.Context, count func(context.Context) (int, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, rest(time.Since(w.began)), errRestless)
	defer cancel()
	for {
		waiting, err := count(ctx)
		if err == nil && waiting == 0 {
			w.UserHub.Wait()
			waiting, err = w.Feed.Waiting(ctx)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil || waiting == 0 {
			return err
		}
		select {
		case <-time.After(300 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// agreement waits for everything to settle, and compares.
func (w *world) agreement(ctx context.Context, when string, excused map[string]bool) ([]finding, error) {
	if err := w.settle(ctx); err != nil {
		return nil, err
	}
	return w.compare(ctx, when, excused)
}

// compare compares the pool with UserHub and with the copy.
func (w *world) compare(ctx context.Context, when string, excused map[string]bool) ([]finding, error) {
	differ, err := w.Disagreements(ctx)
	if err != nil {
		return nil, err
	}
	subs, err := w.FeedDisagreements(ctx)
	if err != nil {
		return nil, err
	}
	return []finding{
		w.differing(when+" UserHub", differ, excused),
		w.differing(when+" the copy", w.usernames(subs), excused),
	}, nil
}

// differing says how many people differ between the pool and a target.
func (w *world) differing(where string, usernames []string, excused map[string]bool) finding {
	usernames = slices.DeleteFunc(usernames, func(username string) bool { return excused[username] })
	f := finding{ok: len(usernames) == 0, text: fmt.Sprintf("%s differs in %d people", where, len(usernames)), what: w.describe(usernames)}
	if len(excused) > 0 {
		f.text += fmt.Sprintf(" (events of %d were lost)", len(excused))
	}
	return f
}
