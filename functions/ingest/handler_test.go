package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cloudtrail"
	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/queue"
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
		decoder: decoder, poolID: cognitotest.ID, pool: cognito.New(w.pool, cognitotest.ID, cognito.ListRate(2.5)), ledger: w.ledger,
		clients: cognito.NewAppClients(w.pool, cognitotest.ID), strangers: newStrangers(),
		targets: w, postponer: w, log: slog.New(slog.NewTextHandler(&w.logged, nil)), out: &w.metrics,
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

// TestUsersAreReadOnce shows what becomes of an event about one user.
func TestUsersAreReadOnce(t *testing.T) {
	for _, tt := range []struct {
		name  string
		event string
		act   func(w *world, sub string) // what has happened
		want  directory.Kind             // of the change on the targets' queue; "" for none
		gone  bool
		calls map[string]int // of the pool
	}{
		{"a user who is there", "AdminUpdateUserAttributes", nil, directory.Changed, false, map[string]int{"ListUsers": 1}},
		{"by their own doing", "UpdateUserAttributes", nil, directory.Changed, false, map[string]int{"ListUsers": 1}},
		{"through one of our clients", "SignUp", nil, directory.Changed, false, map[string]int{"ListUsers": 1, "ListUserPoolClients": 1}},
		{"deleted, and known to the ledger", "AdminDeleteUser", func(w *world, sub string) { w.confirm(sub); w.pool.Delete(sub) },
			directory.Removed, true, map[string]int{"AdminGetUser": 1}},
		{"deleted, but spoken of as changed", "AdminUpdateUserAttributes", func(w *world, sub string) { w.confirm(sub); w.pool.Delete(sub) },
			directory.Removed, true, map[string]int{"ListUsers": 1, "AdminGetUser": 1}},
		{"spoken of as deleted, but there", "AdminDeleteUser", func(w *world, sub string) { w.confirm(sub) },
			directory.Changed, false, map[string]int{"ListUsers": 1, "AdminGetUser": 1}},
		{"deleted before anybody knew", "AdminDeleteUser", func(w *world, sub string) { w.pool.Delete(sub) }, "", false, map[string]int{"ListUsers": 1}},
		{"failed", "failed-AdminDeleteUser", nil, "", false, map[string]int{}},
		{"in another pool", "other-pool-AdminDisableUser", nil, "", false, map[string]int{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				sub := w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
				if tt.act != nil {
					tt.act(w, sub)
				}
				time.Sleep(time.Second) // the test's own clock
				body := strings.ReplaceAll(w.fixture(tt.event, sub), "1example23456789", "ours")
				written := time.Now()
				time.Sleep(5 * time.Second)
				if kept := w.handle(body); kept != nil {
					t.Errorf("kept %v", kept)
				}
				if diff := cmp.Diff(tt.calls, w.pool.AllCalls()); diff != "" {
					t.Errorf("calls of the pool: -want +got\n%s", diff)
				}
				if tt.want == "" {
					if len(w.queued) > 0 {
						t.Errorf("queued %+v, want nothing", w.queued)
					}
					return
				}
				if len(w.queued) != 1 {
					t.Fatalf("queued %+v, want one change", w.queued)
				}
				got := w.queued[0]
				if got.Kind != tt.want || got.Gone != tt.gone || (got.User == nil) != tt.gone || got.Username != "jane" {
					t.Errorf("queued %+v, want jane %s, gone %t", got, tt.want, tt.gone)
				}
				if got.Pool != cognitotest.ID {
					t.Errorf("queued for pool %q, want ours", got.Pool)
				}
				if !got.WrittenAt.Equal(written.Truncate(time.Second)) || !got.ObservedAt.After(written) {
					t.Errorf("written %v, observed %v: want the event's time, and when the user was read", got.WrittenAt, got.ObservedAt)
				}
			})
		})
	}
}

// TestBatchReadsEachUserOnce shows that all that a batch says of a user costs one look.
func TestBatchReadsEachUserOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		jane, joe := w.pool.Add("jane", nil), w.pool.Add("joe", nil)
		early := w.fixture("AdminUpdateUserAttributes", jane)
		time.Sleep(10 * time.Second)
		late := w.fixture("AdminDisableUser", jane)
		last := time.Now()
		w.handle(late, early, w.fixture("AdminEnableUser", joe), w.fixture("UpdateUserAttributes", jane))
		if got := w.pool.Calls("ListUsers"); got != 2 || len(w.queued) != 2 {
			t.Errorf("%d calls for %d changes, want 2 for 2", got, len(w.queued))
		}
		for _, c := range w.queued {
			if !c.WrittenAt.Equal(last.Truncate(time.Second)) {
				t.Errorf("%s was written at %v, want the last event's time", c.Username, c.WrittenAt)
			}
		}
	})
}

// TestProvidersChangesPass shows that what says itself what the pool holds is passed on
// as it is, without a look.
func TestProvidersChangesPass(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		sub := w.pool.Add("jane", nil)
		u, _ := w.pool.User(sub)
		changes := []directory.Change{
			{ID: "1", Kind: directory.Changed, Origin: directory.Webhook, Sub: sub, Username: "jane", ObservedAt: time.Now().UTC(), By: "userhub", User: &u},
			{ID: "2", Kind: directory.Removed, Origin: directory.Webhook, Sub: nobody, Username: "joe", ObservedAt: time.Now().UTC(), By: "userhub", Gone: true},
		}
		var bodies []string
		for _, c := range changes {
			body, err := queue.Encode(c)
			if err != nil {
				t.Fatal(err)
			}
			bodies = append(bodies, string(body))
		}
		w.handle(bodies...)
		slices.SortFunc(w.queued, func(a, b directory.Change) int { return strings.Compare(a.ID, b.ID) })
		if diff := cmp.Diff(changes, w.queued); diff != "" {
			t.Errorf("queued: -want +got\n%s", diff)
		}
		if calls := w.pool.AllCalls(); len(calls) > 0 {
			t.Errorf("the pool was asked %v", calls)
		}
	})
}

// TestListingLag shows that a user of our pool who is in nobody's books yet is looked at
// again for a minute.
func TestListingLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		sub := w.pool.Add("jane", nil)
		w.pool.Hide(sub)
		body := w.fixture("AdminCreateUser", sub)
		time.Sleep(10 * time.Second)
		w.handle(body)
		if w.postponed[body] == 0 || len(w.queued) > 0 {
			t.Errorf("postponed %v, queued %v; want another look", w.postponed, w.queued)
		}
		clear(w.postponed)
		time.Sleep(time.Minute)
		w.handle(body)
		if len(w.postponed) > 0 || len(w.queued) > 0 {
			t.Errorf("a minute later: postponed %v, queued %v; want neither", w.postponed, w.queued)
		}
		clear(w.postponed)
		w.confirm(sub) // one whom the ledger knows exists, and will be listed
		w.handle(body)
		if w.postponed[body] == 0 {
			t.Error("one who exists, and is not listed, is given up")
		}
	})
}

// TestSignUpThroughOurClientIsLookedAtAgain shows that who acts through one of our app
// clients is one of ours, even if nobody lists or knows them yet.
func TestSignUpThroughOurClientIsLookedAtAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		sub := w.pool.Add("jane", nil)
		w.pool.Hide(sub)
		body := strings.ReplaceAll(w.fixture("SignUp", sub), "1example23456789", "ours")
		w.handle(body)
		if w.postponed[body] == 0 {
			t.Error("one who is not listed yet is given up")
		}
		w.pool.Show(sub)
		w.handle(body)
		if len(w.queued) != 1 {
			t.Errorf("queued %v, want jane", w.queued)
		}
	})
}

// TestStrangersCostNextToNothing shows what a hundred people of other pools who act for
// themselves cost, again and again: a look each, once, and none where an app client
// says whose they are.
func TestStrangersCostNextToNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for round := range 10 {
			for i := range 10 {
				var byToken, byClient []string
				for j := range 10 {
					sub := fmt.Sprintf("00000000-0000-4000-8000-%012x", 10*i+j)
					byToken = append(byToken, w.fixture("UpdateUserAttributes", sub))
					byClient = append(byClient, w.fixture("SignUp", fmt.Sprintf("00000001-0000-4000-8000-%012x", 100*round+10*i+j)))
				}
				time.Sleep(10 * time.Second)
				w.handle(byToken...)
				w.handle(byClient...)
			}
		}
		if got := w.pool.Calls("ListUsers"); got > 100 {
			t.Errorf("%d look-ups for 100 strangers and 1,000 sign-ups elsewhere, want 100 at most", got)
		}
		if got, most := w.pool.Calls("ListUserPoolClients"), 20; got > most {
			t.Errorf("%d lists of app clients in a quarter of an hour, want %d at most", got, most)
		}
		if len(w.queued)+len(w.postponed) > 0 {
			t.Errorf("queued %d and postponed %d, want none", len(w.queued), len(w.postponed))
		}
	})
}

// TestCrowdOfStrangers shows that more strangers than can be looked at keep neither the
// queue nor our own people waiting: some are skipped, and counted.
func TestCrowdOfStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		jane := w.pool.Add("jane", nil)
		w.confirm(jane)
		start := time.Now()
		for i := range 20 {
			var batch []string
			for j := range 9 {
				batch = append(batch, w.fixture("UpdateUserAttributes", fmt.Sprintf("00000000-0000-4000-8000-%012x", 10*i+j)))
			}
			w.handle(append(batch, w.fixture("UpdateUserAttributes", jane))...)
		}
		if len(w.queued) != 20 || len(w.postponed) != 0 {
			t.Errorf("queued %d of jane's 20 changes, and postponed %d, want 20 and 0", len(w.queued), len(w.postponed))
		}
		if got, most := time.Since(start), 20*6*time.Second; got > most {
			t.Errorf("20 batches took %v of the test's clock, want at most %v", got, most)
		}
		if !strings.Contains(w.metrics.String(), `"EventsSkipped":`) {
			t.Error("nothing says that events were skipped")
		}
	})
}

// TestCrowdDoesNotGrow shows that strangers who have waited on the queue for long are
// skipped at once, and our own people are not.
func TestCrowdDoesNotGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		jane, joe := w.pool.Add("jane", nil), w.pool.Add("joe", nil)
		w.confirm(jane)
		sent := fmt.Sprint(time.Now().UnixMilli())
		var batch events.SQSEvent
		for i, body := range []string{
			w.fixture("UpdateUserAttributes", jane), w.fixture("AdminDisableUser", joe),
			w.fixture("UpdateUserAttributes", "00000000-0000-4000-8000-000000000001"),
		} {
			batch.Records = append(batch.Records, events.SQSMessage{
				MessageId: fmt.Sprint(i), Body: body, Attributes: map[string]string{"SentTimestamp": sent},
			})
		}
		time.Sleep(crowded + time.Second) // the test's own clock
		if _, err := w.Handle(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if got := w.pool.Calls("ListUsers"); got != 2 || len(w.queued) != 2 {
			t.Errorf("%d look-ups for %d changes, want 2 for the 2 of ours", got, len(w.queued))
		}
		if !strings.Contains(w.metrics.String(), `"EventsSkipped":1`) {
			t.Errorf("metrics %s do not count the one that was skipped", w.metrics.String())
		}
	})
}

// TestNewUserIsNoStrangerForLong shows that one of ours who was taken for a stranger
// counts as ours as soon as the ledger knows them.
func TestNewUserIsNoStrangerForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		sub := w.pool.Add("jane", nil)
		w.pool.Hide(sub)
		w.handle(w.fixture("UpdateUserAttributes", sub))
		w.pool.Show(sub)
		w.handle(w.fixture("UpdateUserAttributes", sub))
		if len(w.queued) != 0 {
			t.Fatal("the user was not taken for a stranger")
		}
		w.confirm(sub)
		w.handle(w.fixture("UpdateUserAttributes", sub))
		if len(w.queued) != 1 {
			t.Errorf("queued %v, want jane", w.queued)
		}
	})
}

// TestStrangersAreForgotten shows that the memory ends, and is bounded.
func TestStrangersAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStrangers()
		s.add("first")
		time.Sleep(time.Hour - time.Second)
		if !s.has("first") {
			t.Error("forgotten within the hour")
		}
		time.Sleep(time.Second)
		if s.has("first") {
			t.Error("remembered after an hour")
		}
		for i := range 3 * mostStrangers {
			s.add(fmt.Sprint(i))
			if got := len(s.met) + len(s.last); got > mostStrangers {
				t.Fatalf("%d are remembered, want at most %d", got, mostStrangers)
			}
		}
		if last := fmt.Sprint(3*mostStrangers - mostStrangers/2); !s.has(last) {
			t.Errorf("of the last %d some are forgotten", mostStrangers/2)
		}
	})
}

// TestNothingIsLost makes each thing fail that a batch needs: its messages come back.
func TestNothingIsLost(t *testing.T) {
	for _, tt := range []struct {
		name            string
		breaks          func(w *world)
		kept, postponed int
		log             string
	}{
		{"the pool throttles", func(w *world) { w.pool.Fail(func(cognitotest.Call) error { return cognitotest.Throttled() }) }, 0, 2, "throttled"},
		{"the pool refuses us", func(w *world) { w.pool.Fail(func(cognitotest.Call) error { return cognitotest.Denied() }) }, 0, 2, "AccessDenied"},
		{"the ledger fails", func(w *world) { w.handler.ledger = failing{} }, 0, 2, "ledger is away"},
		{"the targets' queue fails", func(w *world) { w.broken = errors.New("queue is away") }, 2, 0, "queue is away"},
		{"both queues hang", func(w *world) { w.hangs = true }, 2, 0, "deadline"},
		{"all at once", func(w *world) {
			w.hangs = true
			w.pool.Fail(func(cognitotest.Call) error { return cognitotest.Throttled() })
		}, 2, 0, "SQS keeps it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				jane, joe := w.pool.Add("jane", nil), w.pool.Add("joe", nil)
				w.confirm(jane)
				tt.breaks(w)
				kept := w.handle(w.fixture("UpdateUserAttributes", jane), w.fixture("AdminDisableUser", joe))
				if len(kept) != tt.kept || len(w.postponed) != tt.postponed || len(w.queued) != 0 {
					t.Errorf("%d kept, %d postponed, %d queued; want %d, %d and 0", len(kept), len(w.postponed), len(w.queued), tt.kept, tt.postponed)
				}
				if !strings.Contains(w.logged.String(), tt.log) {
					t.Errorf("log %s does not say %q", w.logged.String(), tt.log)
				}
			})
		})
	}
}

// failing is a ledger that cannot be read.
type failing struct{}

func (failing) Entry(context.Context, string) (plan.Entry, error) {
	return plan.Entry{}, errors.New("ledger is away")
}

func (failing) MarkLeaving(context.Context, string, time.Time) error {
	return errors.New("ledger is away")
}

// TestWhoIsGoneIsAnnounced shows that the ledger knows of a departure before the target
// can: a run in between misses nobody.
func TestWhoIsGoneIsAnnounced(t *testing.T) {
	for _, tt := range []struct {
		name string
		tell func(w *world, sub string) string
	}{
		{"by an event", func(w *world, sub string) string { return w.fixture("AdminDeleteUser", sub) }},
		{"by a provider", func(w *world, sub string) string {
			body, err := queue.Encode(directory.Change{
				ID: "1", Kind: directory.Removed, Origin: directory.Webhook, Sub: sub, Username: "jane", ObservedAt: time.Now(), By: "userhub", Gone: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			return string(body)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				sub := w.pool.Add("jane", nil)
				w.confirm(sub)
				w.pool.Delete(sub)
				body := tt.tell(w, sub)
				time.Sleep(time.Second) // the test's own clock
				w.handle(body)
				if e, err := w.ledger.Entry(t.Context(), sub); err != nil || e.LeavingAt.IsZero() || len(w.queued) != 1 {
					t.Errorf("the ledger holds %+v, %v, and %d changes are queued; want the mark, and one", e, err, len(w.queued))
				}
			})
		})
	}
}

// TestUnreadableMessagesAreKept shows that what nobody can read ends in the dead-letter
// queue, and is logged without what it says.
func TestUnreadableMessagesAreKept(t *testing.T) {
	w := newWorld(t)
	bodies := []string{"?", `{"v":7,"sub":"secret"}`, `{"detail-type":7,"detail":"secret"}`}
	if diff := cmp.Diff([]string{"0", "1", "2"}, w.handle(bodies...)); diff != "" {
		t.Errorf("kept: -want +got\n%s", diff)
	}
	if !strings.Contains(w.metrics.String(), `"MessagesUnreadable":3`) {
		t.Errorf("metrics %s do not count three", w.metrics.String())
	}
	if strings.Contains(w.logged.String(), "secret") {
		t.Errorf("the log repeats a message: %s", w.logged.String())
	}
}
