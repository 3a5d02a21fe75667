package eventsource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

const visibility = 30 * time.Second

// fakeQueue is an SQS queue with a visibility time-out, on the test's clock.
type fakeQueue struct {
	receiveErr, deleteErr error // of the next request

	mu       sync.Mutex
	messages map[string]time.Time // guarded by mu; when each is visible again
}

func newQueue(ids ...string) *fakeQueue {
	q := &fakeQueue{messages: map[string]time.Time{}}
	for _, id := range ids {
		q.send(id)
	}
	return q
}

func (q *fakeQueue) send(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages[id] = time.Now()
}

func (q *fakeQueue) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	if err := q.receiveErr; err != nil {
		q.receiveErr = nil
		return nil, err
	}
	end := time.Now().Add(time.Duration(in.WaitTimeSeconds) * time.Second)
	for {
		if messages := q.take(int(in.MaxNumberOfMessages)); len(messages) > 0 || !time.Now().Before(end) {
			return &sqs.ReceiveMessageOutput{Messages: messages}, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (q *fakeQueue) take(limit int) []types.Message {
	q.mu.Lock()
	defer q.mu.Unlock()
	var messages []types.Message
	for id, visible := range q.messages {
		if len(messages) < limit && !visible.After(time.Now()) {
			q.messages[id] = time.Now().Add(visibility)
			messages = append(messages, types.Message{MessageId: aws.String(id), ReceiptHandle: aws.String(id), Body: aws.String(id)})
		}
	}
	return messages
}

func (q *fakeQueue) DeleteMessageBatch(_ context.Context, in *sqs.DeleteMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error) {
	if err := q.deleteErr; err != nil {
		q.deleteErr = nil
		return nil, err
	}
	if len(in.Entries) > receiveLimit {
		return nil, fmt.Errorf("%d entries in one request", len(in.Entries))
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, entry := range in.Entries {
		delete(q.messages, aws.ToString(entry.ReceiptHandle))
	}
	return &sqs.DeleteMessageBatchOutput{}, nil
}

func (q *fakeQueue) left() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages)
}

// function is a function that answers as told and remembers its batches.
type function struct {
	answer func(ids []string) ([]byte, error)

	mu      sync.Mutex
	start   time.Time
	batches []string // guarded by mu; how many messages, and when
}

func (f *function) invoke(_ context.Context, payload []byte) ([]byte, error) {
	var event struct{ Records []struct{ MessageID string } }
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	ids := make([]string, len(event.Records))
	for i, record := range event.Records {
		ids[i] = record.MessageID
	}
	f.mu.Lock()
	f.batches = append(f.batches, fmt.Sprintf("%d at %s", len(ids), time.Since(f.start)))
	f.mu.Unlock()
	return f.answer(ids)
}

func succeed([]string) ([]byte, error) { return []byte(`{"batchItemFailures":[]}`), nil }

// once gives this answer the first time, and success afterwards.
func once(answer string, err error) func([]string) ([]byte, error) {
	return func([]string) ([]byte, error) {
		first, failure := answer, err
		answer, err = `{}`, nil
		return []byte(first), failure
	}
}

// poll runs a poller for d and returns what it observed.
func poll(t *testing.T, q *fakeQueue, m Mapping, f *function, d time.Duration) []Batch {
	t.Helper()
	var mu sync.Mutex
	var observed []Batch
	m.QueueURL, m.QueueARN = "http://queue", queueARN
	f.start = time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	New(q, m, f.invoke, func(b Batch) {
		mu.Lock()
		defer mu.Unlock()
		observed = append(observed, b)
	}).Run(ctx)
	return observed
}

func TestWhatFailsComesAgainAfterTheVisibilityTimeout(t *testing.T) {
	tests := []struct {
		name    string
		report  bool
		answer  string
		err     error
		want    []string
		wantErr error
	}{
		{name: "success", report: true, answer: `{}`, want: []string{"3 at 0s"}},
		{
			name: "partial failure", report: true, answer: `{"batchItemFailures":[{"itemIdentifier":"b"}]}`,
			want: []string{"3 at 0s", "1 at 30s"},
		},
		{
			name: "malformed answer", report: true, answer: `{"batchItemFailures":[{"itemIdentifier":"x"}]}`,
			want: []string{"3 at 0s", "3 at 30s"}, wantErr: ErrMalformedAnswer,
		},
		{
			name: "partial failure that nobody asked for", answer: `{"batchItemFailures":[{"itemIdentifier":"b"}]}`,
			want: []string{"3 at 0s"},
		},
		{
			name: "function error", report: true, err: context.DeadlineExceeded,
			want: []string{"3 at 0s", "3 at 30s"}, wantErr: context.DeadlineExceeded,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, f := newQueue("a", "b", "c"), &function{answer: once(tt.answer, tt.err)}
				observed := poll(t, q, Mapping{ReportBatchItemFailures: tt.report}, f, 2*visibility)
				if diff := cmp.Diff(tt.want, f.batches); diff != "" {
					t.Errorf("batches (-want +got):\n%s", diff)
				}
				if !errors.Is(observed[0].Err, tt.wantErr) {
					t.Errorf("first batch: got error %v, want %v", observed[0].Err, tt.wantErr)
				}
				if q.left() != 0 {
					t.Errorf("%d messages left in the queue, want none", q.left())
				}
			})
		})
	}
}

func TestBatchGathersUntilFullOrItsWindowHasPassed(t *testing.T) {
	tests := []struct {
		name     string
		messages int
		mapping  Mapping
		want     []string
	}{
		{"no window", 3, Mapping{}, []string{"3 at 0s"}},
		{"more than one batch", 13, Mapping{MaximumConcurrency: 1}, []string{"10 at 0s", "3 at 0s"}},
		{"window passes", 13, Mapping{BatchSize: 20, Window: 5 * time.Second}, []string{"13 at 5s"}},
		{"batch fills", 20, Mapping{BatchSize: 20, Window: 5 * time.Second}, []string{"20 at 0s"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, f := newQueue(), &function{answer: succeed}
				for i := range tt.messages {
					q.send(fmt.Sprint(i))
				}
				poll(t, q, tt.mapping, f, 10*time.Second)
				if diff := cmp.Diff(tt.want, f.batches); diff != "" {
					t.Errorf("batches (-want +got):\n%s", diff)
				}
				if q.left() != 0 {
					t.Errorf("%d messages left in the queue, want none", q.left())
				}
			})
		})
	}
}

func TestConcurrencyIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue("a", "b", "c", "d", "e")
		f := &function{answer: func([]string) ([]byte, error) {
			time.Sleep(10 * time.Second)
			return nil, nil
		}}
		poll(t, q, Mapping{BatchSize: 1, MaximumConcurrency: 2}, f, 25*time.Second)
		want := []string{"1 at 0s", "1 at 0s", "1 at 10s", "1 at 10s", "1 at 20s"}
		if diff := cmp.Diff(want, f.batches); diff != "" {
			t.Errorf("batches (-want +got):\n%s", diff)
		}
	})
}

func TestRunEndsWithTheBatchesUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue("a")
		f := &function{answer: func([]string) ([]byte, error) {
			time.Sleep(10 * time.Second)
			return nil, nil
		}}
		observed := poll(t, q, Mapping{}, f, 3*time.Second)
		if len(observed) != 1 || observed[0].Err != nil || q.left() != 0 {
			t.Errorf("got %+v and %d messages left, want one batch done", observed, q.left())
		}
	})
}

func TestQueueFailureIsObservedAndSurvived(t *testing.T) {
	down := errors.New("down")
	tests := []struct {
		name    string
		queue   *fakeQueue
		want    []string
		wantErr error
	}{
		{"receive", &fakeQueue{receiveErr: down, messages: map[string]time.Time{"a": {}}}, []string{"1 at 1s"}, down},
		{"delete", &fakeQueue{deleteErr: down, messages: map[string]time.Time{"a": {}}}, []string{"1 at 0s", "1 at 30s"}, ErrNotDeleted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &function{answer: succeed}
				observed := poll(t, tt.queue, Mapping{}, f, 2*visibility)
				if diff := cmp.Diff(tt.want, f.batches); diff != "" {
					t.Errorf("batches (-want +got):\n%s", diff)
				}
				if !errors.Is(observed[0].Err, tt.wantErr) {
					t.Errorf("got error %v, want %v", observed[0].Err, tt.wantErr)
				}
				if tt.queue.left() != 0 {
					t.Errorf("%d messages left in the queue, want none", tt.queue.left())
				}
			})
		})
	}
}
