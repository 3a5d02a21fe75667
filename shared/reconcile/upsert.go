package reconcile

import (
	"context"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// upsert does about a user who is there what [action] says.
func (d *Deliverer) upsert(ctx context.Context, c directory.Change, entry plan.Entry, s state) (Outcome, error) {
	next := plan.Entry{
		Sub: c.Sub, Username: s.user.Username, Fingerprint: d.target.Fingerprint(s.user),
		ObservedAt: s.observedAt,
	}
	if !entry.Delivered() && !d.claimed(entry) && !welcome(d.statuses, s.user.Status) {
		return Foreign, nil
	}
	act := decide(d.facts(c, entry, next, s))
	if act.settled() {
		if err := d.secondLook(ctx, c, entry, s); err != nil {
			return "", err
		}
	}
	switch act {
	case ignore:
		return Outdated, nil
	case same:
		return Unchanged, nil
	case refused:
		return Refused, nil
	case keep:
		next.DeliveredAt, next.Note = entry.DeliveredAt, entry.Note
		return Unchanged, d.record(ctx, d.ledger.Confirm, next)
	case credit:
		next.DeliveredAt, next.Note = time.Now(), entry.Note
		return Unchanged, d.record(ctx, d.ledger.Confirm, next)
	default:
		return d.tell(ctx, c, entry, next, s.user, act == tell)
	}
}

// facts states what decides about a user who is there, whose state is that of next.
func (d *Deliverer) facts(c directory.Change, entry, next plan.Entry, s state) facts {
	refusal := entry.Rejected != "" && entry.Fingerprint == next.Fingerprint
	return facts{
		happened: c.Kind == directory.SignIn || c.Kind == directory.SignUp,
		late:     entry.ObservedAt.After(s.observedAt),
		doubt:    d.tried(c) || d.target.Nature().Fetches && !d.own(c) && touched(c, entry),
		itself:   d.hasDisabled(c, entry, s.user),
		known:    entry.Known(),
		held:     entry.Delivered(),
		yes:      entry.Confirmed(next.Fingerprint),
		// A run decides for itself whether to try again.
		no:      refusal && c.Origin != directory.Sync && !entry.Due(time.Now()),
		leaving: !entry.LeavingAt.IsZero(),
		removed: entry.Removed,
	}
}

// tell tells the target of a user, and records the answer if it is one to news.
func (d *Deliverer) tell(ctx context.Context, c directory.Change, entry, next plan.Entry, user directory.User, news bool) (Outcome, error) {
	c.Username, c.User, c.ObservedAt = user.Username, &user, next.ObservedAt
	if c.Kind == directory.Removed {
		c.Kind = directory.Changed // the hint was wrong: here is the user
	}
	claim, err := d.claim(ctx, c, entry)
	if err != nil {
		return "", err
	}
	// A sign-in of a user whom the target holds needs no more than to be accepted.
	remote, err := d.target.Deliver(ctx, Delivery{
		Change: c, Confirm: news || c.Kind != directory.SignIn, Held: held(entry), Claimed: d.claimed(entry),
	})
	next.RemoteID, next.Note = remote.ID, remote.Note
	switch refused := VerdictOf(err).Refuses(); {
	case refused && entry.ObservedAt.After(next.ObservedAt):
		return Refused, d.endClaim(ctx, c.Sub, claim, nil) // of a state that is over
	case refused:
		next.Claim = claim.Ended(time.Now())
		return Refused, d.refuse(ctx, entry, next, err)
	case err != nil:
		return "", told(d.endClaim(ctx, c.Sub, claim, err))
	case !news:
		return Delivered, d.endClaim(ctx, c.Sub, claim, nil)
	}
	next.DeliveredAt = time.Now()
	return Delivered, told(d.record(ctx, d.ledger.Confirm, next))
}

// tried reports whether an earlier try of a delivery may have reached the target, which
// knows of the pool only what it is told. One that fetches users by itself is told of each
// write anyway.
func (d *Deliverer) tried(c directory.Change) bool { return c.Tried && !d.target.Nature().Fetches }

// claimed reports whether the target has to look before it creates a user.
func (d *Deliverer) claimed(e plan.Entry) bool { return d.target.Nature().Claims && e.Claimed() }

// held returns what the ledger keeps for the target.
func held(e plan.Entry) Remote { return Remote{ID: e.RemoteID, Note: e.Note} }
