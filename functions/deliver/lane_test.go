package main

import (
	"context"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/throttle"
)

// backTo counts what is sent back to a queue.
type backTo struct{ n int }

func (p *backTo) Postpone(context.Context, string, time.Duration) error { p.n++; return nil }

// TestMessagesGoBackToTheirQueue shows that what waits longer does so on the queue that it
// came from, and that only the work of a full sync can wait.
func TestMessagesGoBackToTheirQueue(t *testing.T) {
	body, err := queue.Encode(directory.Change{Kind: directory.Changed, Sub: "s", ObservedAt: time.Now(), Origin: directory.Sync})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, arn  string
		live, bulk int
	}{
		{"live", "arn:aws:sqs:us-east-1:111122223333:poolsync-UserhubLiveQueue-A1", 1, 0},
		{"bulk", "arn:aws:sqs:us-east-1:111122223333:poolsync-UserhubBulkQueue-B2", 0, 1},
		{"another whose name ends alike", "arn:aws:sqs:us-east-1:111122223333:x-poolsync-UserhubBulkQueue-B2", 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var live, bulk backTo
			waits := false
			h := handler{
				lanes: newLanes(&live, &bulk, "https://sqs.us-east-1.amazonaws.com/111122223333/poolsync-UserhubBulkQueue-B2"),
				deliverer: deliverFunc(func(ctx context.Context, _ directory.Change) (reconcile.Outcome, error) {
					waits = ctx.Value(bulkKey{}) != nil
					return "", reconcile.ErrUnavailable
				}),
				log: slog.New(slog.DiscardHandler), out: io.Discard,
			}
			batch := events.SQSEvent{Records: []events.SQSMessage{{MessageId: "m", Body: string(body), EventSourceARN: tt.arn}}}
			if _, err := h.Handle(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
			if live.n != tt.live || bulk.n != tt.bulk || waits != (tt.bulk > 0) {
				t.Errorf("%d back to the live queue and %d to the bulk queue, can wait: %t; want %d and %d", live.n, bulk.n, waits, tt.live, tt.bulk)
			}
		})
	}
}

// TestLiveWorkPassesBulkWork has several instances work on a full sync's changes, at the
// target's whole rate, and shows how long a sign-in waits for its turn.
func TestLiveWorkPassesBulkWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		schedule := ledgertest.New()
		limit := throttle.Limit{PerSecond: 20}
		ctx, stop := context.WithCancel(context.WithValue(t.Context(), bulkKey{}, true))
		for range 20 { // they would stand ten seconds deep
			instance := newPace(schedule, limit)
			for range parallel {
				go func() {
					for instance.Wait(ctx) == nil {
					}
				}()
			}
		}
		time.Sleep(time.Minute) // on the test's clock: they are in full swing
		live := newPace(schedule, limit)
		for range 10 {
			began := time.Now()
			if err := live.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(began); waited > 3*time.Second {
				t.Errorf("a sign-in waited for %v behind a full sync, want seconds", waited)
			}
			time.Sleep(time.Second)
		}
		stop()
		synctest.Wait()
	})
}
