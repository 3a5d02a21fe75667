package client_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
)

// unclaimed says of every delivery that nobody can have created the user.
func unclaimed(reconcile.Delivery) bool { return false }

// TestClaims shows what a creation asks of a service when nobody can have created the user
// before, and when somebody may have; and what whoever is found counts as.
func TestClaims(t *testing.T) {
	for _, tt := range []struct {
		name      string
		behaviour scimtest.Behaviour
		there     string
		claimed   bool
		fault     scimtest.Fault // of the first creation
		want      string         // the requests
		note      string
	}{
		{"nobody can have", scimtest.Behaviour{}, "", false, nil, "POST", "created"},
		{"somebody may have", scimtest.Behaviour{}, "", true, nil, "GET POST", "created"},
		{"somebody has", scimtest.Behaviour{}, linkedTo(sub, true), true, nil, "GET PATCH", "created"},
		{"somebody else has", scimtest.Behaviour{}, linkedTo(sub, true), false, nil, "POST GET PATCH", "adopted"},
		{"our answer is lost", scimtest.Behaviour{}, "", false, scimtest.LoseAnswer(), "POST GET", "created"},
		{"names are not unique there", scimtest.Behaviour{SameNames: true}, linkedTo(sub, true), false, nil, "GET PATCH", "adopted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, tt.behaviour)
			if tt.there != "" {
				s.Add(tt.there)
			}
			s.Decide(on(http.MethodPost, tt.fault))
			p := scim.Generic
			p.SameNames = tt.behaviour.SameNames
			c := connect(t, s.URL, p, client.WithClaims(func(reconcile.Delivery) bool { return tt.claimed }))
			remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
			var methods []string
			for _, r := range s.Requests() {
				methods = append(methods, r.Method)
			}
			if got := strings.Join(methods, " "); got != tt.want || remote.Note != tt.note || len(s.Users()) != 1 {
				t.Errorf("asked %s, and the ledger keeps %+v; want %s, and %s; the service holds %d users", got, remote, tt.want, tt.note, len(s.Users()))
			}
		})
	}
}

// TestLeaverWithoutTrace shows that somebody whom nobody claims and nobody created is let
// go, and not disabled, although they carry our identifier.
func TestLeaverWithoutTrace(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	s.Add(linkedTo(sub, true))
	deliver(t, connect(t, s.URL, scim.Generic, client.WithClaims(unclaimed)), gone(reconcile.Remote{}))
	if u := s.Users()[0]; !u.Active || u.ExternalID != "" {
		t.Errorf("the user is now %+v, want them active, and without our identifier", u)
	}
}

// TestRefusedAfterCreation refuses everything once a creation may have taken effect. That
// may not count as a refusal alone: the claim would end, and the next delivery would take
// our own account for somebody else's.
func TestRefusedAfterCreation(t *testing.T) {
	for _, tt := range []struct {
		name     string
		creation scimtest.Fault
		then     scimtest.Fault
		want     reconcile.Verdict
	}{
		{"the answer is lost, and then the key is refused", scimtest.LoseAnswer(), scimtest.Fail(401, ""), reconcile.Unavailable},
		{"the answer is lost, and then we are too fast", scimtest.LoseAnswer(), scimtest.Throttle("60"), reconcile.Unavailable},
		{"the key is refused at once", scimtest.Fail(401, ""), scimtest.Fail(401, ""), reconcile.Unauthorized},
		{"we are too fast at once", scimtest.Throttle("60"), scimtest.Throttle("60"), reconcile.Throttled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, scimtest.Behaviour{})
			created := false
			s.Decide(func(r scimtest.Request) scimtest.Fault {
				switch {
				case created:
					return tt.then
				case r.Method == http.MethodPost:
					created = true
					return tt.creation
				}
				return nil
			})
			c := connect(t, s.URL, scim.Generic, client.WithBackoff(atOnce))
			_, err := c.Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{}))
			if got := reconcile.VerdictOf(err); got != tt.want {
				t.Errorf("Deliver error = %v, which is %s; want %s", err, got, tt.want)
			}
		})
	}
}
