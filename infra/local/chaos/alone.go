package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/poolsync/poolsync/shared/telemetry"
)

// newcomers is the number of the first person that the check of targets in trouble adds:
// above all of the plan's.
const newcomers = 1_000_000

// aloneAtMost is how long a target may take to reach the pool's state while the other one
// is in trouble. Nothing else happens then, so seconds should do.
const aloneAtMost = time.Minute

// errNotReached ends the wait for a target that does not reach the pool's state.
var errNotReached = errors.New("the target does not reach the pool's state")

// trouble is one target that does not work at all, and the other one.
type trouble struct {
	broken            deed // as in world
	name, does, other string
	// own and others say who differs between the pool and the one or the other target.
	own, others func(context.Context) ([]string, error)
}

// alone checks that one target's trouble leaves the other at the pool's state: UserHub
// never answers, and then EventBridge denies access. It ends when both have caught up.
func (w *world) alone(ctx context.Context) ([]finding, error) {
	began := time.Now()
	var findings []finding
	for i, t := range []trouble{
		{failing, "UserHub", "never answers", "the copy", w.Disagreements, w.FeedDisagreements},
		{busFailing, "EventBridge", "denies access", "UserHub", w.FeedDisagreements, w.Disagreements},
	} {
		f, err := w.spare(ctx, t, newcomers+10*i)
		if err != nil {
			return nil, err
		}
		findings = append(findings, f)
	}
	if err := w.quiet(ctx, w.UnderWay); err != nil {
		return nil, err
	}
	after, err := w.compare(ctx, "after that,", nil)
	return append(append(findings, after...), w.rang(began)), err
}

// spare lets one target fail while things happen to people, and waits until the other one
// has the pool's state.
func (w *world) spare(ctx context.Context, t trouble, who int) (finding, error) {
	f := finding{text: fmt.Sprintf("while %s %s, %s reaches the pool's state", t.name, t.does, t.other)}
	for i := range 3 {
		if err := w.live(ctx, step{deed: create, who: who + i}); err != nil {
			return f, err
		}
	}
	if err := w.quiet(ctx, w.UnderWay); err != nil {
		return f, err
	}
	w.disturb(t.broken)
	defer w.disturb("")
	for _, s := range []step{
		{deed: signIn, who: who}, {deed: rename, who: who}, {deed: disable, who: who + 1}, {deed: remove, who: who + 2},
		{deed: create, who: who + 3}, {deed: signUp, who: who + 4},
	} {
		if err := w.live(ctx, s); err != nil {
			return f, err
		}
	}
	output, err := w.Execute(ctx, "FullsyncStateMachine", "{}")
	if how := outcome(output, err); how != succeeded {
		f.what = append(f.what, "a run meanwhile: "+how)
	}
	differ, err := w.reach(ctx, t.others)
	if err != nil {
		return f, err
	}
	f.what = append(f.what, w.describe(w.usernames(differ))...)
	spoilt, err := t.own(ctx)
	if len(spoilt) == 0 {
		f.what = append(f.what, t.name+" was in no trouble")
	}
	f.ok = len(differ) == 0 && len(f.what) == 0 // a sub of nobody has no description
	return f, err
}

// disturb makes one target fail at everything, or with "" none.
func (w *world) disturb(broken deed) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = broken
}

// reach waits until nobody differs, and returns who still does when the time is over.
func (w *world) reach(ctx context.Context, differ func(context.Context) ([]string, error)) ([]string, error) {
	waiting, cancel := context.WithTimeoutCause(ctx, aloneAtMost, errNotReached)
	defer cancel()
	for {
		who, err := differ(ctx)
		if err != nil || len(who) == 0 {
			return who, err
		}
		select {
		case <-time.After(300 * time.Millisecond):
		case <-waiting.Done():
			if errors.Is(context.Cause(waiting), errNotReached) {
				return who, nil
			}
			return who, context.Cause(waiting)
		}
	}
}

// rang says whether the refused access is in the metric by which an alarm is raised.
func (w *world) rang(since time.Time) finding {
	rung := 0
	for _, line := range w.Functions.Logs(feedDeliver) {
		if line.Time.After(since) && strings.Contains(line.Text, `"`+telemetry.KeyRefused+`":`) {
			rung++
		}
	}
	return finding{ok: rung > 0, text: fmt.Sprintf("the metric %s tells of EventBridge's refusals (%d times)", telemetry.KeyRefused, rung)}
}
