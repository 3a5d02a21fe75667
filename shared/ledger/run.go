package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// Acquire takes the lease for owner until the given time, so that one run at a
// time is under way. A lease that has expired is anybody's; to acquire a lease
// that one already holds is to renew it, so a step that is retried may ask again.
//
// The error is [reconcile.ErrLeaseHeld] if another run holds the lease; its text
// says which and until when. The time must be far off beside the difference
// between the clocks of two functions.
func (t *Table) Acquire(ctx context.Context, owner string, until time.Time) error {
	in := t.runKey("lease")
	in["heldBy"], in["heldUntil"] = text(owner), instant(until)
	err := t.put(ctx, in, "attribute_not_exists(heldBy) OR heldBy = :owner OR heldUntil <= :now",
		item{":owner": text(owner), ":now": instant(t.now())})
	if held, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		return fmt.Errorf("%w: %s holds the lease until %s", reconcile.ErrLeaseHeld,
			textOf(held.Item["heldBy"]), instantOf(held.Item["heldUntil"]).Format(time.RFC3339))
	}
	if err != nil {
		return fmt.Errorf("acquire lease: %w", err)
	}
	return nil
}

// Renew extends owner's lease until the given time. A lease that expired and that
// nobody took since is extended as well: no other run was under way.
//
// The error is [reconcile.ErrLeaseLost] if another run has taken the lease, even
// if that run has ended by now. The run must stop.
func (t *Table) Renew(ctx context.Context, owner string, until time.Time) error {
	err := t.update(ctx, t.runKey("lease"), "SET heldUntil = :until", "heldBy = :owner",
		item{":owner": text(owner), ":until": instant(until)})
	switch {
	case refused(err):
		return reconcile.ErrLeaseLost
	case err != nil:
		return fmt.Errorf("renew lease: %w", err)
	}
	return nil
}

// Release gives owner's lease back. A lease that is no longer owner's is left
// alone, and that is no error.
func (t *Table) Release(ctx context.Context, owner string) error {
	_, err := t.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName:                 aws.String(t.name),
		Key:                       t.runKey("lease"),
		ConditionExpression:       aws.String("heldBy = :owner"),
		ExpressionAttributeValues: item{":owner": text(owner)},
	})
	if err != nil && !refused(err) {
		return fmt.Errorf("release lease: %w", err)
	}
	return nil
}

// RecordSuccess records a run that came to its end, by when it started. A run that
// started before the recorded one leaves the record as it is, and that is no
// error.
func (t *Table) RecordSuccess(ctx context.Context, run string, startedAt time.Time) error {
	in := t.runKey("success")
	in["run"], in["startedAt"] = text(run), instant(startedAt)
	err := t.put(ctx, in, "attribute_not_exists(startedAt) OR startedAt <= :startedAt", item{":startedAt": in["startedAt"]})
	if err != nil && !refused(err) {
		return fmt.Errorf("record success: %w", err)
	}
	return nil
}

// LastSuccess returns the last run that came to its end, and when it started: "" and
// the zero time if none did yet.
func (t *Table) LastSuccess(ctx context.Context) (run string, startedAt time.Time, err error) {
	found, err := t.read(ctx, t.runKey("success"))
	if err != nil {
		return "", time.Time{}, fmt.Errorf("read last success: %w", err)
	}
	return textOf(found["run"]), instantOf(found["startedAt"]), nil
}
