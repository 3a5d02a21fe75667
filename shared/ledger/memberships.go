package ledger

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// Memberships keeps who is in which group, for the length of a run. Many are packed into
// an item, which DynamoDB removes by itself. It is safe for concurrent use.
//
// An item's partition key is <poolId>#groups#<run>, and the first digit of the subs if
// they have one in common; its sort key is the prefix that they have in common, and a
// random word, for a partition can take several items.
type Memberships struct{ table *Table }

// NewMemberships returns where a pool's runs keep memberships, in the DynamoDB table of
// the given name.
func NewMemberships(api API, table, poolID string, opts ...Option) *Memberships {
	return &Memberships{New(api, table, poolID, "groups", opts...)}
}

// membershipLife is how long memberships stay: longer than an execution may take.
const membershipLife = 48 * time.Hour

// maxPacked is how many memberships go into an item: of the longest names of groups, 128
// characters, each of which may be four bytes, a quarter of the 400 KB that it may hold.
const maxPacked = 2000

// Add keeps members of groups whose subs begin with prefix. They are added beside those
// of earlier calls.
func (m *Memberships) Add(ctx context.Context, run, prefix string, members []reconcile.Membership) error {
	for len(members) > 0 {
		n := min(len(members), maxPacked)
		subs := make(map[string][]string)
		for _, member := range members[:n] {
			subs[member.Group] = append(subs[member.Group], member.Sub)
		}
		packed, err := json.Marshal(subs)
		if err != nil {
			return fmt.Errorf("add memberships: %w", err)
		}
		in := m.key(run, prefix, "#"+rand.Text())
		in["packed"], in[ExpiryAttribute] = text(string(packed)), epoch(m.table.now().Add(membershipLife))
		if err := m.table.put(ctx, in, "attribute_not_exists(packed) OR packed = :packed", item{":packed": in["packed"]}); err != nil {
			return fmt.Errorf("add memberships: %w", err)
		}
		members = members[n:]
	}
	return nil
}

// Members calls each for every membership that the run added under exactly this prefix.
// The read is consistent, because they are minutes old.
func (m *Memberships) Members(ctx context.Context, run, prefix string, each func(reconcile.Membership) error) error {
	key := m.key(run, prefix, "#")
	pages := dynamodb.NewQueryPaginator(m.table.api, &dynamodb.QueryInput{
		TableName:                 aws.String(m.table.name),
		ConsistentRead:            aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :prefix)"),
		ExpressionAttributeValues: item{":pk": key[PartitionKey], ":prefix": key[SortKey]},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("read memberships: %w", err)
		}
		for _, found := range page.Items {
			if err := unpack(textOf(found["packed"]), each); err != nil {
				return err
			}
		}
	}
	return nil
}

// unpack calls each for every membership of an item. One that cannot be read is an
// error: whoever is in it would count as gone.
func unpack(packed string, each func(reconcile.Membership) error) error {
	var subs map[string][]string
	if err := json.Unmarshal([]byte(packed), &subs); err != nil {
		return fmt.Errorf("read memberships: %w", err)
	}
	for group, members := range subs {
		for _, sub := range members {
			if err := each(reconcile.Membership{Sub: sub, Group: group}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Memberships) key(run, prefix, suffix string) item {
	return key(m.table.pair+"#"+run+"#"+prefix[:min(1, len(prefix))], prefix+suffix)
}
