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
