package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// errProbeLost is returned by [Table.Probe] when a read does not show the write
// before it.
var errProbeLost = errors.New("an item just written is not there")

// probeLife is how long an item of [Table.Probe] that was left behind stays.
const probeLife = time.Hour

// Probe proves that the table can be used: it writes an item of its own under a
// condition, reads it back, and removes it. The item is nobody's entry and no run
// sees it. If the removal fails, DynamoDB removes the item after an hour.
func (t *Table) Probe(ctx context.Context) error {
	in := t.runKey("probe-" + rand.Text())
	in[ExpiryAttribute] = epoch(t.now().Add(probeLife))
	key := key(textOf(in[PartitionKey]), textOf(in[SortKey]))
	if err := t.put(ctx, in, "attribute_not_exists("+PartitionKey+")", nil); err != nil {
		return fmt.Errorf("write to the table: %w", err)
	}
	found, err := t.read(ctx, key)
	switch {
	case err != nil:
		return fmt.Errorf("read from the table: %w", err)
	case found == nil:
		return errProbeLost
	}
	_, err = t.api.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: aws.String(t.name), Key: key})
	if err != nil {
		return fmt.Errorf("delete from the table: %w", err)
	}
	return nil
}
