package main

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/reconcile/reconciletest"
)

// SendAfter puts a change on the queue as a sender does.
func (q *sqsQueue) SendAfter(ctx context.Context, c directory.Change, delay time.Duration) error {
	body, err := queue.Encode(c)
	if err != nil {
		return err
	}
	return q.Postpone(ctx, string(body), delay)
}

// TestSecondLookOnItsWay disables a user while the pool's listings lag by half a minute:
// a target that holds users in full has the new state once the event has been looked
// into again, and nobody looks a third time.
func TestSecondLookOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{
			t: t, pool: cognitotest.New(cognitotest.Lag(30 * time.Second)), ledger: ledgertest.New(),
			events: newQueue(), queue: newQueue(), decoder: newDecoder(t),
		}
		target := reconciletest.NewHolder()
		reader := cognito.New(w.pool, cognitotest.ID)
		h := handler{
			pool: cognitotest.ID, lanes: lanes{live: w.queue}, log: slog.New(slog.DiscardHandler), out: io.Discard,
			deliverer: reconcile.NewDeliverer(reader, w.ledger, reconcile.Guard(target), reconcile.Report, nil,
				reconcile.WithSecondLook("held", w.events)),
		}
		sub := w.pool.Add("jane", nil)
		w.queue.send(w.trigger(directory.SignUp, sub), 0)
		looks := 0
		// settle goes on until both queues are empty.
		settle := func() {
			for ; w.events.len()+w.queue.len() > 0; time.Sleep(time.Second) { // the test's own clock
				batch := w.events.receive(10)
				for _, message := range batch.Records {
					looks++
					if err := w.resolve(reader, message.Body); err != nil {
						t.Fatal(err)
					}
				}
				w.events.settle(batch, queue.NewBatch(batch, w.events).Answer())
				batch = w.queue.receive(10)
				answer, err := h.Handle(t.Context(), batch)
				if err != nil || len(answer.BatchItemFailures) > 0 {
					t.Fatalf("Handle = %v, %v", answer, err)
				}
				w.queue.settle(batch, answer)
			}
		}
		settle()
		time.Sleep(time.Hour)
		w.pool.Edit(sub, func(u *directory.User) { u.Enabled = false })
		w.events.send(event("AdminDisableUser", sub, ""), 0)
		settle()

		held, err := target.Users()
		if err != nil || held[sub].Sub == "" || held[sub].Enabled {
			t.Errorf("the target holds %+v, %v; want jane disabled", held[sub], err)
		}
		if got := len(target.Told()); got != 2 || looks != 2 {
			t.Errorf("%d deliveries after %d looks, want the sign-up and the change, after two looks", got, looks)
		}
	})
}
