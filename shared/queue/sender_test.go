package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
)

const queueURL = "https://queue.example.com"

// errNoQueue is what SQS says of any other address.
var errNoQueue = errors.New("AWS.SimpleQueueService.NonExistentQueue")

// fakeSQS stores what it takes and checks the limits that SQS checks.
type fakeSQS struct {
	bodies     []string
	delays     []int32
	attributes map[string]string
	requests   int
	fail       func(request int, e types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry
	err        error
}

func (f *fakeSQS) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	f.requests++
	if aws.ToString(in.QueueUrl) != queueURL {
		return nil, errNoQueue
	}
	if f.err != nil {
		return nil, f.err
	}
	f.bodies = append(f.bodies, *in.MessageBody)
	f.delays = append(f.delays, in.DelaySeconds)
	return &sqs.SendMessageOutput{}, nil
}

func (f *fakeSQS) GetQueueAttributes(_ context.Context, in *sqs.GetQueueAttributesInput, _ ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	f.requests++
	if aws.ToString(in.QueueUrl) != queueURL {
		return nil, errNoQueue
	}
	out := &sqs.GetQueueAttributesOutput{Attributes: map[string]string{}}
	for _, name := range in.AttributeNames {
		if value, ok := f.attributes[string(name)]; ok {
			out.Attributes[string(name)] = value
		}
	}
	return out, f.err
}

func (f *fakeSQS) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	f.requests++
	if f.err != nil {
		return nil, f.err
	}
	if aws.ToString(in.QueueUrl) != queueURL {
		return nil, errNoQueue
	}
	size, ids, out := 0, map[string]bool{}, &sqs.SendMessageBatchOutput{}
	for _, e := range in.Entries {
		size += len(*e.MessageBody)
		ids[*e.Id] = true
	}
	switch {
	case len(in.Entries) == 0:
		return nil, errors.New("AWS.SimpleQueueService.EmptyBatchRequest")
	case len(in.Entries) > 10:
		return nil, errors.New("AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
	case len(ids) != len(in.Entries):
		return nil, errors.New("AWS.SimpleQueueService.BatchEntryIdsNotDistinct")
	case size > 262_144:
		return nil, errors.New("AWS.SimpleQueueService.BatchRequestTooLong")
	}
	for _, e := range in.Entries {
		if f.fail != nil {
			if failure := f.fail(f.requests, e); failure != nil {
				failure.Id = e.Id
				out.Failed = append(out.Failed, *failure)
				continue
			}
		}
		f.bodies = append(f.bodies, *e.MessageBody)
	}
	return out, nil
}

func changes(n, padding int) []directory.Change {
	out := make([]directory.Change, n)
	for i := range out {
		c := change()
		c.User = nil
		c.Sub = fmt.Sprintf("%s-%d", sub, i)
		c.ID = strings.Repeat("f", padding)
		out[i] = c
	}
	return out
}

func TestSendAll(t *testing.T) {
	busy := &types.BatchResultErrorEntry{Code: aws.String("InternalError")}
	for _, tt := range []struct {
		name         string
		in           []directory.Change
		fail         func(int, types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry
		wantRequests int
		wantErr      error
	}{
		{name: "nothing", in: nil, wantRequests: 0},
		{name: "one", in: changes(1, 0), wantRequests: 1},
		{name: "a full batch", in: changes(10, 0), wantRequests: 1},
		{name: "one more", in: changes(11, 0), wantRequests: 2},
		{name: "large ones", in: changes(5, 100_000), wantRequests: 3},
		{
			name: "some fail once", in: changes(12, 0), wantRequests: 3,
			fail: func(request int, e types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry {
				if request == 1 && (*e.Id == "3" || *e.Id == "7") {
					return &types.BatchResultErrorEntry{Code: aws.String("InternalError")}
				}
				return nil
			},
		},
		{
			name: "all fail twice", in: changes(2, 0), wantRequests: 3,
			fail: func(request int, _ types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry {
				if request < 3 {
					b := *busy
					return &b
				}
				return nil
			},
		},
		{
			name: "all fail always", in: changes(2, 0), wantRequests: 3, wantErr: ErrNotQueued,
			fail: func(int, types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry { b := *busy; return &b },
		},
		{
			name: "our own fault is not repeated", in: changes(2, 0), wantRequests: 1, wantErr: ErrNotQueued,
			fail: func(int, types.SendMessageBatchRequestEntry) *types.BatchResultErrorEntry {
				return &types.BatchResultErrorEntry{Code: aws.String("InvalidMessageContents"), SenderFault: true}
			},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fake := &fakeSQS{fail: tt.fail}
			err := NewSender(fake, queueURL).SendAll(t.Context(), tt.in)
			if !errors.Is(err, tt.wantErr) {
				t.Fatalf("SendAll error = %v, want %v", err, tt.wantErr)
			}
			if fake.requests != tt.wantRequests {
				t.Errorf("%d requests, want %d", fake.requests, tt.wantRequests)
			}
			if err != nil {
				return
			}
			var got, want []string
			for _, body := range fake.bodies {
				c, err := Decode([]byte(body))
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, c.Sub)
			}
			for _, c := range tt.in {
				want = append(want, c.Sub)
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("queued %v, want %v", got, want)
			}
		})
	}
}

// TestSendLongSnapshot queues a user with thirty attributes as long as Cognito has
// them, of a character that JSON writes as six.
func TestSendLongSnapshot(t *testing.T) {
	long := change()
	for i := range 30 {
		long.User.Attributes[fmt.Sprintf("custom:%d", i)] = strings.Repeat("<", 2048)
	}
	want := change()
	want.User = nil

	fake := &fakeSQS{}
	sender := NewSender(fake, queueURL)
	if err := errors.Join(sender.Send(t.Context(), long), sender.SendAll(t.Context(), []directory.Change{long})); err != nil {
		t.Fatal(err)
	}
	if len(fake.bodies) != 2 {
		t.Fatalf("%d messages, want 2", len(fake.bodies))
	}
	for _, body := range fake.bodies {
		got, err := Decode([]byte(body))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
	}
}

func TestSend(t *testing.T) {
	fake := &fakeSQS{}
	in := change()
	in.ObservedAt = in.ObservedAt.In(time.FixedZone("UTC+2", 2*60*60))
	if err := NewSender(fake, queueURL).Send(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if len(fake.bodies) != 1 {
		t.Fatalf("%d messages, want 1", len(fake.bodies))
	}
	got, err := Decode([]byte(fake.bodies[0]))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in, got); diff != "" {
		t.Errorf("queued: -want +got\n%s", diff)
	}
	if utc := in.ObservedAt.UTC().Format(time.RFC3339); !strings.Contains(fake.bodies[0], utc[:len(utc)-1]) {
		t.Errorf("queued %s, want the time in UTC, %s", fake.bodies[0], utc)
	}
}

func TestSendErrors(t *testing.T) {
	down := errors.New("connection refused")
	broken := &fakeSQS{err: down}
	sender := NewSender(broken, queueURL)
	if err := sender.Send(t.Context(), change()); !errors.Is(err, down) {
		t.Errorf("Send error = %v, want %v", err, down)
	}
	if err := sender.SendAll(t.Context(), changes(1, 0)); !errors.Is(err, down) {
		t.Errorf("SendAll error = %v, want %v", err, down)
	}
	broken.requests = 0
	if err := sender.SendAll(t.Context(), changes(11, 0)); !errors.Is(err, down) || broken.requests != 1 {
		t.Errorf("SendAll error = %v after %d requests, want %v after the first", err, broken.requests, down)
	}
	fake := &fakeSQS{}
	if err := NewSender(fake, queueURL).Send(t.Context(), directory.Change{}); err == nil || fake.requests != 0 {
		t.Errorf("Send of an empty change: error %v after %d requests, want an error and none", err, fake.requests)
	}
	if err := NewSender(fake, queueURL).SendAll(t.Context(), []directory.Change{change(), {}}); err == nil || fake.requests != 0 {
		t.Errorf("SendAll with an empty change: error %v after %d requests, want an error and none", err, fake.requests)
	}
}

func TestPostpone(t *testing.T) {
	fake := &fakeSQS{}
	if err := NewSender(fake, queueURL).Postpone(t.Context(), "as it is", 1500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if fake.bodies[0] != "as it is" || fake.delays[0] != 2 {
		t.Errorf("postponed %q for %d s, want the body as it is and 2 s", fake.bodies[0], fake.delays[0])
	}
	fake.err = errors.New("down")
	if err := NewSender(fake, queueURL).Postpone(t.Context(), "", 0); !errors.Is(err, fake.err) {
		t.Errorf("Postpone error = %v, want %v", err, fake.err)
	}
}

func TestSendAfter(t *testing.T) {
	fake := &fakeSQS{}
	if err := NewSender(fake, queueURL).SendAfter(t.Context(), change(), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	if got, err := Decode([]byte(fake.bodies[0])); err != nil || got.Sub != sub || fake.delays[0] != 5 {
		t.Errorf("queued %+v, %v, for %d s; want the change for 5 s", got, err, fake.delays[0])
	}
	if err := NewSender(fake, queueURL).SendAfter(t.Context(), directory.Change{}, 0); err == nil {
		t.Error("SendAfter of no change: no error")
	}
}

func TestBacklog(t *testing.T) {
	all := map[string]string{
		"ApproximateNumberOfMessages": "5", "ApproximateNumberOfMessagesNotVisible": "20", "ApproximateNumberOfMessagesDelayed": "300",
	}
	got, err := NewSender(&fakeSQS{attributes: all}, queueURL).Backlog(t.Context())
	if err != nil || got != 325 {
		t.Errorf("Backlog = %d, %v; want 325", got, err)
	}
	if _, err := NewSender(&fakeSQS{}, queueURL).Backlog(t.Context()); err == nil {
		t.Error("Backlog without an answer: no error")
	}
	if _, err := NewSender(&fakeSQS{attributes: all, err: errors.New("down")}, queueURL).Backlog(t.Context()); err == nil {
		t.Error("Backlog of a queue out of reach: no error")
	}
}
