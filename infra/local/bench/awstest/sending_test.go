package awstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/queue"
)

// TestQueues sends to two queues at one address, and to one that is not there.
func TestQueues(t *testing.T) {
	live, bulk := NewQueue(0), NewQueue(0)
	client := sqs.NewFromConfig(start(t, Queues{"live": live, "bulk": bulk}.Service()))
	to := func(name string) *queue.Sender { return queue.NewSender(client, "http://sqs.test/123456789012/"+name) }
	if err := to("live").Send(t.Context(), change("a")); err != nil {
		t.Fatal(err)
	}
	if err := to("bulk").SendAll(t.Context(), []directory.Change{change("b"), change("c")}); err != nil {
		t.Fatal(err)
	}
	if live.Sent() != 1 || bulk.Sent() != 2 {
		t.Errorf("%d sent to one and %d to the other, want 1 and 2", live.Sent(), bulk.Sent())
	}
	if n, err := to("bulk").Backlog(t.Context()); n != 2 || err != nil {
		t.Errorf("Backlog = %d, %v, want 2", n, err)
	}
	if err := to("dead").Send(t.Context(), change("d")); err == nil {
		t.Error("a queue that is not there took a change")
	}
}

// TestHang shows that who sends to a queue that hangs waits until they give up.
func TestHang(t *testing.T) {
	closed := make(chan struct{})
	defer close(closed)
	sender := queue.NewSender(sqs.NewFromConfig(start(t, Hang(closed))), "http://sqs.test/queue")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := sender.Send(ctx, change("a")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Send = %v, want %v", err, context.DeadlineExceeded)
	}
}
