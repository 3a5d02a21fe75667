package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/poolsync/poolsync/shared/cloudtrail"
	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
)

// nobody is the sub of somebody in another pool, in the fixtures' form.
const nobody = "84e844c8-3041-70aa-1111-0123456789ab"

// eventTime is where CloudTrail says when.
var eventTime = regexp.MustCompile(`"eventTime": *"[^"]*"`)

// limit is the deployed function's time.
const limit = 30 * time.Second

// world is a function with a pool, a ledger and two queues in memory.
type world struct {
	t      *testing.T
	pool   *cognitotest.Pool
	ledger *ledgertest.Memory
	handler

	mu        sync.Mutex // guards what follows
	queued    []directory.Change
	postponed map[string]time.Duration // by body
	broken    error                    // of the targets' queue
	hangs     bool                     // both queues do not answer
	logged    bytes.Buffer
	metrics   bytes.Buffer
}

func newWorld(t *testing.T, options ...cognitotest.Option) *world {
	w := &world{t: t, pool: cognitotest.New(options...), ledger: ledgertest.New(), postponed: map[string]time.Duration{}}
	w.pool.AddClient("ours")
	decoder, err := cloudtrail.NewDecoder(cognitotest.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.handler = handler{
		decoder: decoder, poolID: cognitotest.ID, pool: cognito.New(w.pool, cognitotest.ID, cognito.ListRate(2.5)),
		clients: cognito.NewAppClients(w.pool, cognitotest.ID), strangers: newStrangers(),
		targets: recipients{{"scim:ours", w.ledger, w}}, postponer: w, log: slog.New(slog.NewTextHandler(&w.logged, nil)), out: &w.metrics,
	}
	return w
}

// SendAll is the targets' queue.
func (w *world) SendAll(ctx context.Context, changes []directory.Change) error {
	if w.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	if w.broken == nil {
		w.queued = append(w.queued, changes...)
	}
	return w.broken
}

// Postpone is the events' queue.
func (w *world) Postpone(ctx context.Context, body string, delay time.Duration) error {
	if w.hangs {
		<-ctx.Done()
		return ctx.Err()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.postponed[body] = delay
	return nil
}

// handle hands over a batch, and returns the numbers of the messages that are kept.
func (w *world) handle(bodies ...string) (kept []string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), limit)
	defer cancel()
	var batch events.SQSEvent
	for i, body := range bodies {
		batch.Records = append(batch.Records, events.SQSMessage{MessageId: fmt.Sprint(i), Body: body})
	}
	answer, err := w.Handle(ctx, batch)
	if err != nil || answer.BatchItemFailures == nil {
		w.t.Errorf("Handle = %v, %v; want a list, even if it is empty", answer, err)
	}
	if ctx.Err() != nil {
		w.t.Error("the batch was answered after the invocation's deadline")
	}
	for _, f := range answer.BatchItemFailures {
		kept = append(kept, f.ItemIdentifier)
	}
	return kept
}

// fixture returns one of CloudTrail's events as recorded, but of a user and a moment of
// the test's.
func (w *world) fixture(name, sub string) string {
	w.t.Helper()
	body, err := os.ReadFile("../../shared/cloudtrail/testdata/" + name + ".json")
	if err != nil {
		w.t.Fatal(err)
	}
	now := time.Now().UTC().Format(time.RFC3339)
	text := strings.ReplaceAll(string(body), nobody, sub)
	return eventTime.ReplaceAllString(text, `"eventTime": "`+now+`"`)
}

// confirm has the ledger hold a user as the pool does.
func (w *world) confirm(sub string) {
	u, _ := w.pool.User(sub)
	if err := w.ledger.Confirm(w.t.Context(), plan.Entry{
		Sub: sub, Username: u.Username, ObservedAt: time.Now(), DeliveredAt: time.Now(), Fingerprint: directory.Fingerprint{1},
	}); err != nil {
		w.t.Fatal(err)
	}
}
