package reconcile

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Follow is what a run waits for after its end: the targets for which something was
// left, or that sat it out because changes waited. As soon as the bulk queue of one is
// empty, a run for it is to start.
type Follow struct {
	// Names are the targets that are still waited for.
	Names []string `json:"names,omitempty"`
	// Ready are the targets for which a run is to start now.
	Ready []string `json:"ready,omitempty"`
}

const (
	// watchTime is how long one question after a target's queue holds its watch: three
	// times as long as the next one takes to come.
	watchTime = 30 * time.Minute
	// longestFollow is how long after its start a run still waits, which is less than its
	// execution may take. A queue that takes so long is held up by something else, and
	// the schedule's runs look after it.
	longestFollow = 20 * time.Hour
)

// follow returns what is to be waited for after a run. Of several runs, one waits for a
// target.
func (e *Engine) follow(ctx context.Context, run Run, results []Result) *Follow {
	var f Follow
	for i, r := range results {
		target := e.target(run.Parts[i].Name)
		if target == nil || r.Out != "" || r.Left == 0 && r.Waiting == 0 {
			continue
		}
		err := target.Ledger.Watch().Acquire(ctx, run.ID, time.Now().Add(watchTime))
		if err == nil {
			f.Names = append(f.Names, target.Name)
		} else if !errors.Is(err, ErrLeaseHeld) {
			e.log.WarnContext(ctx, "no run follows by itself", "run", run.ID, "target", target.Name, "error", err)
		}
	}
	if f.Names == nil {
		return nil
	}
	return &f
}

// Await asks once whether the queues of targets are empty. It is to be asked again while
// names remain. A queue that cannot be asked is not empty.
func (e *Engine) Await(ctx context.Context, run Run, f Follow) Follow {
	over := time.Since(run.StartedAt) > longestFollow
	next := Follow{}
	empty := together(ctx, len(f.Names) > 1, len(f.Names), func(ctx context.Context, i int) error { return e.emptied(ctx, run, f.Names[i]) })
	for i, name := range f.Names {
		switch {
		case empty[i] == nil:
			next.Ready = append(next.Ready, name)
		case errors.Is(empty[i], ErrLeaseLost):
			continue // another run waits for it
		case !over:
			next.Names = append(next.Names, name)
			continue
		}
		if err := e.target(name).Ledger.Watch().Release(ctx, run.ID); err != nil {
			e.log.WarnContext(ctx, "watch not released: it expires", "run", run.ID, "target", name, "error", err)
		}
	}
	return next
}

// errNotEmpty is returned for a queue that holds something.
var errNotEmpty = errors.New("the queue is not empty")

// emptied returns nil if the target's queue is empty.
func (e *Engine) emptied(ctx context.Context, run Run, name string) error {
	if !slices.ContainsFunc(e.targets, func(t RunTarget) bool { return t.Name == name }) {
		return ErrLeaseLost // taken away: there is nothing to wait for
	}
	target := e.target(name)
	if err := target.Ledger.Watch().Renew(ctx, run.ID, time.Now().Add(watchTime)); err != nil {
		return err
	}
	n, err := target.Queue.Backlog(ctx)
	if err == nil && n > 0 {
		return errNotEmpty
	}
	if err != nil {
		e.log.WarnContext(ctx, "queue not asked", "run", run.ID, "target", name, "error", err)
	}
	return err
}
