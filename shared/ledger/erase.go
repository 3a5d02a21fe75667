package ledger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"
)

const (
	// erasePage is how many items are erased in a call, and eraseParallel how many at
	// once. DynamoDB answers within some ten milliseconds, so that a page takes a tenth
	// of a second, and a million users a quarter of an hour.
	erasePage     = 100
	eraseParallel = 10
)

// runPart is the part of a ledger that holds no users: see [Table.runKey].
const runPart = "run"

// parts are all that a partition key ends with, in the order in which they are erased.
var parts = append(strings.Split(hexDigits, ""), runPart)

// errToken is returned by [Table.Erase] for a token that it has not returned.
var errToken = errors.New("erase: token: want what the last call returned")

// Erase deletes one page of all that the ledger holds, of users and of runs. It begins
// with token "", and returns with what to go on: "" once nothing is left. A call that
// failed may be made again.
//
// It is for the ledger of a target that nobody serves any more: whoever still writes to
// it is not kept from doing so.
func (t *Table) Erase(ctx context.Context, token string) (next string, erased int, err error) {
	part := cmp.Or(token, parts[0])
	if !slices.Contains(parts, part) {
		return token, 0, errToken
	}
	page, err := t.api.Query(ctx, &dynamodb.QueryInput{
		TableName:                 aws.String(t.name),
		KeyConditionExpression:    aws.String(PartitionKey + " = :pk"),
		ProjectionExpression:      aws.String(PartitionKey + ", " + SortKey),
		ExpressionAttributeValues: item{":pk": text(t.pair + "#" + part)},
		ConsistentRead:            aws.Bool(true), // what is deleted must not be met again
		Limit:                     aws.Int32(erasePage),
	})
	if err != nil {
		return token, 0, fmt.Errorf("erase: %w", err)
	}
	if err := t.deleteAll(ctx, page.Items); err != nil {
		return token, 0, fmt.Errorf("erase: %w", err)
	}
	if page.LastEvaluatedKey != nil {
		return part, len(page.Items), nil
	}
	return partAfter(part), len(page.Items), nil
}

// deleteAll deletes items by their keys.
func (t *Table) deleteAll(ctx context.Context, keys []item) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(eraseParallel)
	for _, key := range keys {
		group.Go(func() error {
			_, err := t.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(t.name), Key: key})
			return err
		})
	}
	return group.Wait()
}

// partAfter returns the part of a ledger that follows, or "" after the last.
func partAfter(part string) string {
	if part == runPart {
		return ""
	}
	return parts[slices.Index(parts, part)+1]
}
