package client_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
)

// on returns a function for [scimtest.Server.Decide] that lets a fault happen to the first
// requests of a method.
func on(method string, faults ...scimtest.Fault) func(scimtest.Request) scimtest.Fault {
	var mu sync.Mutex // guards faults
	return func(r scimtest.Request) scimtest.Fault {
		mu.Lock()
		defer mu.Unlock()
		if r.Method != method || len(faults) == 0 {
			return nil
		}
		fault := faults[0]
		faults = faults[1:]
		return fault
	}
}

// renamed is janeDoe with another full name.
func renamed(name string) directory.User { return janeDoe(with("name", name)) }

// TestLateChange has a change arrive after its sender has given up, and after a newer one:
// it does not undo that.
func TestLateChange(t *testing.T) {
	for _, b := range []scimtest.Behaviour{{}, {NoPatch: true}} {
		synctest.Test(t, func(t *testing.T) {
			s, transport := inMemory(t, b)
			c := connect(t, s.URL, scim.Generic, client.WithTransport(transport))
			remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
			if b.NoPatch {
				remote = deliver(t, c, changed(renamed("Jane"), remote)) // it learns to PUT
				s.Decide(on(http.MethodPut, scimtest.Delay(10*time.Second)))
			} else {
				s.Decide(on(http.MethodPatch, scimtest.Delay(10*time.Second)))
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := c.Deliver(ctx, changed(renamed("Jane Old"), remote)); verdict(err) != reconcile.Unavailable {
				t.Fatalf("Deliver = %v, want it unavailable", err)
			}
			deliver(t, c, changed(renamed("Jane New"), remote))
			time.Sleep(time.Minute)
			if got := s.Users()[0].Content["displayName"]; got != "Jane New" {
				t.Errorf("the service holds %q, want the newer name", got)
			}
		})
	}
}

// TestFenceOfAnotherKind shows that a service which takes every version for another one is
// told of a user all the same, without a fence.
func TestFenceOfAnotherKind(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	c := connect(t, s.URL, scim.Generic)
	remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
	s.Decide(func(r scimtest.Request) scimtest.Fault {
		if r.Header.Get("If-Match") == "" {
			return nil
		}
		return scimtest.Fail(412, "")
	})
	deliver(t, c, changed(renamed("Jane New"), remote))
	if got := s.Users()[0].Content["displayName"]; got != "Jane New" {
		t.Errorf("the service holds %q, want the new name", got)
	}
}

// TestLostCreation shows that a creation whose answer is of no use is looked up, and not
// sent again; and that whoever is found is ours.
func TestLostCreation(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault scimtest.Fault
	}{
		{"no answer", scimtest.LoseAnswer()},
		{"500", scimtest.FailAfter(500)},
		{"504", scimtest.FailAfter(504)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, scimtest.Behaviour{SameNames: true})
			s.Decide(on(http.MethodPost, tt.fault))
			remote := deliver(t, connect(t, s.URL, scim.Generic), changed(janeDoe(), reconcile.Remote{}))
			if users := s.Users(); len(users) != 1 || remote != (reconcile.Remote{ID: users[0].ID, Note: "created"}) {
				t.Errorf("the ledger keeps %+v, and the service holds %d users", remote, len(users))
			}
		})
	}
}

// TestPageIsNoSuccess shows that a page of HTML is no yes, whatever was asked for.
func TestPageIsNoSuccess(t *testing.T) {
	page := func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.Write([]byte("<html>welcome</html>")) }
	for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodDelete} {
		s := start(t, scimtest.Behaviour{})
		c := connect(t, s.URL, scim.Generic, client.WithLeavers(client.Delete))
		d := changed(janeDoe(), reconcile.Remote{})
		if method != http.MethodPost {
			d = changed(janeDoe(disabled), deliver(t, c, d))
		}
		if method == http.MethodDelete {
			d = gone(d.Held)
		}
		s.Decide(on(method, page, page, page, page))
		if _, err := c.Deliver(t.Context(), d); verdict(err) != reconcile.Unavailable {
			t.Errorf("%s: Deliver = %v, want it unavailable", method, err)
		}
	}
}

// TestGatewaysNotFound shows that a 404 which is not the service's own proves nobody gone.
func TestGatewaysNotFound(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	c := connect(t, s.URL, scim.Generic, client.WithLeavers(client.Delete))
	remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
	s.Decide(on(http.MethodDelete, scimtest.FailGateway(404)))
	deliver(t, c, gone(remote))
	if n := len(s.Users()); n != 0 {
		t.Errorf("the service holds %d users, want none: the deletion is to be tried again", n)
	}

	remote = deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
	s.Decide(func(scimtest.Request) scimtest.Fault { return scimtest.FailGateway(404) })
	if _, err := c.Deliver(t.Context(), gone(remote)); verdict(err) != reconcile.Unavailable {
		t.Errorf("Deliver = %v, want it unavailable", err)
	}
	if _, err := c.Deliver(t.Context(), changed(renamed("Jane New"), remote)); verdict(err) != reconcile.Unavailable {
		t.Errorf("Deliver = %v, want it unavailable", err)
	}
}

// TestUnchangedCostsALook shows what a delivery asks of the service.
func TestUnchangedCostsALook(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	c := connect(t, s.URL, scim.Generic)
	var remote reconcile.Remote
	for _, tt := range []struct {
		name string
		d    func() reconcile.Delivery
		want string
	}{
		{"creation", func() reconcile.Delivery { return changed(janeDoe(), remote) }, "GET POST"},
		{"nothing new", func() reconcile.Delivery { return changed(janeDoe(), remote) }, "GET"},
		{"a change", func() reconcile.Delivery { return changed(renamed("Jane New"), remote) }, "GET PATCH"},
		{"a leaver", func() reconcile.Delivery { return gone(remote) }, "GET PATCH"},
		{"a leaver again", func() reconcile.Delivery { return gone(remote) }, "GET"},
	} {
		s.Forget()
		if got := deliver(t, c, tt.d()); got.ID != "" {
			remote = got
		}
		var methods []string
		for _, r := range s.Requests() {
			methods = append(methods, r.Method)
		}
		if got := strings.Join(methods, " "); got != tt.want {
			t.Errorf("%s asks %s, want %s", tt.name, got, tt.want)
		}
	}
}

// pauses is a pacer that notes what it is told.
type pauses struct {
	turns int
	rests []time.Duration
	left  int   // turns before it fails
	err   error // how it fails, if it does
}

func (p *pauses) Wait(context.Context) error {
	if p.turns++; p.turns > p.left {
		return p.err
	}
	return nil
}

func (p *pauses) Backoff(d time.Duration) { p.rests = append(p.rests, d) }

// TestPacer shows that every request waits for its turn, and who rests for how long.
func TestPacer(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault scimtest.Fault
		want  []time.Duration
	}{
		{"throttled", scimtest.Throttle("30"), []time.Duration{30 * time.Second}},
		{"throttled for a day", scimtest.Throttle("86400"), []time.Duration{15 * time.Minute}},
		{"throttled without a time", scimtest.Throttle(""), []time.Duration{time.Second}},
		{"one user refused", scimtest.Fail(400, "invalidValue"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, scimtest.Behaviour{})
			s.Decide(on(http.MethodPost, tt.fault))
			p := &pauses{}
			connect(t, s.URL, scim.Generic, client.WithPacer(p)).Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{}))
			if len(p.rests) != len(tt.want) || len(tt.want) > 0 && p.rests[0] != tt.want[0] {
				t.Errorf("everybody rests for %v, want %v", p.rests, tt.want)
			}
			if p.turns != len(s.Requests()) {
				t.Errorf("%d turns for %d requests", p.turns, len(s.Requests()))
			}
		})
	}
	s := start(t, scimtest.Behaviour{})
	_, err := connect(t, s.URL, scim.Generic, client.WithPacer(&pauses{err: errTest})).Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{}))
	if verdict(err) != reconcile.Throttled || len(s.Requests()) > 0 {
		t.Errorf("without a turn: Deliver = %v after %d requests", err, len(s.Requests()))
	}
	// Of the service it says nothing that there was no turn for another attempt.
	s.Next(scimtest.Fail(503, ""))
	_, err = connect(t, s.URL, scim.Generic, client.WithPacer(&pauses{left: 1, err: errTest})).Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{}))
	if verdict(err) != reconcile.Unavailable {
		t.Errorf("without a second turn: Deliver = %v, want what the first attempt brought", err)
	}
}

// TestAttempts shows how often and at what times a failing service is tried.
func TestAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := inMemory(t, scimtest.Behaviour{})
		s.Decide(func(scimtest.Request) scimtest.Fault { return scimtest.Fail(503, "") })
		doubling := func(attempt int) time.Duration { return time.Second << (attempt - 1) }
		c := connect(t, s.URL, scim.Generic, client.WithTransport(transport), client.WithBackoff(doubling))
		began := time.Now()
		if _, err := c.Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{})); verdict(err) != reconcile.Unavailable {
			t.Errorf("Deliver = %v, want it unavailable", err)
		}
		var at []time.Duration
		for _, r := range s.Requests() {
			at = append(at, r.Time.Sub(began))
		}
		if len(at) != 4 || at[1] != time.Second || at[2] != 3*time.Second || at[3] != 7*time.Second {
			t.Errorf("tried at %v, want at 0, 1, 3 and 7 s", at)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		s.Forget()
		c.Deliver(ctx, changed(janeDoe(), reconcile.Remote{}))
		if n := len(s.Requests()); n != 1 {
			t.Errorf("%d tries although the deadline comes before the second", n)
		}
	})
}
