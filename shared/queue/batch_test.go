package queue

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

func TestDelay(t *testing.T) {
	for _, tt := range []struct {
		name      string
		age       time.Duration
		cause     error
		low, high time.Duration
	}{
		{"a fresh change is soon back", 0, reconcile.ErrUnavailable, 4 * time.Second, 6 * time.Second},
		{"a quarter of its age", 4 * time.Minute, reconcile.ErrUnavailable, 48 * time.Second, 72 * time.Second},
		{"an old one is back within minutes", 48 * time.Hour, reconcile.ErrUnavailable, 4 * time.Minute, 6 * time.Minute},
		{"as long as was asked for", 0, asked(10 * time.Minute), 10 * time.Minute, 10 * time.Minute},
		{"no longer than SQS allows", 0, asked(time.Hour), 15 * time.Minute, 15 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for range 100 {
				if got, wait := Delay(tt.age, tt.cause); got < tt.low || got > tt.high || !wait {
					t.Fatalf("Delay = %v, %t, want %v to %v", got, wait, tt.low, tt.high)
				}
			}
		})
	}
}

// asked is an error that asks for a delay.
type asked time.Duration

func (asked) Error() string                       { return "slower" }
func (a asked) RetryAfter() (time.Duration, bool) { return time.Duration(a), true }

// TestLongestDelay holds the bound against what Delay does.
func TestLongestDelay(t *testing.T) {
	for _, age := range []time.Duration{0, time.Minute, 4 * time.Minute, time.Hour, 48 * time.Hour} {
		most, longest := LongestDelay(age), time.Duration(0)
		for range 1000 {
			got, _ := Delay(age, reconcile.ErrUnavailable)
			longest = max(longest, got)
		}
		if longest > most || longest < most*9/10 {
			t.Errorf("of age %v: at most %v in 1,000 tries, want up to %v", age, longest, most)
		}
	}
}

// TestDelayEnds shows that a message which nobody could deal with for four days is left
// to the dead-letter queue.
func TestDelayEnds(t *testing.T) {
	for _, tt := range []struct {
		age  time.Duration
		want bool
	}{
		{96 * time.Hour, true},
		{96*time.Hour + time.Second, false},
	} {
		if _, got := Delay(tt.age, reconcile.ErrUnavailable); got != tt.want {
			t.Errorf("after %v: postponed %t, want %t", tt.age, got, tt.want)
		}
	}
}

type postponeFunc func(ctx context.Context, body string, delay time.Duration) error

func (f postponeFunc) Postpone(ctx context.Context, body string, delay time.Duration) error {
	return f(ctx, body, delay)
}

// TestBatchAnswersInTime shows that a queue which does not take messages back, or
// hangs, costs them a receive, and the batch nothing.
func TestBatchAnswersInTime(t *testing.T) {
	refused := errors.New("refused")
	for _, tt := range []struct {
		name   string
		queue  postponeFunc
		want   []string // kept
		within time.Duration
	}{
		{"takes them", func(context.Context, string, time.Duration) error { return nil }, []string{"kept"}, 0},
		{"refuses them", func(context.Context, string, time.Duration) error { return refused }, []string{"a", "b", "kept"}, 0},
		{"hangs", func(ctx context.Context, _ string, _ time.Duration) error { <-ctx.Done(); return ctx.Err() }, []string{"a", "b", "kept"}, 29 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				b := NewBatch(events.SQSEvent{Records: []events.SQSMessage{{MessageId: "a", Body: "body of a"}, {MessageId: "b"}, {MessageId: "kept"}}}, tt.queue)
				start := time.Now()
				b.Keep("kept")
				for _, id := range []string{"b", "a"} {
					if err := b.Postpone(ctx, id, time.Minute); (err == nil) != (len(tt.want) == 1) {
						t.Errorf("Postpone(%s) = %v", id, err)
					}
				}
				var kept []string
				for _, f := range b.Answer().BatchItemFailures {
					kept = append(kept, f.ItemIdentifier)
				}
				if diff := cmp.Diff(tt.want, kept); diff != "" {
					t.Errorf("kept: -want +got\n%s", diff)
				}
				if got, want := b.Postponed(), 3-len(tt.want); got != want {
					t.Errorf("%d postponed, want %d", got, want)
				}
				if got := time.Since(start); got != tt.within {
					t.Errorf("answered after %v of the test's clock, want %v", got, tt.within)
				}
			})
		})
	}
}

// TestBatchPostponesTheBody shows what goes back to the queue, and that an answer is
// always a list.
func TestBatchPostponesTheBody(t *testing.T) {
	var body string
	var delay time.Duration
	b := NewBatch(events.SQSEvent{Records: []events.SQSMessage{{MessageId: "a", Body: "body of a"}}}, postponeFunc(
		func(_ context.Context, b string, d time.Duration) error { body, delay = b, d; return nil }))
	if err := b.Postpone(t.Context(), "a", time.Minute); err != nil {
		t.Fatal(err)
	}
	if body != "body of a" || delay != time.Minute {
		t.Errorf("postponed %q by %v, want the message's body by 1m", body, delay)
	}
	if b.Answer().BatchItemFailures == nil {
		t.Error("the list of failures is null")
	}
}

// TestBatchNotesWhatWasTried shows that a change which may have reached the target says so
// from then on, and that a body which is no change's stays as it is.
func TestBatchNotesWhatWasTried(t *testing.T) {
	c := directory.Change{ID: "1", Kind: directory.Changed, Origin: directory.CloudTrail, Sub: "s", ObservedAt: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	body, err := Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	sent := map[string]string{}
	var id string
	b := NewBatch(events.SQSEvent{Records: []events.SQSMessage{{MessageId: "a", Body: string(body)}, {MessageId: "b", Body: string(body)}, {MessageId: "c", Body: "?"}}},
		postponeFunc(func(_ context.Context, body string, _ time.Duration) error { sent[id] = body; return nil }))
	b.NoteTried("b", "c")
	for _, id = range []string{"a", "b", "c"} {
		if err := b.Postpone(t.Context(), id, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Decode([]byte(sent["b"]))
	c.Tried = true
	if diff := cmp.Diff(c, got); err != nil || diff != "" {
		t.Errorf("%v: -want +got\n%s", err, diff)
	}
	if sent["a"] != string(body) || sent["c"] != "?" {
		t.Errorf("the others are %q and %q, want them as they were", sent["a"], sent["c"])
	}
}
