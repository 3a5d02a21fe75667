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

// walker is one target's part in the walk of a partition.
type walker struct {
	target  *RunTarget
	targets int // of the run
	share   *Share
	part    *plan.Partition
	blocked int             // in the lane before this partition
	room    int             // how many changes the lane may queue, -1 for any number
	members map[string]bool // subs in the target's scope, nil for everybody
	seen    map[string]bool // subs listed so far, in a run by groups

	// What the page under way comes to, until its changes are queued.
	changes []directory.Change
	counts  Counts
	noted   []Finding
}

// room returns how many of the changes that a target takes in six hours are a lane's.
func room(sixHours, lanes, lane int) int {
	if sixHours == 0 {
		return -1
	}
	share := sixHours / max(lanes, 1)
	if lane < sixHours%max(lanes, 1) {
		share++
	}
	return share
}

// open reads what the target's ledger holds of the partition.
func (w *walking) open(ctx context.Context, k *walker) error {
	k.part = plan.NewPartition(w.roster, time.Now(), w.run.RetryRejected)
	if w.run.ByGroup {
		k.seen = make(map[string]bool)
	}
	err := k.target.Ledger.Entries(ctx, w.prefix, func(entry plan.Entry) error {
		k.part.Add(entry)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the ledger: %w", err)
	}
	return nil
}

// inScope reports whether a user who is listed, as a member of group if the run walks
// groups, is to be compared: each is once.
func (k *walker) inScope(group, sub string) bool {
	switch {
	case k.seen != nil:
		if k.seen[sub] || !slices.Contains(k.target.Groups, group) {
			return false
		}
		k.seen[sub] = true
		return true
	case k.members != nil:
		return k.members[sub]
	}
	return true
}

// compare decides about one page of users.
func (k *walker) compare(w *walking, asked time.Time, group string, users []directory.User) {
	k.changes, k.counts, k.noted = nil, Counts{}, nil
	for i := range users { // by reference: a copy would be made for every user, to queue a few
		user := &users[i]
		if !k.inScope(group, user.Sub) {
			continue
		}
		decision := k.part.Observe(*user, k.target.Fingerprinter.Fingerprint(*user))
		if decision == plan.Same || decision == plan.New && !welcome(k.target.Statuses, user.Status) {
			continue
		}
		if w.run.DryRun {
			k.noted = append(k.noted, Finding{user.Sub, decision.String()})
		}
		switch {
		case decision.Deliver() && !k.fits():
			k.counts.Left++
			continue
		case decision.Deliver() && !w.run.DryRun:
			k.changes = append(k.changes, directory.Change{
				ID: directory.NewChangeID(), Kind: directory.Changed, Origin: directory.Sync, Pool: w.engine.settings.Pool,
				Sub: user.Sub, Username: user.Username, ObservedAt: asked, User: user,
			})
		}
		k.counts.count(decision)
	}
}

// fits reports whether the lane may queue another change for the target.
func (k *walker) fits() bool {
	return k.room < 0 || k.share.queued()+k.counts.queued() < k.room
}

// send queues the page's changes.
func (k *walker) send(ctx context.Context) error { return k.target.Queue.SendAll(ctx, k.changes) }

// settle adds a page to the lane, once its changes are queued.
func (k *walker) settle() {
	k.share.Counts = k.share.Counts.Add(k.counts)
	for _, f := range k.noted {
		k.share.note(k.targets, f.Sub, f.Decision)
	}
}

// conclude adds up the partition, which was listed to its end, and notes in the
// ledger who was not in the pool, for Sweep to confirm.
//
// Too many to be removed whatever the rest of the run finds are only counted. Users
// whom the target never took are forgotten at once: there is nothing to remove, and one
// forgotten wrongly is refused once more and remembered again.
func (w *walking) conclude(ctx context.Context, k *walker) error {
	run, lane := w.run, &w.lane
	if k.share.Blocked > k.blocked && !run.DryRun {
		k.share.BlockedIn = k.share.BlockedIn.add(lane.Next-lane.First, lane.Size)
	}
	k.part.Complete()
	tally := k.part.Tally()
	k.share.Tally = k.share.Tally.Add(tally)
	if run.DryRun {
		for sub := range k.part.Missing() {
			k.share.note(k.targets, sub, "missing")
		}
		return nil
	}
	for sub := range k.part.Lapsed() {
		// A newer answer, recorded while the listing lagged, stays.
		if err := k.target.Ledger.Forget(ctx, sub, run.StartedAt); err != nil && !errors.Is(err, ErrStale) {
			return fmt.Errorf("forget a rejected user: %w", err)
		}
	}
	hopeless := k.target.Limits.OverCount(tally.Missing) && !run.AllowRemovals
	if tally.Missing == 0 || hopeless || k.share.Left > 0 || !k.target.Policy.Removes() {
		return nil
	}
	for sub := range k.part.Missing() {
		if err := k.target.Ledger.MarkAbsent(ctx, sub, run.ID); err != nil {
			return fmt.Errorf("mark as absent: %w", err)
		}
	}
	k.share.AbsentIn = k.share.AbsentIn.add(lane.Next-lane.First, lane.Size)
	return nil
}
