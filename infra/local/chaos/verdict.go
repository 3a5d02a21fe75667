package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/infra/local/sandbox"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
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
//  1. once the queue is empty, whether events alone kept pool and UserHub the same,
//     except for people whose events CloudTrail lost,
//  2. whether a run makes up for those,
//  3. whether the ledger is true: a second run must find nothing,
//  4. whether UserHub was told of every sign-in,
//  5. whether anybody was ever wrongly taken for gone,
//  6. whether a run held removals back, although events announced nearly all of them,
//  7. whether UserHub was told of anybody in another pool,
//  8. what lies in the dead-letter queues.
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
	found := summary.New + summary.Changed + summary.Missing
	idle := finding{ok: found == 0, text: fmt.Sprintf("the run after that finds %d differences in the ledger", found)}
	dead, err := w.dead(ctx)
	if err != nil {
		return nil, err
	}
	return []finding{events, repair, all, second, idle, w.told(), w.unharmed(), w.unheld(), w.unknown(), dead}, nil
}

// settle waits until the queue is empty and UserHub has answered everything.
func (w *world) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, rest(time.Since(w.began)), errRestless)
	defer cancel()
	for {
		waiting, err := w.Backlog(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			return err
		}
		if waiting == 0 {
			w.UserHub.Wait()
			return nil
		}
		select {
		case <-time.After(300 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// agreement waits for everything to settle, and compares pool and UserHub.
func (w *world) agreement(ctx context.Context, when string, excused map[string]bool) (finding, error) {
	if err := w.settle(ctx); err != nil {
		return finding{}, err
	}
	differ, err := w.Disagreements(ctx)
	if err != nil {
		return finding{}, err
	}
	differ = slices.DeleteFunc(differ, func(username string) bool { return excused[username] })
	f := finding{ok: len(differ) == 0, text: fmt.Sprintf("%s pool and UserHub differ in %d people", when, len(differ)), what: w.describe(differ)}
	if len(excused) > 0 {
		f.text += fmt.Sprintf(", %d had lost events", len(excused))
	}
	return f, nil
}

// describe says what was done to people.
func (w *world) describe(usernames []string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var lines []string
	for _, number := range slices.Sorted(maps.Keys(w.people)) {
		if p := w.people[number]; slices.Contains(usernames, p.username) {
			lines = append(lines, fmt.Sprintf("person %d, %s: %s", number, p.username, strings.Join(p.history, "; ")))
		}
	}
	return lines
}

// lastRun carries out a run that must succeed.
func (w *world) lastRun(ctx context.Context) (reconcile.Summary, finding, error) {
	output, err := w.Execute(ctx, "FullsyncStateMachine", "{}")
	f := finding{ok: outcome(output, err) == succeeded, text: "a run without faults: " + outcome(output, err)}
	if err != nil && !errors.Is(err, sandbox.ErrExecution) {
		return reconcile.Summary{}, f, err
	}
	if !f.ok {
		f.what = []string{fmt.Sprint(output, err)}
		return reconcile.Summary{}, f, nil
	}
	var summary reconcile.Summary
	if err := json.Unmarshal([]byte(output), &summary); err != nil {
		return summary, f, fmt.Errorf("read a run's output: %w", err)
	}
	f.text += fmt.Sprintf(", %d new, %d changed, %d gone", summary.New, summary.Changed, summary.Removed)
	return summary, f, w.settle(ctx)
}

const (
	succeeded = "succeeded"
	heldBack  = "removals held"
)

// outcome says in a word how a run ended.
func outcome(output string, err error) string {
	switch {
	case err == nil && strings.Contains(output, `"skipped"`):
		return "left to the next"
	case err == nil:
		return succeeded
	case strings.Contains(err.Error(), "RemovalsHeld"):
		return heldBack
	}
	return "failed"
}

// told looks for sign-ins that UserHub was not told of, by people still in the pool.
func (w *world) told() finding {
	told := map[string][]time.Time{} // by user name
	for _, e := range w.UserHub.Events() {
		if e.Kind == "SIGNIN" {
			told[e.ExternalID] = append(told[e.ExternalID], e.Time)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	counted := 0
	var lost []string
	for _, number := range slices.Sorted(maps.Keys(w.people)) {
		p := w.people[number]
		if !p.present {
			continue
		}
		counted += len(p.signIns)
		for _, at := range unmatched(p.signIns, told[p.username]) {
			lost = append(lost, fmt.Sprintf("person %d, %s, at %.1f s", number, p.username, at.Sub(w.began).Seconds()))
		}
	}
	text := fmt.Sprintf("of %d sign-ins by people still in the pool, %d were lost", counted, len(lost))
	return finding{ok: len(lost) == 0, text: text, what: lost}
}

// unmatched pairs each sign-in with the first free event after it, and returns the
// sign-ins without one. Both lists are in order of time.
func unmatched(signIns, events []time.Time) []time.Time {
	var remain []time.Time
	for _, at := range signIns {
		for len(events) > 0 && !events[0].After(at) {
			events = events[1:]
		}
		if len(events) == 0 {
			remain = append(remain, at)
			continue
		}
		events = events[1:]
	}
	return remain
}

// unharmed says whether UserHub ever wrongly took somebody for gone.
func (w *world) unharmed() finding {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := finding{ok: len(w.removals) == 0, text: fmt.Sprintf("%d people in the pool were ever taken for gone", len(w.removals))}
	for _, number := range slices.Sorted(maps.Keys(w.removals)) {
		f.what = append(f.what, fmt.Sprintf("person %d: %s", number, strings.Join(w.people[number].history, "; ")))
	}
	return f
}

// unheld says whether runs held removals back. Events announce those who are deleted
// while UserHub is down, and CloudTrail never loses that many events at once.
func (w *world) unheld() finding {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := w.runs[heldBack]
	return finding{ok: held == 0, text: fmt.Sprintf("%d of %d full syncs held removals back", held, w.count[fullRun])}
}

// dead looks into the dead-letter queues. Only unreadable messages belong there.
func (w *world) dead(ctx context.Context) (finding, error) {
	unread, other := 0, []string{}
	for _, id := range []string{"UserhubDeadLetterQueue", "EventsDeadLetterQueue"} {
		for {
			got, err := w.queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
				QueueUrl: aws.String(w.Ref(id)), MaxNumberOfMessages: 10, VisibilityTimeout: 600,
			})
			if err != nil {
				return finding{}, fmt.Errorf("look into the dead-letter queue: %w", err)
			}
			for _, message := range got.Messages {
				if body := aws.ToString(message.Body); body == garbage {
					unread++
				} else {
					other = append(other, id+": "+body)
				}
			}
			if len(got.Messages) == 0 {
				break
			}
		}
	}
	return finding{
		ok:   unread == w.garbage && len(other) == 0,
		text: fmt.Sprintf("dead-letter queues: %d of the %d unreadable messages, %d others", unread, w.garbage, len(other)),
		what: other,
	}, nil
}
