package ledger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// Lease is held by one run at a time. It is safe for concurrent use.
type Lease struct {
	table *Table
	key   item
}

// NewLease returns the lease of a pool's runs, in the DynamoDB table of the given name:
// one run serves all of its targets.
func NewLease(api API, table, poolID string, opts ...Option) *Lease {
	t := New(api, table, poolID, "", opts...)
	return &Lease{table: t, key: key(poolID+"#run", "lease")}
}

// Watch returns the lease of the run that waits for the target's queue to be empty.
func (t *Table) Watch() reconcile.Lease { return &Lease{table: t, key: t.runKey("watch")} }

// Acquire takes the lease for owner until the given time, so that one run at a
// time is under way. A lease that has expired is anybody's; to acquire a lease
// that one already holds is to renew it, so a step that is retried may ask again.
//
// The error is [reconcile.ErrLeaseHeld] if another run holds the lease; its text
// says which and until when. The time must be far off beside the difference
// between the clocks of two functions.
func (l *Lease) Acquire(ctx context.Context, owner string, until time.Time) error {
	in := maps.Clone(l.key)
	in["heldBy"], in["heldUntil"] = text(owner), instant(until)
	err := l.table.put(ctx, in, "attribute_not_exists(heldBy) OR heldBy = :owner OR heldUntil <= :now",
		item{":owner": text(owner), ":now": instant(l.table.now())})
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
func (l *Lease) Renew(ctx context.Context, owner string, until time.Time) error {
	err := l.table.update(ctx, l.key, "SET heldUntil = :until", "heldBy = :owner",
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
func (l *Lease) Release(ctx context.Context, owner string) error {
	_, err := l.table.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName:                 aws.String(l.table.name),
		Key:                       l.key,
		ConditionExpression:       aws.String("heldBy = :owner"),
		ExpressionAttributeValues: item{":owner": text(owner)},
	})
	if err != nil && !refused(err) {
		return fmt.Errorf("release lease: %w", err)
	}
	return nil
}
