package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// notNewer is the condition under which an observation may be written. Times are
// compared to the millisecond, and of two observations in one the later write
// stays, so that a write can be repeated.
const notNewer = "attribute_not_exists(observedAt) OR observedAt <= :observedAt"

// removalMemory is how long a removal is remembered: a little more than twice the 14
// days that SQS keeps a message at most (Amazon SQS developer guide, "Message
// quotas"), because one that is postponed or sent again begins anew. A change that
// outlives it, through an outage of a month, brings somebody back to the target until
// the next run.
const removalMemory = 30 * 24 * time.Hour

// maxReason bounds a stored reason, in bytes: enough to act on, and small beside
// the rest of what a run reads.
const maxReason = 512

// Confirm records the target's yes to the state that e describes: its Username,
// Fingerprint, ObservedAt, DeliveredAt, Note and, where the target gave one, RemoteID.
// An earlier RemoteID is kept otherwise. An earlier rejection, removal, claim, mark of
// absence or of leaving is over. Call it after the target answered, never before.
//
// The error is [reconcile.ErrStale] if the ledger holds a newer observation, and
// [plan.ErrNote] for a note that it does not keep.
func (t *Table) Confirm(ctx context.Context, e plan.Entry) error {
	if err := e.CheckNote(); err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	set := "SET username = :username, fingerprint = :fingerprint, observedAt = :observedAt, deliveredAt = :deliveredAt"
	values := item{
		":username":    text(e.Username),
		":fingerprint": text(e.Fingerprint.String()),
		":observedAt":  instant(e.ObservedAt),
		":deliveredAt": instant(e.DeliveredAt),
	}
	set += given(values, e)
	remove := " REMOVE rejected, rejectedSince, retryAt, leavingAt, absentRun, removed, expires, claimedBy, claimedUntil"
	if e.Note == "" {
		remove += ", note"
	}
	return t.write(ctx, "confirm", e.Sub, set+remove, notNewer, values)
}

// Reject records the target's no to the state that e describes: its Username,
// Fingerprint, ObservedAt and, as Rejected, the reason, of which 512 bytes are kept;
// with RejectedSince and RetryAt for a no that may pass. When the target last said yes
// is kept: it still holds the user; and so are its RemoteID and Note where it gives no
// others. A mark of leaving is over: a removal that was refused is not on its way. A claim
// stays, as Claim if e has one: a creation before this no may have been carried out.
//
// The error is [reconcile.ErrStale] if the ledger holds a newer observation, and
// [plan.ErrNote] for a note that it does not keep.
func (t *Table) Reject(ctx context.Context, e plan.Entry) error {
	if err := e.CheckNote(); err != nil {
		return fmt.Errorf("reject: %w", err)
	}
	set := "SET username = :username, fingerprint = :fingerprint, observedAt = :observedAt, rejected = :rejected"
	remove := " REMOVE leavingAt, absentRun, removed, expires"
	values := item{
		":username":    text(e.Username),
		":fingerprint": text(e.Fingerprint.String()),
		":observedAt":  instant(e.ObservedAt),
		":rejected":    text(clip(e.Rejected)),
	}
	if e.RetryAt.IsZero() {
		remove += ", rejectedSince, retryAt"
	} else {
		set += ", rejectedSince = :since, retryAt = :retryAt"
		values[":since"], values[":retryAt"] = instant(e.RejectedSince), instant(e.RetryAt)
	}
	if e.Claimed() {
		set += ", claimedBy = :by, claimedUntil = :until"
		values[":by"], values[":until"] = text(e.Claim.By), instant(e.Claim.Until)
	}
	return t.write(ctx, "reject", e.Sub, set+given(values, e)+remove, notNewer, values)
}

// given adds to values what the target gave to be kept, and returns what sets it.
func given(values item, e plan.Entry) (set string) {
	if e.RemoteID != "" {
		set += ", remoteId = :remoteId"
		values[":remoteId"] = text(e.RemoteID)
	}
	if e.Note != "" {
		set += ", note = :note"
		values[":note"] = text(e.Note)
	}
	return set
}

// MarkLeaving notes since when a removal of a user whom the target holds, or may hold
// under a claim, is on its way.
// Of two notes the later stays: its change lives longer. Of a user of whom there is no
// entry (any more) nothing is noted, and that is no error.
func (t *Table) MarkLeaving(ctx context.Context, sub string, at time.Time) error {
	const later = "(attribute_exists(deliveredAt) OR attribute_exists(claimedUntil)) AND attribute_not_exists(removed) AND " +
		"(attribute_not_exists(leavingAt) OR leavingAt < :at)"
	err := t.write(ctx, "mark as leaving", sub, "SET leavingAt = :at", later, item{":at": instant(at)})
	if errors.Is(err, reconcile.ErrStale) {
		return nil
	}
	return err
}

// MarkAbsent makes the user a candidate for removal by the given run. Nothing else
// of the entry changes. A user of whom there is no entry (any more) is skipped,
// and that is no error: there is nothing to remove.
func (t *Table) MarkAbsent(ctx context.Context, sub, run string) error {
	const present = "(attribute_exists(observedAt) OR attribute_exists(claimedUntil)) AND attribute_not_exists(removed)"
	err := t.write(ctx, "mark absent", sub, "SET absentRun = :run", present, item{":run": text(run)})
	if errors.Is(err, reconcile.ErrStale) {
		return nil
	}
	return err
}

// Forget drops all that is known of a user who was observed to be gone, and keeps
// the time of it for 30 days, also of a user never heard of. Until then a change
// that was observed earlier and arrives late is recognised as stale; without it,
// the change would bring somebody back to the target who is gone from the pool.
// A user who returns to the scope of a run is observed later, and so is welcome.
//
// The error is [reconcile.ErrStale] if the ledger holds a newer observation, or a claim
// that is live: a creation under way would be forgotten.
func (t *Table) Forget(ctx context.Context, sub string, observedAt time.Time) error {
	in, err := t.userKey(sub)
	if err != nil {
		return fmt.Errorf("forget: %w", err)
	}
	in["observedAt"] = instant(observedAt)
	in["removed"] = yes
	in[ExpiryAttribute] = epoch(observedAt.Add(removalMemory))
	const condition = "(" + notNewer + ") AND (" + notLive + ")"
	return ended("forget", t.put(ctx, in, condition, item{":observedAt": in["observedAt"], ":now": instant(t.now())}))
}

// write changes a user's item, provided that condition holds.
func (t *Table) write(ctx context.Context, what, sub, expression, condition string, values item) error {
	key, err := t.userKey(sub)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return ended(what, t.update(ctx, key, expression, condition, values))
}

// ended returns the error that a write of a user's ends with: ErrStale for a
// condition that did not hold.
func ended(what string, err error) error {
	switch {
	case refused(err):
		return fmt.Errorf("%s: %w", what, reconcile.ErrStale)
	case err != nil:
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// clip shortens a reason to maxReason bytes without splitting a character. A
// reason that says nothing must still read as one, or the no would be lost.
func clip(reason string) string {
	if reason == "" {
		return "no reason given"
	}
	reason = strings.ToValidUTF8(reason, "\uFFFD")
	if len(reason) <= maxReason {
		return reason
	}
	end := maxReason
	for !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end]
}
