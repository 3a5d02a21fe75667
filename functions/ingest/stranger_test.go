package main

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

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
