package conformance

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/shared/ledger"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestLedger runs the same tests against the ledger in DynamoDB as against the one in
// memory. All ledgers share a table, as those of several targets would, so a ledger that
// sees another's items fails.
func TestLedger(t *testing.T) {
	client := ledger.NewClient(emulator.ForTest(t).Config())
	table := createTable(t, client)
	ledgertest.TestLedger(t, func(_ *testing.T, now func() time.Time) ledgertest.Ledger {
		return ledger.New(client, table, "us-east-1_"+rand.Text(), "scim:1", ledger.WithClock(now))
	})
	t.Run("Lease", func(t *testing.T) {
		ledgertest.TestLease(t, func(_ *testing.T, now func() time.Time) reconcile.Lease {
			return ledger.NewLease(client, table, "us-east-1_"+rand.Text(), ledger.WithClock(now))
		})
	})
}

// TestMemberships holds memberships in DynamoDB against the same promises as those in
// memory.
func TestMemberships(t *testing.T) {
	client := ledger.NewClient(emulator.ForTest(t).Config())
	table := createTable(t, client)
	ledgertest.TestMemberships(t, func(*testing.T) reconcile.Memberships {
		return ledger.NewMemberships(client, table, "us-east-1_"+rand.Text())
	})
}

// TestProbe shows that a probe works with any table of the right form, and leaves nothing
// in it.
func TestProbe(t *testing.T) {
	client := ledger.NewClient(emulator.ForTest(t).Config())
	table := createTable(t, client)
	if err := ledger.New(client, table, "us-east-1_"+rand.Text(), "scim:1").Probe(t.Context()); err != nil {
		t.Errorf("Probe: %v", err)
	}
	left, err := client.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String(table)})
	if err != nil || len(left.Items) > 0 {
		t.Errorf("left in the table: %v, %v", left.Items, err)
	}
	if err := ledger.New(client, "no-such-table", "us-east-1_"+rand.Text(), "scim:1").Probe(t.Context()); err == nil {
		t.Error("Probe of a table that is not there: no error")
	}
}

// createTable creates a table in the form that a ledger needs.
func createTable(t *testing.T, client *dynamodb.Client) string {
	t.Helper()
	name := "ledger-" + rand.Text()
	key := func(name string, kind types.KeyType) types.KeySchemaElement {
		return types.KeySchemaElement{AttributeName: aws.String(name), KeyType: kind}
	}
	text := func(name string) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: aws.String(name), AttributeType: types.ScalarAttributeTypeS}
	}
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:            aws.String(name),
		BillingMode:          types.BillingModePayPerRequest,
		KeySchema:            []types.KeySchemaElement{key(ledger.PartitionKey, types.KeyTypeHash), key(ledger.SortKey, types.KeyTypeRange)},
		AttributeDefinitions: []types.AttributeDefinition{text(ledger.PartitionKey), text(ledger.SortKey)},
	})
	if err != nil {
		t.Fatalf("create table: %v", err)
	}
	return name
}
