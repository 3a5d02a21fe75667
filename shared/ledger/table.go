// Package ledger keeps in one DynamoDB table, per user, what a target last
// answered, and beside it the lease of the pool's runs and each target's last success.
//
// The ledger tells the truth: an answer is written after the target gave it,
// never before and never in the hope of it. Whatever is lost on the way to the
// target leaves the ledger behind the pool, so the next run sends it again.
//
// Every write carries a condition, so that an older observation never overwrites
// a newer one whatever the order of arrival. (Hence no batches: BatchWriteItem
// knows no conditions.) The condition lets the same write through again: one whose
// answer was lost, on the way to the SDK or to the caller, may be repeated.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The form of the table, for whoever creates it: two keys, both strings, and the
// attribute that says when DynamoDB may delete an item by itself.
const (
	PartitionKey    = "pk"
	SortKey         = "sk"
	ExpiryAttribute = "expires"
)

// API is what a [Table] needs of the DynamoDB client.
type API interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
}

// Table is the ledger of one pool and one target. It is safe for concurrent use.
type Table struct {
	api  API
	name string
	pair string // <poolId>#<target>, the beginning of every partition key
	now  func() time.Time
}

// Option changes a [Table] from its default.
type Option func(*Table)

// WithClock makes the lease expire by another clock. The default is time.Now.
func WithClock(now func() time.Time) Option { return func(t *Table) { t.now = now } }

// New returns the ledger of what target holds of the pool, in the DynamoDB table
// of the given name. One table can hold the ledgers of several pools and targets.
func New(api API, table, poolID, target string, opts ...Option) *Table {
	t := &Table{api: api, name: table, pair: poolID + "#" + target, now: time.Now}
	for _, opt := range opts {
		opt(t)
	}
	return t
}

// hexDigits are the first digits that a sub can have, and so the 16 partitions
// over which a ledger is spread. Each takes 1,000 writes and 3,000 reads a second
// (Amazon DynamoDB developer guide, "Best practices for designing and using
// partition keys effectively"), far more than a pool can be listed with.
const hexDigits = "0123456789abcdef"

// userKey returns the key of a user's item.
func (t *Table) userKey(sub string) (item, error) {
	if sub == "" || !strings.Contains(hexDigits, sub[:1]) {
		return nil, fmt.Errorf("sub: want a UUID in lower case")
	}
	return key(t.pair+"#"+sub[:1], sub), nil
}

// runKey returns the key of one of the target's items that are no user's: the watch, the
// last success, schedules, and what [Table.Probe] leaves for a moment.
func (t *Table) runKey(name string) item { return key(t.pair+"#"+runPart, name) }

func key(partition, sort string) item {
	return item{PartitionKey: text(partition), SortKey: text(sort)}
}

// put writes in as a whole, provided that condition holds.
func (t *Table) put(ctx context.Context, in item, condition string, values item) error {
	_, err := t.api.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           aws.String(t.name),
		Item:                                in,
		ConditionExpression:                 aws.String(condition),
		ExpressionAttributeValues:           values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	return err
}

// update changes the item at key, provided that condition holds.
func (t *Table) update(ctx context.Context, key item, expression, condition string, values item) error {
	_, err := t.api.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName:                 aws.String(t.name),
		Key:                       key,
		UpdateExpression:          aws.String(expression),
		ConditionExpression:       aws.String(condition),
		ExpressionAttributeValues: values,
	})
	return err
}

// read returns the item at key, or nil if there is none. It sees every write that
// was answered before.
func (t *Table) read(ctx context.Context, key item) (item, error) {
	out, err := t.api.GetItem(ctx, &dynamodb.GetItemInput{
		TableName:      aws.String(t.name),
		Key:            key,
		ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, err
	}
	return out.Item, nil
}

// refused reports whether a write failed only because its condition did not hold.
func refused(err error) bool {
	_, ok := errors.AsType[*types.ConditionalCheckFailedException](err)
	return ok
}
