package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// errTakenAway is why a target is out that the settings no longer have.
var errTakenAway = errors.New("no longer among the targets")

// walking is the walk of one partition, for all targets that take part.
type walking struct {
	engine  *Engine
	run     Run
	lane    Lane // a copy, with what was found added
	prefix  string
	roster  *plan.Roster
	walkers []*walker // of those that still take part
}

// newWalking returns the walk of the lane's next partition.
func (e *Engine) newWalking(ctx context.Context, run Run, lane Lane) (*walking, error) {
	w := &walking{engine: e, run: run, lane: lane.clone(), prefix: prefix(lane.Next, lane.Digits), roster: plan.NewRoster()}
	for i, part := range run.Parts {
		share := &w.lane.Shares[i]
		if !part.active() || share.Out != "" {
			continue
		}
		target := e.target(part.Name)
		if target == nil {
			share.putOut(errTakenAway)
			continue
		}
		w.walkers = append(w.walkers, &walker{
			target: target, targets: len(run.Parts), share: share, blocked: share.Blocked, room: room(target.SixHours, run.Lanes, lane.Number),
		})
	}
	if len(w.walkers) == 0 && run.participants() > 0 {
		return nil, fmt.Errorf("no target is left: %s", w.lane.outs())
	}
	if run.Gathers {
		return w, w.admitMembers(ctx)
	}
	return w, nil
}

// outs returns why targets are out, or "".
func (l Lane) outs() string {
	text := ""
	for _, s := range l.Shares {
		if s.Out != "" && text != "" {
			text += "; "
		}
		text += s.Out
	}
	return text
}

// admitMembers tells each walker that is limited to groups who is in them.
func (w *walking) admitMembers(ctx context.Context) error {
	for _, walker := range w.walkers {
		if len(walker.target.Groups) > 0 {
			walker.members = make(map[string]bool)
		}
	}
	err := w.engine.memberships.Members(ctx, w.run.ID, w.prefix, func(m Membership) error {
		for _, walker := range w.walkers {
			if walker.members != nil && slices.Contains(walker.target.Groups, m.Group) {
				walker.members[m.Sub] = true
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the members of groups: %w", err)
	}
	return nil
}

// each calls do for every walker that still takes part. Whoever fails is out; it is an
// error if nobody remains.
func (w *walking) each(ctx context.Context, do func(context.Context, *walker) error) error {
	errs := together(ctx, w.run.participants() > 1, len(w.walkers), func(ctx context.Context, i int) error { return do(ctx, w.walkers[i]) })
	return w.drop(ctx, w.walkers, errs)
}

// drop takes those walkers out that failed.
func (w *walking) drop(ctx context.Context, of []*walker, errs []error) error {
	all := errors.Join(errs...)
	if all == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx) // the step's time is up, which is no target's fault
	}
	if len(w.walkers) == 1 {
		return errs[0]
	}
	var remain []*walker
	for _, walker := range w.walkers {
		if i := slices.Index(of, walker); i < 0 || errs[i] == nil {
			remain = append(remain, walker)
		} else {
			walker.share.putOut(errs[i])
			w.engine.log.WarnContext(ctx, "target is out for the rest of the run",
				"run", w.run.ID, "target", walker.target.Name, "error", errs[i])
		}
	}
	if len(remain) == 0 {
		return all
	}
	w.walkers = remain
	return nil
}

// page compares one page of users for every target, and queues the changes.
func (w *walking) page(ctx context.Context, asked time.Time, group string, users []directory.User) error {
	var senders []*walker
	for _, walker := range w.walkers {
		walker.compare(w, asked, group, users)
		if len(walker.changes) > 0 {
			senders = append(senders, walker)
		}
	}
	if len(senders) > 0 {
		errs := together(ctx, w.run.participants() > 1, len(senders), func(ctx context.Context, i int) error { return senders[i].send(ctx) })
		if err := w.drop(ctx, senders, errs); err != nil {
			return err
		}
	}
	for _, walker := range w.walkers {
		walker.settle()
	}
	return nil
}

// wanted reports whether a walker is left that is limited to a group.
func (w *walking) wanted(group string) bool {
	return slices.ContainsFunc(w.walkers, func(walker *walker) bool { return slices.Contains(walker.target.Groups, group) })
}

// withoutGroup takes those targets out that are limited to a group which is missing.
// Any other failure is the pool's.
func (w *walking) withoutGroup(ctx context.Context, group string, err error) error {
	if !errors.Is(err, ErrNoGroup) {
		return err
	}
	errs := make([]error, len(w.walkers))
	for i, walker := range w.walkers {
		if slices.Contains(walker.target.Groups, group) {
			errs[i] = fmt.Errorf("group %s: %w", group, err)
		}
	}
	return w.drop(ctx, slices.Clone(w.walkers), errs)
}
