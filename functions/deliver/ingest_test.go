package main

import (
	"context"
	"time"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// ingest does what the function of that name does, until done is closed: it takes
// events, one at a time, and queues what the pool then holds of their users.
func (w *world) ingest(done <-chan struct{}) {
	pool := cognito.New(w.pool, cognitotest.ID)
	for {
		select {
		case <-done:
			return
		default:
		}
		batch := w.events.receive(1)
		if len(batch.Records) == 0 {
			time.Sleep(500 * time.Millisecond)
			continue
		}
		answer := queue.NewBatch(batch, w.events)
		for _, message := range batch.Records {
			if err := w.resolve(pool, message.Body); err != nil {
				answer.Postpone(context.Background(), message.MessageId, 5*time.Second)
			}
		}
		w.events.settle(batch, answer.Answer())
	}
}

// resolve queues what has come of one event, or of a hint that was sent back.
func (w *world) resolve(pool *cognito.Pool, body string) error {
	hint, err := queue.Decode([]byte(body))
	if err != nil {
		result, err := w.decoder.Decode([]byte(body))
		if err != nil || result.Ignored != "" {
			return nil
		}
		hint = result.Change
	}
	entry, err := w.ledger.Entry(context.Background(), hint.Sub)
	if err != nil {
		return err
	}
	change, found, err := reconcile.Resolve(context.Background(), pool, hint, entry)
	if err != nil || !found {
		return err
	}
	message, err := queue.Encode(change)
	if err != nil {
		w.t.Error(err)
		return nil
	}
	w.queue.send(string(message), 0)
	return nil
}
