package ledger

import (
	"context"
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/poolsync/poolsync/shared/plan"
)

// Entry returns what the ledger holds of one user, the zero Entry if nothing.
//
// The read is consistent: it comes before a delivery, and a confirmation that it
// missed would cost a call to the target.
func (t *Table) Entry(ctx context.Context, sub string) (plan.Entry, error) {
	key, err := t.userKey(sub)
	if err != nil {
		return plan.Entry{}, fmt.Errorf("read entry: %w", err)
	}
	found, err := t.read(ctx, key)
	if err != nil {
		return plan.Entry{}, fmt.Errorf("read entry: %w", err)
	}
	return entryOf(found), nil
}

// Entries calls fn for every entry whose sub starts with prefix, all of them for
// "", in the order of their subs, and stops at the first error of fn's. Entries of
// removed users are left out.
//
// The read is eventually consistent, at half the price: an entry that it misses or
// has as it was makes a run send what the target already holds, which delivery
// then notices and drops; an entry that it still has makes a candidate whose mark
// is refused. A removal never rests on it.
func (t *Table) Entries(ctx context.Context, prefix string, fn func(plan.Entry) error) error {
	return t.query(ctx, prefix, dynamodb.QueryInput{
		FilterExpression: aws.String("attribute_not_exists(removed)"),
	}, nil, fn)
}

// Candidates calls fn for every entry that was marked absent by the given run and
// has had no answer since, of those whose sub starts with prefix, in the order of
// their subs, and stops at the first error of fn's.
//
// The read is consistent, because the marks are minutes old. It reads what Entries
// reads: an index of the marks would cost a write each and could lag behind them,
// for the sake of the rare run that misses somebody.
func (t *Table) Candidates(ctx context.Context, prefix, run string, fn func(plan.Entry) error) error {
	return t.query(ctx, prefix, dynamodb.QueryInput{
		FilterExpression: aws.String("absentRun = :run"),
		ConsistentRead:   aws.Bool(true),
	}, item{":run": text(run)}, fn)
}

// query runs q over the partitions that a prefix spans.
func (t *Table) query(ctx context.Context, prefix string, q dynamodb.QueryInput, values item, fn func(plan.Entry) error) error {
	if prefix == "" {
		for _, digit := range hexDigits {
			if err := t.query(ctx, string(digit), q, values, fn); err != nil {
				return err
			}
		}
		return nil
	}
	key, err := t.userKey(prefix)
	if err != nil {
		return fmt.Errorf("read entries: %w", err)
	}
	q.TableName = aws.String(t.name)
	q.KeyConditionExpression = aws.String("pk = :pk AND begins_with(sk, :prefix)")
	q.ExpressionAttributeValues = item{":pk": key[PartitionKey], ":prefix": key[SortKey]}
	maps.Copy(q.ExpressionAttributeValues, values)

	pages := dynamodb.NewQueryPaginator(t.api, &q)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("read entries: %w", err)
		}
		for _, found := range page.Items {
			if err := fn(entryOf(found)); err != nil {
				return err
			}
		}
	}
	return nil
}
