package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// faults are all the ways in which the stand-in can fail.
var faults = []userhubtest.Fault{
	userhubtest.Delay(3 * time.Second), userhubtest.Delay(15 * time.Second), userhubtest.Hang(),
	userhubtest.Throttle("1"), userhubtest.Throttle(""), userhubtest.ThrottlePlain("2"), userhubtest.ThrottlePlain(""),
	userhubtest.Fail(500, "INTERNAL"), userhubtest.Fail(503, "UNAVAILABLE"), userhubtest.Fail(401, "UNAUTHENTICATED"),
	userhubtest.FailPlain(502), userhubtest.Redirect("https://example.com/"), userhubtest.Reset(), userhubtest.LoseAnswer(),
}

// TestSoak sends 10,000 mixed changes, a tenth of them twice, out of order, through
// instances that are killed twenty times, to a UserHub that fails one request in
// twenty in every way it knows, forgets half of what it has only accepted, and looks
// at users unasked. At the end UserHub must have found every user as the pool has
// them, must know of every sign-in, and nothing may be lost or given up.
func TestSoak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		w.fault = func() userhubtest.Fault {
			if w.dice.roll(20) > 0 {
				return nil
			}
			return faults[w.dice.roll(len(faults))]
		}
		const changes = 10_000
		var kills []time.Duration
		for i := range 20 {
			kills = append(kills, time.Duration(i+1)*9*time.Second)
		}
		l := life{world: w, young: make(map[string]time.Time), signIns: make(map[string]int)}
		var living sync.WaitGroup
		living.Go(func() { // goes on while the changes are delivered
			for l.sent < changes {
				time.Sleep(20 * time.Millisecond)
				l.goOn()
			}
		})
		time.Sleep(time.Second)
		w.run(kills...)
		living.Wait()
		w.run()

		if diff := cmp.Diff(w.usersByName(), w.mirror); diff != "" {
			t.Errorf("pool and UserHub differ: -pool +UserHub\n%s", diff)
		}
		for sub, n := range l.signIns {
			if u, there := w.pool.User(sub); there && w.signed[u.Username] < n {
				t.Errorf("UserHub was told of %d of %d sign-ins of %s", w.signed[u.Username], n, sub)
			}
		}
		if len(w.queue.dead) > 0 {
			t.Errorf("%d messages in the dead-letter queue, want none: %s", len(w.queue.dead), w.queue.dead[0])
		}
		if l.again == 0 {
			t.Error("nobody was created again under the name of one who was deleted")
		}
		t.Logf("%d changes, %d users left of %d (%d under the name of another), %d requests to UserHub",
			l.sent, w.pool.Len(), len(l.subs), l.again, w.asked)
	})
}

// shortestLife is how long somebody stays who took a vacant name. One who comes and
// goes while a request about the former user is under way is seen by UserHub alone:
// see reconcile's deliverNamesake.
const shortestLife = time.Minute

// life is what happens in the pool, and what is told of it.
type life struct {
	*world
	subs    []string             // of everybody ever added
	vacant  []string             // the user names of those who were deleted
	young   map[string]time.Time // until when those who took a vacant name stay, by sub
	signIns map[string]int       // by sub
	sent    int                  // messages, without the repeated ones
	again   int                  // users who took a vacant name
}

// goOn lets one thing happen.
func (l *life) goOn() {
	pick := func() string { return l.subs[l.dice.roll(len(l.subs))] }
	switch n := l.dice.roll(100); {
	case len(l.subs) < 50 || n < 5:
		name, vacant := l.name()
		sub := l.add(name, map[string]string{"email": "someone@example.com"})
		l.subs = append(l.subs, sub)
		if vacant {
			l.again++
			l.young[sub] = time.Now().Add(shortestLife)
		}
		l.tell(event("AdminCreateUser", sub, ""))
	case n < 8:
		sub := pick()
		if u, there := l.pool.User(sub); there && time.Now().After(l.young[sub]) && l.pool.Delete(sub) {
			l.vacant = append(l.vacant, u.Username)
			l.tell(event("AdminDeleteUser", sub, ""))
		}
	case n < 30:
		sub := pick()
		if l.pool.Edit(sub, func(u *directory.User) { u.Attributes["name"] = fmt.Sprint("Name ", l.dice.roll(1e6)) }) {
			l.tell(event([]string{"AdminUpdateUserAttributes", "UpdateUserAttributes"}[l.dice.roll(2)], sub, ""))
		}
	case n < 40:
		sub, enabled := pick(), l.dice.roll(2) == 0
		l.enable(sub, enabled)
		if l.dice.roll(3) == 0 {
			l.lookBySelf(sub)
			l.enable(sub, !enabled)
		}
	case n < 45:
		l.tell(event("AdminAddUserToGroup", pick(), ""))
	default:
		sub := pick()
		if u, there := l.pool.User(sub); there && u.Enabled {
			l.signIns[sub]++
			l.send(l.trigger(directory.SignIn, sub))
		}
	}
}

// enable enables or disables a user.
func (l *life) enable(sub string, enabled bool) {
	if l.pool.Edit(sub, func(u *directory.User) { u.Enabled = enabled }) {
		l.tell(event(map[bool]string{true: "AdminEnableUser", false: "AdminDisableUser"}[enabled], sub, ""))
	}
}

// lookBySelf has UserHub look at a user whom it was told of before, unasked.
func (l *life) lookBySelf(sub string) {
	if e, err := l.ledger.Entry(context.Background(), sub); err == nil && e.Delivered() {
		l.look(userhubtest.Request{ExternalID: e.Username})
	}
}

// name returns the user name of the next user: a new one, or that of somebody who
// was deleted a moment or a while ago.
func (l *life) name() (name string, vacant bool) {
	if len(l.vacant) == 0 || l.dice.roll(3) > 0 {
		return fmt.Sprint("user-", len(l.subs)), false
	}
	i := l.dice.roll(len(l.vacant))
	name = l.vacant[i]
	l.vacant = slices.Delete(l.vacant, i, i+1)
	return name, true
}

// send sends a message, which may overtake others by up to half a minute, and come
// twice.
func (l *life) send(body string) { l.sendBy(l.queue, body) }

// tell does the same with an event.
func (l *life) tell(body string) { l.sendBy(l.events, body) }

func (l *life) sendBy(q *sqsQueue, body string) {
	l.sent++
	q.send(body, time.Duration(l.dice.roll(30_000))*time.Millisecond)
	if l.dice.roll(10) == 0 {
		q.send(body, time.Duration(l.dice.roll(300_000))*time.Millisecond)
	}
}

// TestOutage takes UserHub away for longer than a message's receives would last.
func TestOutage(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault userhubtest.Fault
	}{
		{"unreachable", userhubtest.Reset()},
		{"hanging", userhubtest.Hang()},
		{"failing", userhubtest.FailPlain(503)},
		{"refusing the key", userhubtest.Fail(401, "UNAUTHENTICATED")},
		{"asking to come back later", userhubtest.Throttle("600")},
		{"asking to come back next week", userhubtest.Throttle("604800")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer w.close()
				const outage, users = 5 * time.Hour, 50
				if outage < 10*maxReceives*visibility {
					t.Fatal("the outage is no longer than the receives of a message last")
				}
				for i := range users {
					sub := w.add(fmt.Sprintf("user-%d", i), nil)
					w.queue.send(w.trigger(directory.SignIn, sub), 0)
				}
				down := true
				w.fault = func() userhubtest.Fault {
					if down {
						return tt.fault
					}
					return nil
				}
				asked, back := 0, time.Time{}
				time.AfterFunc(outage, func() {
					w.mu.Lock()
					down, asked, back = false, w.asked, time.Now()
					w.mu.Unlock()
				})
				w.run()
				if len(w.queue.dead) > 0 {
					t.Errorf("%d messages in the dead-letter queue, want none", len(w.queue.dead))
				}
				if diff := cmp.Diff(w.usersByName(), w.mirror); diff != "" {
					t.Errorf("pool and UserHub differ: -pool +UserHub\n%s", diff)
				}
				// Three instances, a probe a minute each, up to four tries a probe.
				if most := 3 * 4 * int(outage/time.Minute); asked > most {
					t.Errorf("UserHub was asked %d times in the outage, want at most %d", asked, most)
				}
				t.Logf("asked %d times in %v; all delivered %v after", asked, outage, time.Since(back).Round(time.Second))
			})
		})
	}
}

// TestOwnWrites shows that what UserHub wrote to the pool comes back as events and
// ends there: with one call for what it may not know, and none for the rest.
func TestOwnWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		sub := w.add("user", map[string]string{"email": "someone@example.com"})
		tell := func(operation, role string, want int) {
			t.Helper()
			before := w.asked
			for range 3 { // however often it comes
				time.Sleep(time.Minute) // on the test's clock
				w.events.send(event(operation, sub, role), 0)
				w.run()
			}
			if got := w.asked - before; got != want {
				t.Errorf("%s by %q, three times: %d requests to UserHub, want %d", operation, role, got, want)
			}
		}
		tell("AdminCreateUser", ownRole, 1)
		tell("AdminUpdateUserAttributes", ownRole, 0) // of what it has confirmed
		w.pool.Edit(sub, func(u *directory.User) { u.Attributes["name"] = "Edited there" })
		tell("AdminUpdateUserAttributes", ownRole, 1)
		w.pool.Edit(sub, func(u *directory.User) { u.Enabled = false })
		tell("AdminDisableUser", ownRole, 0)
		w.pool.Edit(sub, func(u *directory.User) { u.Enabled = true })
		tell("AdminEnableUser", ownRole, 1)
		w.pool.Delete(sub)
		tell("AdminDeleteUser", ownRole, 0)
		if e, _ := w.ledger.Entry(t.Context(), sub); !e.Removed {
			t.Errorf("the ledger holds %+v, want the removal", e)
		}
	})
}

// TestWritesOfOthers shows that a write of somebody else's, of which UserHub may have
// fetched a passing state, makes it look, and only once.
func TestWritesOfOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		sub := w.add("user", nil)
		w.queue.send(w.trigger(directory.SignUp, sub), 0)
		w.run()
		w.asked = 0
		time.Sleep(time.Minute) // on the test's clock
		news := event("AdminUpdateUserAttributes", sub, "")
		for range 3 {
			time.Sleep(time.Minute)
			w.events.send(news, 0)
			w.run()
		}
		if w.asked != 1 {
			t.Errorf("%d requests to UserHub for one event that came three times, want 1", w.asked)
		}
	})
}

// TestASlowQueueCountsASignInOnce has the trigger send one change three times.
func TestASlowQueueCountsASignInOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		defer w.close()
		sub := w.add("user", nil)
		change := w.trigger(directory.SignIn, sub)
		for range 3 {
			w.queue.send(change, 0)
		}
		w.run()
		if got := w.signed["user"]; got != 1 {
			t.Errorf("UserHub was told of %d sign-ins, want 1", got)
		}
	})
}
