package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// Changes of another pool, whose trigger somebody has set to our function, are dropped
// and counted; what does not say of which pool it is comes from a version before.
func TestChangesOfAnotherPoolAreDropped(t *testing.T) {
	var batch []events.SQSMessage
	for id, pool := range map[string]string{"ours": "us-east-1_EXAMPLE01", "unsaid": "", "theirs": "us-east-1_EXAMPLE02", "theirs too": "us-east-1_EXAMPLE02"} {
		body, err := queue.Encode(directory.Change{
			ID: id, Kind: directory.SignIn, Sub: id, Username: "jane@example.com", Origin: directory.Trigger, ObservedAt: time.Now(), Pool: pool,
		})
		if err != nil {
			t.Fatal(err)
		}
		batch = append(batch, events.SQSMessage{MessageId: id, Body: string(body)})
	}
	delivered := make(chan string, len(batch))
	var logged, metrics bytes.Buffer
	h := newHandler(t, func(_ context.Context, c directory.Change) (reconcile.Outcome, error) {
		delivered <- c.Sub
		return reconcile.Delivered, nil
	}, &postponed{})
	h.log, h.out = slog.New(slog.NewTextHandler(&logged, nil)), &metrics

	if kept := handle(t, t.Context(), h, batch...); kept != nil {
		t.Errorf("kept %v, want nothing", kept)
	}
	close(delivered)
	got := make(map[string]bool)
	for sub := range delivered {
		got[sub] = true
	}
	if diff := cmp.Diff(map[string]bool{"ours": true, "unsaid": true}, got); diff != "" {
		t.Errorf("delivered: -want +got\n%s", diff)
	}
	if !strings.Contains(metrics.String(), `"ChangesForeign":2`) {
		t.Errorf("metrics %s do not count the two of another pool", metrics.String())
	}
	if log := logged.String(); strings.Count(log, "otherPool=us-east-1_EXAMPLE02") != 1 || strings.Contains(log, "jane") {
		t.Errorf("the log names the other pool not once, or a user: %s", log)
	}
}
