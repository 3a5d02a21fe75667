package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// target is a target that does what a test wants and remembers what it was told.
type target struct {
	answer func(context.Context, reconcile.Delivery) error

	mu  sync.Mutex // guards got
	got map[string]bool
}

func (f *target) Deliver(ctx context.Context, d reconcile.Delivery) error {
	f.mu.Lock()
	if f.got == nil {
		f.got = make(map[string]bool)
	}
	f.got[d.Sub] = d.Confirm
	f.mu.Unlock()
	if f.answer == nil {
		return nil
	}
	return f.answer(ctx, d)
}

func message(t *testing.T, id string, kind directory.Kind) events.SQSMessage {
	t.Helper()
	body, err := queue.Encode(directory.Change{
		ID: "c", Kind: kind, Sub: "sub-" + id, Username: "jane", Origin: directory.Trigger,
		ObservedAt: time.Unix(1_700_000_000, 0),
	})
	if err != nil {
		t.Fatal(err)
	}
	return events.SQSMessage{MessageId: id, Body: string(body)}
}

func kept(answer events.SQSEventResponse) []string {
	ids := []string{}
	for _, failure := range answer.BatchItemFailures {
		ids = append(ids, failure.ItemIdentifier)
	}
	return ids
}

func TestHandle(t *testing.T) {
	refuse := func(err error) func(context.Context, reconcile.Delivery) error {
		return func(context.Context, reconcile.Delivery) error { return fmt.Errorf("deliver: %w", err) }
	}
	for _, tt := range []struct {
		name    string
		body    string // instead of a readable message
		answer  func(context.Context, reconcile.Delivery) error
		want    []string
		wantLog string
	}{
		{name: "delivered", want: []string{}},
		{name: "rejected", answer: refuse(reconcile.ErrRejected), want: []string{}, wantLog: "change rejected by the target"},
		{name: "unavailable", answer: refuse(reconcile.ErrUnavailable), want: []string{"1"}, wantLog: "tried again"},
		{name: "throttled", answer: refuse(reconcile.ErrThrottled), want: []string{"1"}, wantLog: "tried again"},
		{name: "key refused", answer: refuse(reconcile.ErrUnauthorized), want: []string{"1"}, wantLog: "tried again"},
		{name: "unheard of", answer: refuse(io.ErrUnexpectedEOF), want: []string{"1"}, wantLog: "tried again"},
		{name: "unreadable", body: `{"v":7}`, want: []string{"1"}, wantLog: "dead-letter queue"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var logged bytes.Buffer
			h := handler{target: &target{answer: tt.answer}, log: slog.New(slog.NewTextHandler(&logged, nil)), out: io.Discard}
			m := message(t, "1", directory.Changed)
			if tt.body != "" {
				m.Body = tt.body
			}
			answer, err := h.Handle(t.Context(), events.SQSEvent{Records: []events.SQSMessage{m}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, kept(answer)); diff != "" {
				t.Errorf("kept: -want +got\n%s", diff)
			}
			if !bytes.Contains(logged.Bytes(), []byte(tt.wantLog)) {
				t.Errorf("log %s does not say %q", logged.String(), tt.wantLog)
			}
			if answer.BatchItemFailures == nil {
				t.Error("the list of failures is null")
			}
		})
	}
}

// TestHandleOneBadMessageStopsNothing mixes every outcome in one batch.
func TestHandleOneBadMessageStopsNothing(t *testing.T) {
	f := &target{answer: func(_ context.Context, d reconcile.Delivery) error {
		switch d.Sub {
		case "sub-2":
			return reconcile.ErrUnavailable
		case "sub-4":
			return reconcile.ErrRejected
		}
		return nil
	}}
	h := handler{target: f, log: slog.New(slog.DiscardHandler), out: io.Discard}
	batch := events.SQSEvent{Records: []events.SQSMessage{
		message(t, "1", directory.SignIn), message(t, "2", directory.Changed), {MessageId: "3", Body: "?"},
		message(t, "4", directory.SignUp), message(t, "5", directory.Changed),
	}}
	answer, err := h.Handle(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"2", "3"}, kept(answer)); diff != "" {
		t.Errorf("kept: -want +got\n%s", diff)
	}
	want := map[string]bool{"sub-1": false, "sub-2": true, "sub-4": true, "sub-5": true}
	if diff := cmp.Diff(want, f.got); diff != "" {
		t.Errorf("told the target, and whether to confirm: -want +got\n%s", diff)
	}
}

// TestHandleAnswersBeforeItsDeadline shows that a target that hangs costs the
// messages their turn and never SQS its answer.
func TestHandleAnswersBeforeItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := handler{log: slog.New(slog.DiscardHandler), out: io.Discard, target: &target{
			answer: func(ctx context.Context, _ reconcile.Delivery) error { <-ctx.Done(); return ctx.Err() },
		}}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		batch := events.SQSEvent{Records: []events.SQSMessage{message(t, "1", directory.SignIn), message(t, "2", directory.SignIn)}}
		answer, err := h.Handle(ctx, batch)
		if err != nil || ctx.Err() != nil {
			t.Fatalf("Handle: %v; deadline: %v", err, ctx.Err())
		}
		if diff := cmp.Diff([]string{"1", "2"}, kept(answer)); diff != "" {
			t.Errorf("kept: -want +got\n%s", diff)
		}
	})
}
