package ledger

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
)

// What the table promises is tested with ledgertest, against an emulator. Here is
// what no promise shows: what a request says, and how pages are followed.

const sub = "84e844c8-3041-70aa-1111-0123456789ab"

var noon = time.Date(2026, 5, 1, 12, 0, 0, 123_456_789, time.FixedZone("UTC+2", 2*60*60))

var _ ledgertest.Ledger = (*Table)(nil)

// requests is an API that keeps the last request of a kind and answers with what
// it was given.
type requests struct {
	get     *dynamodb.GetItemInput
	put     *dynamodb.PutItemInput
	update  *dynamodb.UpdateItemInput
	queries []*dynamodb.QueryInput

	err   error // what every request but a query ends with
	found item
	pages []*dynamodb.QueryOutput // a nil page is a failure
}

// lease returns the pool's lease.
func lease(r *requests) *Lease { return NewLease(r, "ledger", "us-east-1_EXAMPLE01") }

var errBroken = errors.New("broken")

func (r *requests) GetItem(_ context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	r.get = in
	return &dynamodb.GetItemOutput{Item: r.found}, r.err
}

func (r *requests) Query(_ context.Context, in *dynamodb.QueryInput, _ ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	r.queries = append(r.queries, in)
	if len(r.pages) == 0 {
		return &dynamodb.QueryOutput{}, nil
	}
	page := r.pages[0]
	r.pages = r.pages[1:]
	if page == nil {
		return nil, errBroken
	}
	return page, nil
}

func (r *requests) PutItem(_ context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	r.put = in
	return nil, r.err
}

func (r *requests) UpdateItem(_ context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	r.update = in
	return nil, r.err
}

func (r *requests) DeleteItem(_ context.Context, _ *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	return nil, r.err
}

func open() (*requests, *Table) {
	r := &requests{}
	return r, New(r, "ledger", "us-east-1_EXAMPLE01", "scim:1", WithClock(func() time.Time { return noon }))
}

// plain shows attribute values as a reader of the table sees them.
func plain(in item) map[string]string {
	out := make(map[string]string)
	for name, value := range in {
		switch v := value.(type) {
		case *types.AttributeValueMemberS:
			out[name] = v.Value
		case *types.AttributeValueMemberN:
			out[name] = "number " + v.Value
		case *types.AttributeValueMemberBOOL:
			out[name] = map[bool]string{true: "true", false: "false"}[v.Value]
		}
	}
	return out
}

// TestStoredForm pins what is written: the table outlives a deployment.
func TestStoredForm(t *testing.T) {
	r, table := open()
	fingerprint := directory.NewFingerprint(1, nil)
	e := plan.Entry{
		Sub: sub, Username: "jane", Fingerprint: fingerprint, ObservedAt: noon, DeliveredAt: noon.Add(time.Second),
		RemoteID: "remote-1", Note: "etag-1", Rejected: "email: not deliverable",
	}
	bare := e
	bare.RemoteID, bare.Note = "", ""
	key := map[string]string{"pk": "us-east-1_EXAMPLE01#scim:1#8", "sk": sub}

	for _, tt := range []struct {
		name       string
		write      func(context.Context) error
		expression string
		values     map[string]string
	}{
		{
			"confirmed", func(ctx context.Context) error { return table.Confirm(ctx, e) },
			"SET username = :username, fingerprint = :fingerprint, observedAt = :observedAt, deliveredAt = :deliveredAt, " +
				"remoteId = :remoteId, note = :note REMOVE rejected, rejectedSince, retryAt, leavingAt, absentRun, removed, expires, claimedBy, claimedUntil",
			map[string]string{
				":username": "jane", ":fingerprint": "1:e3b0c44298fc1c149afbf4c8996fb924", ":remoteId": "remote-1", ":note": "etag-1",
				":observedAt": "2026-05-01T10:00:00.123Z", ":deliveredAt": "2026-05-01T10:00:01.123Z",
			},
		},
		{
			"confirmed, with nothing to keep", func(ctx context.Context) error { return table.Confirm(ctx, bare) },
			"SET username = :username, fingerprint = :fingerprint, observedAt = :observedAt, deliveredAt = :deliveredAt " +
				"REMOVE rejected, rejectedSince, retryAt, leavingAt, absentRun, removed, expires, claimedBy, claimedUntil, note",
			map[string]string{
				":username": "jane", ":fingerprint": "1:e3b0c44298fc1c149afbf4c8996fb924",
				":observedAt": "2026-05-01T10:00:00.123Z", ":deliveredAt": "2026-05-01T10:00:01.123Z",
			},
		},
		{
			"rejected, with something to keep", func(ctx context.Context) error { return table.Reject(ctx, e) },
			"SET username = :username, fingerprint = :fingerprint, observedAt = :observedAt, rejected = :rejected, " +
				"remoteId = :remoteId, note = :note REMOVE leavingAt, absentRun, removed, expires, rejectedSince, retryAt",
			map[string]string{
				":username": "jane", ":fingerprint": "1:e3b0c44298fc1c149afbf4c8996fb924", ":remoteId": "remote-1", ":note": "etag-1",
				":observedAt": "2026-05-01T10:00:00.123Z", ":rejected": "email: not deliverable",
			},
		},
		{
			"rejected", func(ctx context.Context) error { return table.Reject(ctx, bare) },
			"SET username = :username, fingerprint = :fingerprint, observedAt = :observedAt, rejected = :rejected " +
				"REMOVE leavingAt, absentRun, removed, expires, rejectedSince, retryAt",
			map[string]string{
				":username": "jane", ":fingerprint": "1:e3b0c44298fc1c149afbf4c8996fb924",
				":observedAt": "2026-05-01T10:00:00.123Z", ":rejected": "email: not deliverable",
			},
		},
		{
			"blocked", func(ctx context.Context) error {
				blocked := bare
				blocked.RejectedSince, blocked.RetryAt = noon, noon.Add(time.Hour)
				return table.Reject(ctx, blocked)
			},
			"SET username = :username, fingerprint = :fingerprint, observedAt = :observedAt, rejected = :rejected, " +
				"rejectedSince = :since, retryAt = :retryAt REMOVE leavingAt, absentRun, removed, expires",
			map[string]string{
				":username": "jane", ":fingerprint": "1:e3b0c44298fc1c149afbf4c8996fb924",
				":observedAt": "2026-05-01T10:00:00.123Z", ":rejected": "email: not deliverable",
				":since": "2026-05-01T10:00:00.123Z", ":retryAt": "2026-05-01T11:00:00.123Z",
			},
		},
		{
			"rejected under a claim", func(ctx context.Context) error {
				claimed := bare
				claimed.Claim = plan.Claim{By: "change-1", Until: noon}
				return table.Reject(ctx, claimed)
			},
			"SET username = :username, fingerprint = :fingerprint, observedAt = :observedAt, rejected = :rejected, " +
				"claimedBy = :by, claimedUntil = :until REMOVE leavingAt, absentRun, removed, expires, rejectedSince, retryAt",
			map[string]string{
				":username": "jane", ":fingerprint": "1:e3b0c44298fc1c149afbf4c8996fb924",
				":observedAt": "2026-05-01T10:00:00.123Z", ":rejected": "email: not deliverable",
				":by": "change-1", ":until": "2026-05-01T10:00:00.123Z",
			},
		},
		{
			"claimed", func(ctx context.Context) error {
				return table.Claim(ctx, sub, "jane", plan.Claim{By: "change-1", Until: noon.Add(time.Hour)})
			},
			"SET username = :username, claimedBy = :by, claimedUntil = :until REMOVE removed, expires",
			map[string]string{
				":username": "jane", ":by": "change-1", ":until": "2026-05-01T11:00:00.123Z", ":now": "2026-05-01T10:00:00.123Z",
			},
		},
		{
			"claimed no more", func(ctx context.Context) error { return table.EndClaim(ctx, sub, "change-1") },
			"SET claimedUntil = :now", map[string]string{":by": "change-1", ":now": "2026-05-01T10:00:00.123Z"},
		},
		{
			"leaving", func(ctx context.Context) error { return table.MarkLeaving(ctx, sub, noon) },
			"SET leavingAt = :at", map[string]string{":at": "2026-05-01T10:00:00.123Z"},
		},
		{
			"absent", func(ctx context.Context) error { return table.MarkAbsent(ctx, sub, "run-1") },
			"SET absentRun = :run", map[string]string{":run": "run-1"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.write(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(key, plain(r.update.Key)); diff != "" {
				t.Errorf("key: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(tt.expression, *r.update.UpdateExpression); diff != "" {
				t.Errorf("expression: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(tt.values, plain(r.update.ExpressionAttributeValues)); diff != "" {
				t.Errorf("values: -want +got\n%s", diff)
			}
		})
	}

	for _, tt := range []struct {
		name  string
		write func(context.Context) error
		want  map[string]string
	}{
		{
			"removed", func(ctx context.Context) error { return table.Forget(ctx, sub, noon) },
			map[string]string{
				"pk": "us-east-1_EXAMPLE01#scim:1#8", "sk": sub,
				"observedAt": "2026-05-01T10:00:00.123Z", "removed": "true",
				"expires": "number 1780221600", // 2026-05-31T10:00:00Z
			},
		},
		{
			"lease", func(ctx context.Context) error { return lease(r).Acquire(ctx, "run-1", noon) },
			map[string]string{
				"pk": "us-east-1_EXAMPLE01#run", "sk": "lease",
				"heldBy": "run-1", "heldUntil": "2026-05-01T10:00:00.123Z",
			},
		},
		{
			"watch", func(ctx context.Context) error { return table.Watch().Acquire(ctx, "run-1", noon) },
			map[string]string{
				"pk": "us-east-1_EXAMPLE01#scim:1#run", "sk": "watch",
				"heldBy": "run-1", "heldUntil": "2026-05-01T10:00:00.123Z",
			},
		},
		{
			"success", func(ctx context.Context) error { return table.RecordSuccess(ctx, "run-1", noon) },
			map[string]string{
				"pk": "us-east-1_EXAMPLE01#scim:1#run", "sk": "success",
				"run": "run-1", "startedAt": "2026-05-01T10:00:00.123Z",
			},
		},
		{
			"passed", func(ctx context.Context) error { return table.RecordPassed(ctx, "a1b2") },
			map[string]string{"pk": "us-east-1_EXAMPLE01#scim:1#run", "sk": "passed", "digest": "a1b2"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.write(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, plain(r.put.Item)); diff != "" {
				t.Errorf("item: -want +got\n%s", diff)
			}
		})
	}
}

// TestUnreadableItem holds that an item that nobody should have written stops
// nothing, and errs on the side of sending and keeping.
func TestUnreadableItem(t *testing.T) {
	r, table := open()
	number := &types.AttributeValueMemberN{Value: "7"}
	r.found = item{
		"sk": text(sub), "username": number, "fingerprint": text("2:short"),
		"observedAt": text("yesterday"), "deliveredAt": number, "rejected": number,
	}
	got, err := table.Entry(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(plan.Entry{Sub: sub}, got); diff != "" {
		t.Errorf("Entry: -want +got\n%s", diff)
	}
	r.found = item{"sk": text(sub), "claimedUntil": number}
	if got, err := table.Entry(t.Context(), sub); err != nil || !got.Claimed() || got.Claim.Live(noon) {
		t.Errorf("a claim: %+v, %v; want one that has expired", got, err)
	}
}

// TestConsistency pins which reads are consistent: each is argued where it is made.
func TestConsistency(t *testing.T) {
	r, table := open()
	none := func(plan.Entry) error { return nil }
	_, entryErr := table.Entry(t.Context(), sub)
	err := errors.Join(entryErr, table.Entries(t.Context(), "8", none), table.Candidates(t.Context(), "8", "run-1", none))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		in   *bool
		want bool
	}{
		{"Entry", r.get.ConsistentRead, true},
		{"Entries", r.queries[0].ConsistentRead, false},
		{"Candidates", r.queries[1].ConsistentRead, true},
	} {
		if got := aws.ToBool(tt.in); got != tt.want {
			t.Errorf("%s: ConsistentRead = %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestPages follows pages as DynamoDB cuts them: by bytes read, so that a page
// that is all filtered out is empty, and only a missing key ends the list.
func TestPages(t *testing.T) {
	page := func(next string, subs ...string) *dynamodb.QueryOutput {
		out := &dynamodb.QueryOutput{}
		for _, sub := range subs {
			out.Items = append(out.Items, item{"sk": text(sub)})
		}
		if next != "" {
			out.LastEvaluatedKey = item{"sk": text(next)}
		}
		return out
	}
	for _, tt := range []struct {
		name  string
		pages []*dynamodb.QueryOutput
		want  []string
		err   error
		asked int
	}{
		{"nothing", nil, nil, nil, 1},
		{"one page", []*dynamodb.QueryOutput{page("", "8a", "8b")}, []string{"8a", "8b"}, nil, 1},
		{"several pages", []*dynamodb.QueryOutput{page("8b", "8a", "8b"), page("", "8c")}, []string{"8a", "8b", "8c"}, nil, 2},
		{"an empty page in between", []*dynamodb.QueryOutput{page("8a", "8a"), page("8b"), page("", "8c")}, []string{"8a", "8c"}, nil, 3},
		{"an empty page at the end", []*dynamodb.QueryOutput{page("8a", "8a"), page("")}, []string{"8a"}, nil, 2},
		{"a failure on the way", []*dynamodb.QueryOutput{page("8a", "8a"), nil}, []string{"8a"}, errBroken, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, table := open()
			r.pages = tt.pages
			var got []string
			err := table.Entries(t.Context(), "84e", func(e plan.Entry) error {
				got = append(got, e.Sub)
				return nil
			})
			if !errors.Is(err, tt.err) {
				t.Errorf("Entries error = %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("Entries: -want +got\n%s", diff)
			}
			if len(r.queries) != tt.asked {
				t.Errorf("asked for %d pages, want %d", len(r.queries), tt.asked)
			}
			want := map[string]string{":pk": "us-east-1_EXAMPLE01#scim:1#8", ":prefix": "84e"}
			if diff := cmp.Diff(want, plain(r.queries[0].ExpressionAttributeValues)); diff != "" {
				t.Errorf("values: -want +got\n%s", diff)
			}
		})
	}
}

// TestWholeLedger reads all partitions, in the order of the subs.
func TestWholeLedger(t *testing.T) {
	r, table := open()
	if err := table.Candidates(t.Context(), "", "run-1", func(plan.Entry) error { return nil }); err != nil {
		t.Fatal(err)
	}
	var digits string
	for _, q := range r.queries {
		digits += plain(q.ExpressionAttributeValues)[":prefix"]
	}
	if digits != "0123456789abcdef" {
		t.Errorf("read the partitions %q, want every digit in order", digits)
	}
}

// TestFailure holds that a failure is none of the refusals that a caller acts on.
func TestFailure(t *testing.T) {
	r, table := open()
	r.err, r.pages = errBroken, []*dynamodb.QueryOutput{nil, nil}
	none := func(plan.Entry) error { return nil }
	_, entryErr := table.Entry(t.Context(), sub)
	_, _, successErr := table.LastSuccess(t.Context())
	_, passedErr := table.Passed(t.Context())

	for _, tt := range []struct {
		err  error
		want string
	}{
		{entryErr, "read entry: broken"},
		{table.Entries(t.Context(), "8", none), "read entries: broken"},
		{table.Candidates(t.Context(), "8", "run-1", none), "read entries: broken"},
		{table.Confirm(t.Context(), plan.Entry{Sub: sub}), "confirm: broken"},
		{table.Reject(t.Context(), plan.Entry{Sub: sub}), "reject: broken"},
		{table.MarkAbsent(t.Context(), sub, "run-1"), "mark absent: broken"},
		{table.Forget(t.Context(), sub, noon), "forget: broken"},
		{table.Claim(t.Context(), sub, "jane", plan.Claim{By: "a", Until: noon}), "claim: broken"},
		{table.EndClaim(t.Context(), sub, "a"), "end claim: broken"},
		{lease(r).Acquire(t.Context(), "run-1", noon), "acquire lease: broken"},
		{lease(r).Renew(t.Context(), "run-1", noon), "renew lease: broken"},
		{lease(r).Release(t.Context(), "run-1"), "release lease: broken"},
		{table.RecordSuccess(t.Context(), "run-1", noon), "record success: broken"},
		{successErr, "read last success: broken"},
		{table.RecordPassed(t.Context(), "a"), "record what passed: broken"},
		{passedErr, "read what passed: broken"},
	} {
		if !errors.Is(tt.err, errBroken) || tt.err.Error() != tt.want {
			t.Errorf("error = %v, want %s", tt.err, tt.want)
		}
	}
}

// TestBadSub holds that what cannot be a sub reaches no partition.
func TestBadSub(t *testing.T) {
	for _, bad := range []string{"", "X4E844C8", "run"} {
		r, table := open()
		_, err := table.Entry(t.Context(), bad)
		for what, err := range map[string]error{
			"read entry":  err,
			"confirm":     table.Confirm(t.Context(), plan.Entry{Sub: bad}),
			"reject":      table.Reject(t.Context(), plan.Entry{Sub: bad}),
			"mark absent": table.MarkAbsent(t.Context(), bad, "run-1"),
			"forget":      table.Forget(t.Context(), bad, noon),
			"claim":       table.Claim(t.Context(), bad, "jane", plan.Claim{By: "a", Until: noon}),
			"end claim":   table.EndClaim(t.Context(), bad, "a"),
		} {
			if want := what + ": sub: want a UUID in lower case"; err == nil || err.Error() != want {
				t.Errorf("sub %q: got %v, want %s", bad, err, want)
			}
		}
		if r.get != nil || r.put != nil || r.update != nil {
			t.Errorf("sub %q: the table was asked", bad)
		}
	}
	_, table := open()
	if err := table.Entries(t.Context(), "X", func(plan.Entry) error { return nil }); err == nil {
		t.Error("prefix X: got no error")
	}
}

func TestClip(t *testing.T) {
	for _, tt := range []struct {
		name, in, want string
	}{
		{"a reason", "email: not deliverable", "email: not deliverable"},
		{"no reason", "", "no reason given"},
		{"as long as it may be", strings.Repeat("x", 512), strings.Repeat("x", 512)},
		{"too long", strings.Repeat("x", 5<<20), strings.Repeat("x", 512)},
		{"a character across the end", strings.Repeat("x", 511) + "é!", strings.Repeat("x", 511)},
		{"not UTF-8", "bad \xff\xfe byte", "bad \uFFFD byte"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := clip(tt.in)
			if got != tt.want {
				t.Errorf("clip = %q, want %q", got, tt.want)
			}
			if !utf8.ValidString(got) {
				t.Error("clip split a character")
			}
		})
	}
}
