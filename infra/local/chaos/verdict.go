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

// errRestless is returned when the queues do not run empty once nothing goes wrong any
// more.
var errRestless = errors.New("the queues are not empty although nothing has gone wrong for a while")

// rest is how long after a soak of some length the queues may take to run empty: what is
// put off at the end of it, perhaps once more because the breaker is still open, and
// time to deliver it all on a busy machine.
func rest(length time.Duration) time.Duration {
	once := queue.LongestDelay(length)
	return once + queue.LongestDelay(length+once) + 2*time.Minute
}

// finding is one thing that was looked at in the end.
type finding struct {
	ok   bool
	text string
	what []string // differs, a line each
}

// verdict looks at what the soak has left behind:
//
//  1. when the queue has run empty, whether events alone have kept pool and UserHub
//     the same, but for people of whom CloudTrail has lost events,
//  2. whether a run makes up for those,
//  3. whether the ledger is true: a second run must find nothing,
//  4. whether every sign-in was told,
//  5. whether anybody was ever taken for gone who was not,
//  6. whether a run has held removals back, though all but a few were announced,
//  7. whether UserHub was told of anybody in another pool,
//  8. what lies in the dead-letter queues.
func (w *world) verdict(ctx context.Context) ([]finding, error) {
	events, err := w.agreement(ctx, "by events alone", w.untold)
	if err != nil {
		return nil, err
	}
	_, repair, err := w.lastRun(ctx)
	if err != nil {
		return nil, err
	}
	all, err := w.agreement(ctx, "after one more run", nil)
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

// settle waits until nothing is on the queue and UserHub is done.
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

// agreement compares pool and UserHub when all is settled.
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

// describe tells what was done to people.
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

// lastRun carries out a run that is to succeed.
func (w *world) lastRun(ctx context.Context) (reconcile.Summary, finding, error) {
	output, err := w.Execute(ctx, "FullsyncStateMachine", "{}")
	f := finding{ok: outcome(output, err) == succeeded, text: "a run with nothing amiss: " + outcome(output, err)}
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

// told looks for sign-ins of people who are still there that UserHub was not told
// of.
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
	text := fmt.Sprintf("of %d sign-ins of people still there %d were lost", counted, len(lost))
	return finding{ok: len(lost) == 0, text: text, what: lost}
}

// unmatched returns the sign-ins that remain when each is paired with the first
// event after it that no other is paired with. Both are in order of time.
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

// unharmed says whether UserHub has ever taken somebody for gone who was not.
func (w *world) unharmed() finding {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := finding{ok: len(w.removals) == 0, text: fmt.Sprintf("%d people in the pool were ever taken for gone", len(w.removals))}
	for _, number := range slices.Sorted(maps.Keys(w.removals)) {
		f.what = append(f.what, fmt.Sprintf("person %d: %s", number, strings.Join(w.people[number].history, "; ")))
	}
	return f
}

// unheld says whether runs held removals back. Those who were deleted while UserHub was
// away are announced, and CloudTrail does not lose events of so many at once.
func (w *world) unheld() finding {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := w.runs[heldBack]
	return finding{ok: held == 0, text: fmt.Sprintf("%d of %d full syncs held removals back", held, w.count[fullRun])}
}

// dead looks into the dead-letter queues. Only what nobody can read belongs there.
func (w *world) dead(ctx context.Context) (finding, error) {
	unread, other := 0, []string{}
	for _, id := range []string{"ChangesDeadLetterQueue", "EventsDeadLetterQueue"} {
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
