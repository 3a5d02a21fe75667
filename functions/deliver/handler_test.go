package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
)

type deliverFunc func(context.Context, directory.Change) (reconcile.Outcome, error)

func (f deliverFunc) Deliver(ctx context.Context, c directory.Change) (reconcile.Outcome, error) {
	return f(ctx, c)
}

// postponed remembers what was sent again, and with what delay.
type postponed struct {
	err   error
	hangs bool

	mu     sync.Mutex // guards delays
	delays map[string]time.Duration
}

func (p *postponed) Postpone(ctx context.Context, body string, delay time.Duration) error {
	if p.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		if p.delays == nil {
			p.delays = make(map[string]time.Duration)
		}
		p.delays[body] = delay
	}
	return p.err
}

func newHandler(t *testing.T, d deliverFunc, p *postponed) handler {
	t.Helper()
	return handler{pool: "us-east-1_EXAMPLE01", deliverer: d, lanes: lanes{live: p}, log: slog.New(slog.DiscardHandler), out: io.Discard}
}

func message(t *testing.T, id string, kind directory.Kind, age time.Duration) events.SQSMessage {
	t.Helper()
	body, err := queue.Encode(directory.Change{
		ID: "c", Kind: kind, Sub: "sub-" + id, Username: "jane", Origin: directory.Trigger, ObservedAt: time.Now().Add(-age),
	})
	if err != nil {
		t.Fatal(err)
	}
	return events.SQSMessage{MessageId: id, Body: string(body)}
}

func handle(t *testing.T, ctx context.Context, h handler, messages ...events.SQSMessage) (kept []string) {
	t.Helper()
	answer, err := h.Handle(ctx, events.SQSEvent{Records: messages})
	if err != nil {
		t.Fatal(err)
	}
	if answer.BatchItemFailures == nil {
		t.Error("the list of failures is null")
	}
	for _, failure := range answer.BatchItemFailures {
		kept = append(kept, failure.ItemIdentifier)
	}
	return kept
}

// TestHandle shows what becomes of one message.
func TestHandle(t *testing.T) {
	type fate string
	const (
		done  fate = "done"
		kept  fate = "kept by SQS"
		later fate = "postponed"
	)
	answer := func(outcome reconcile.Outcome, err error) deliverFunc {
		return func(context.Context, directory.Change) (reconcile.Outcome, error) {
			if err != nil {
				err = fmt.Errorf("deliver: %w", err)
			}
			return outcome, err
		}
	}
	for _, tt := range []struct {
		name    string
		body    string // instead of a readable message
		age     time.Duration
		deliver deliverFunc
		sync    bool // a run found the change
		down    bool // the queue takes nothing
		want    fate
		metric  string // "" for none at all
		log     string
	}{
		{name: "delivered", deliver: answer(reconcile.Delivered, nil), want: done, metric: `"ChangesDelivered":1`},
		{name: "delayed", deliver: answer(reconcile.Delivered, nil), age: 90 * time.Second, want: done, metric: `"DeliveryDelay":90000`},
		{name: "delayed, of a run", deliver: answer(reconcile.Delivered, nil), age: 90 * time.Second, sync: true, want: done, metric: `{"ChangesDelivered":1,"Target"`},
		{name: "removed", deliver: answer(reconcile.Dropped, nil), want: done, metric: `"ChangesDelivered":1`},
		{name: "unchanged", deliver: answer(reconcile.Unchanged, nil), want: done},
		{name: "foreign", deliver: answer(reconcile.Foreign, nil), want: done},
		{name: "refused", deliver: answer(reconcile.Refused, nil), want: done, metric: `"ChangesRejected":1`, log: "rejected by the target"},
		{name: "target down", deliver: answer("", reconcile.ErrUnavailable), want: later, metric: `"ChangesRetried":1`, log: `error="deliver: target unavailable"`},
		{name: "target busy", deliver: answer("", reconcile.ErrThrottled), want: later, metric: `"ChangesRetried":1`},
		{name: "key refused", deliver: answer("", reconcile.ErrUnauthorized), want: later, metric: `"KeyRefused":1`, log: "put a valid one into the secret"},
		{name: "unheard of", deliver: answer("", io.ErrUnexpectedEOF), want: later, metric: `"ChangesRetried":1`},
		{name: "queue down too", deliver: answer("", reconcile.ErrUnavailable), down: true, want: kept, metric: `"ChangesRetried":1`, log: "SQS keeps it"},
		{name: "too old", deliver: answer("", reconcile.ErrUnavailable), age: 5 * 24 * time.Hour, want: kept, metric: `"ChangesRetried":1`, log: "dead-letter queue"},
		{name: "age of the waiting", deliver: answer("", reconcile.ErrUnavailable), age: time.Hour, want: later, metric: `"OldestChange":3600`},
		{name: "unreadable", body: `{"v":7}`, want: kept, metric: `"MessagesUnreadable":1`, log: "messageId=1"},
		{name: "an event", body: `{"detail-type":7}`, want: kept, metric: `"MessagesUnreadable":1`, log: "dead-letter queue"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var logged, metrics bytes.Buffer
				p := &postponed{}
				if tt.down {
					p.err = errors.New("down")
				}
				h := newHandler(t, tt.deliver, p)
				h.log, h.out = slog.New(slog.NewTextHandler(&logged, nil)), &metrics
				m := message(t, "1", directory.Changed, tt.age)
				if tt.body != "" {
					m.Body = tt.body
				}
				if tt.sync {
					m.Body = strings.Replace(m.Body, `"trigger"`, `"sync"`, 1)
				}
				got := done
				if handle(t, t.Context(), h, m) != nil {
					got = kept
				}
				if _, ok := p.delays[m.Body]; ok {
					got = later
				}
				if got != tt.want {
					t.Errorf("the message is %s, want %s", got, tt.want)
				}
				if !strings.Contains(metrics.String(), tt.metric) || tt.metric == "" && metrics.Len() > 0 {
					t.Errorf("metrics %s, want %q in them", metrics.String(), tt.metric)
				}
				if alarm := `"KeyRefused":`; strings.Contains(metrics.String(), alarm) && !strings.Contains(tt.metric, alarm) {
					t.Errorf("metrics %s raise the alarm for a refused key", metrics.String())
				}
				if !strings.Contains(logged.String(), tt.log) {
					t.Errorf("log %s does not say %q", logged.String(), tt.log)
				}
			})
		})
	}
}

// TestHandleOneBadMessageStopsNothing mixes every outcome in one batch.
func TestHandleOneBadMessageStopsNothing(t *testing.T) {
	p := &postponed{}
	var mu sync.Mutex
	var got []string
	h := newHandler(t, func(_ context.Context, c directory.Change) (reconcile.Outcome, error) {
		mu.Lock()
		got = append(got, c.Sub)
		mu.Unlock()
		switch c.Sub {
		case "sub-2":
			return "", reconcile.ErrUnavailable
		case "sub-4":
			return reconcile.Refused, nil
		}
		return reconcile.Delivered, nil
	}, p)
	second := message(t, "2", directory.Changed, 0)
	kept := handle(t, t.Context(), h, message(t, "1", directory.SignIn, 0), second,
		events.SQSMessage{MessageId: "3", Body: "?"}, message(t, "4", directory.SignUp, 0), message(t, "5", directory.Changed, 0))
	if diff := cmp.Diff([]string{"3"}, kept); diff != "" {
		t.Errorf("kept: -want +got\n%s", diff)
	}
	if _, ok := p.delays[second.Body]; !ok || len(p.delays) != 1 {
		t.Errorf("postponed %v, want message 2 alone", p.delays)
	}
	if len(got) != 4 {
		t.Errorf("delivered %v, want the four that can be read", got)
	}
}

// TestHandleInParallel shows that users do not wait for each other, up to a bound
// that holds however large the batch is.
func TestHandleInParallel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun atomic.Int32
		goOn := make(chan struct{})
		h := newHandler(t, func(context.Context, directory.Change) (reconcile.Outcome, error) {
			begun.Add(1)
			<-goOn
			return reconcile.Delivered, nil
		}, &postponed{})
		var batch []events.SQSMessage
		for i := range 3 * parallel {
			batch = append(batch, message(t, fmt.Sprint(i), directory.Changed, 0))
		}
		go h.Handle(t.Context(), events.SQSEvent{Records: batch})
		synctest.Wait()
		if got := begun.Load(); got != parallel {
			t.Errorf("%d deliveries under way at once, want %d", got, parallel)
		}
		close(goOn)
		synctest.Wait()
		if got := begun.Load(); got != 3*parallel {
			t.Errorf("%d deliveries in all, want %d", got, 3*parallel)
		}
	})
}

// TestHandleNearItsDeadline shows that a target that hangs costs a delivery its
// own time and never SQS its answer.
func TestHandleNearItsDeadline(t *testing.T) {
	hang := func(ctx context.Context, _ directory.Change) (reconcile.Outcome, error) {
		<-ctx.Done()
		return "", ctx.Err()
	}
	for _, tt := range []struct {
		name            string
		left            time.Duration
		hangs           bool // the queue, too
		kept, postponed int
		answeredWithin  time.Duration
	}{
		{"time enough", 30 * time.Second, false, 0, 2, deliverTimeout},
		{"less than a delivery may take", 8 * time.Second, false, 0, 2, 5 * time.Second},
		{"none to begin with", 2 * time.Second, false, 2, 0, 0},
		{"the queue hangs as well", 30 * time.Second, true, 2, 0, 29 * time.Second},
		{"and time is short", 8 * time.Second, true, 2, 0, 7 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &postponed{hangs: tt.hangs}
				h := newHandler(t, hang, p)
				ctx, cancel := context.WithTimeout(t.Context(), tt.left)
				defer cancel()
				start := time.Now()
				kept := handle(t, ctx, h, message(t, "1", directory.SignIn, 0), message(t, "2", directory.SignIn, 0))
				if len(kept) != tt.kept || len(p.delays) != tt.postponed {
					t.Errorf("%d kept and %d postponed, want %d and %d", len(kept), len(p.delays), tt.kept, tt.postponed)
				}
				if got := time.Since(start); got != tt.answeredWithin {
					t.Errorf("answered after %v of the test's clock, want %v", got, tt.answeredWithin)
				}
			})
		})
	}
}
