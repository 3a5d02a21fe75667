package awstest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/secret"
)

// start returns a configuration with which SDK clients find the services.
func start(t *testing.T, services ...Service) aws.Config {
	t.Helper()
	s, err := Start(0, services...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: &s.URL,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
}

func change(sub string) directory.Change {
	return directory.Change{ID: "1", Kind: directory.Changed, Sub: sub, Username: "jane", ObservedAt: time.Unix(1, 0), Origin: directory.Sync}
}

// TestQueue sends with the SDK and receives as a poller does.
func TestQueue(t *testing.T) {
	q := NewQueue(0)
	sender := queue.NewSender(sqs.NewFromConfig(start(t, q.Service())), "http://sqs.test/queue")
	if err := sender.Send(t.Context(), change("a")); err != nil {
		t.Fatal(err)
	}
	if err := sender.SendAll(t.Context(), []directory.Change{change("b"), change("c")}); err != nil {
		t.Fatal(err)
	}
	if err := sender.Postpone(t.Context(), "later", time.Hour); err != nil {
		t.Fatal(err)
	}
	if n, err := sender.Backlog(t.Context()); n != 4 || err != nil {
		t.Errorf("Backlog = %d, %v, want 4", n, err)
	}
	taken, err := q.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{MaxNumberOfMessages: 2})
	if err != nil {
		t.Fatal(err)
	}
	var subs []string
	for _, m := range taken.Messages {
		c, err := queue.Decode([]byte(aws.ToString(m.Body)))
		if err != nil {
			t.Fatal(err)
		}
		subs = append(subs, c.Sub)
	}
	if diff := cmp.Diff([]string{"a", "b"}, subs); diff != "" {
		t.Errorf("taken: -want +got\n%s", diff)
	}
	if _, err := q.DeleteMessageBatch(t.Context(), &sqs.DeleteMessageBatchInput{
		Entries: []types.DeleteMessageBatchRequestEntry{{ReceiptHandle: taken.Messages[0].ReceiptHandle}},
	}); err != nil {
		t.Fatal(err)
	}
	again, err := q.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{MaxNumberOfMessages: 10})
	if err != nil || len(again.Messages) != 1 || !strings.Contains(aws.ToString(again.Messages[0].Body), `"sub":"c"`) {
		t.Errorf("then taken: %d messages, %v, want only c", len(again.Messages), err)
	}
	if q.Len() != 3 || q.Sent() != 4 {
		t.Errorf("%d left of %d, want 3 of 4", q.Len(), q.Sent())
	}
}

// TestTable reads more than two pages of entries with the ledger's own code.
func TestTable(t *testing.T) {
	pool := cognitotest.New(cognitotest.Users(2*ledgertest.PageSize + 10))
	base := ledgertest.Confirmed(pool.Generated, func(u directory.User) directory.Fingerprint {
		return directory.NewFingerprint(1, u.Attributes)
	}, time.UnixMilli(1_700_000_000_123))
	table := &Table{Base: base}
	books := ledger.New(ledger.NewClient(start(t, table.Service())), "ledger", "pool", "target")

	for _, prefix := range []string{"", "8", "84"} {
		var got []plan.Entry
		if err := books.Entries(t.Context(), prefix, func(e plan.Entry) error { got = append(got, e); return nil }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(slices.Collect(base(prefix)), got); diff != "" {
			t.Fatalf("entries of %q: -want +got\n%s", prefix, diff)
		}
	}
	if e, err := books.Entry(t.Context(), "84"); e.Known() || err != nil {
		t.Errorf("Entry = %+v, %v, want none", e, err)
	}
	if err := books.Confirm(t.Context(), plan.Entry{Sub: "84", ObservedAt: time.Unix(1, 0)}); err != nil {
		t.Error(err)
	}
	if table.Gets.Load() != 1 || table.Updates.Load() != 1 {
		t.Errorf("%d gets and %d updates, want one of each", table.Gets.Load(), table.Updates.Load())
	}
}

// TestPool lists a prefix over HTTP and in memory.
func TestPool(t *testing.T) {
	pool := cognitotest.New(cognitotest.Users(1000))
	walk := func(client cognito.Reader) []directory.User {
		var all []directory.User
		err := cognito.New(client, cognitotest.ID, cognito.ListRate(1e6)).Walk(t.Context(), "8", func(users []directory.User) error {
			all = append(all, users...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(all, func(a, b directory.User) int { return strings.Compare(a.Sub, b.Sub) })
		return all
	}
	got := walk(cognito.NewClient(start(t, Pool(pool))))
	if diff := cmp.Diff(walk(pool), got); diff != "" || len(got) == 0 {
		t.Errorf("%d users: -want +got\n%s", len(got), diff)
	}
}

func TestSecret(t *testing.T) {
	s := secret.New(secretsmanager.NewFromConfig(start(t, Secret("key"))), "arn")
	if got, err := s.Value(t.Context()); got != "key" || err != nil {
		t.Errorf("Value = %q, %v, want key", got, err)
	}
}
