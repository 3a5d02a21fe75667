package main

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/queue"
)

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

// TestSecondLook shows that a hint which one target has sent back is looked into like
// the event that it came from, and goes to that target alone.
func TestSecondLook(t *testing.T) {
	for _, tt := range []struct {
		name, target string
		want         int // changes on the target's queue
	}{
		{"for our target", "scim:ours", 1},
		{"for one that was taken away", "scim:former", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				sub := w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
				w.confirm(sub)
				written := time.Now()
				time.Sleep(time.Minute) // the test's own clock
				body, err := queue.Encode(directory.Change{
					ID: "c", Kind: directory.Changed, Sub: sub, Origin: directory.CloudTrail, Pool: cognitotest.ID,
					ObservedAt: written, WrittenAt: written, Again: tt.target,
				})
				if err != nil {
					t.Fatal(err)
				}
				if kept := w.handle(string(body)); kept != nil || len(w.postponed) > 0 {
					t.Errorf("kept %v and postponed %v, want it settled", kept, w.postponed)
				}
				if len(w.queued) != tt.want || w.pool.Calls("ListUsers") != tt.want {
					t.Fatalf("queued %+v after %d looks, want %d after as many", w.queued, w.pool.Calls("ListUsers"), tt.want)
				}
				for _, c := range w.queued {
					if c.Again != tt.target || c.User == nil || !c.ObservedAt.Equal(time.Now()) || !c.WrittenAt.Equal(written) {
						t.Errorf("queued %+v, want jane as she is now, for %s again", c, tt.target)
					}
				}
			})
		})
	}
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
		{"the ledger fails, which says whose jane is", func(w *world) { w.targets[0].ledger = failing{} }, 0, 1, "ledger is away"},
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
				queued := 2 - tt.kept - tt.postponed
				if len(kept) != tt.kept || len(w.postponed) != tt.postponed || len(w.queued) != queued {
					t.Errorf("%d kept, %d postponed, %d queued; want %d, %d and %d", len(kept), len(w.postponed), len(w.queued), tt.kept, tt.postponed, queued)
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
				e, err := w.ledger.Entry(t.Context(), sub)
				if err != nil || len(w.queued) != 1 || !e.LeavingAt.Equal(w.queued[0].ObservedAt.Truncate(time.Millisecond)) {
					t.Errorf("the ledger holds %+v, %v, and the queue %+v; want one change, and the mark with its age", e, err, w.queued)
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
