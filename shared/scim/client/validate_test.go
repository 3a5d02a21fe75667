package client_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
	"github.com/poolsync/poolsync/shared/scim/scimtest/reference"
)

// TestRequestsKeepToTheRFCs has scim2-models check every body that is sent in the life of
// a user, with every profile, by PATCH and by PUT.
func TestRequestsKeepToTheRFCs(t *testing.T) {
	department := scim.WithAttributes(map[string]string{
		"custom:department": scim.EnterpriseSchema + ":department", "custom:center": scim.EnterpriseSchema + ":costCenter",
	})
	var bodies bytes.Buffer
	kinds := map[string]int{}
	for _, tt := range []struct {
		profile   scim.Profile
		behaviour scimtest.Behaviour
	}{
		{scim.Generic, scimtest.Behaviour{}},
		{scim.Generic, scimtest.Behaviour{NoPatch: true}},
		{withoutExtension(scim.OCI), scimtest.OCI},
		{scim.IdentityCenter, scimtest.IdentityCenter},
	} {
		s := start(t, tt.behaviour)
		live(t, client.New(s.URL, client.Bearer(static(scimtest.Token)), tt.profile, mapping(t, tt.profile, department), client.WithAdoption(client.AdoptVerified)), s)
		for _, r := range s.Requests() {
			if len(r.Body) == 0 || r.Path[:6] != "/Users" || r.Status == http.StatusForbidden {
				continue
			}
			if r.Header.Get("Content-Type") != "application/scim+json" {
				t.Errorf("%s %s has content type %q", r.Method, r.Path, r.Header.Get("Content-Type"))
			}
			kinds[r.Method]++
			line, err := json.Marshal(map[string]any{"method": r.Method, "body": json.RawMessage(r.Body)})
			if err != nil {
				t.Fatal(err)
			}
			bodies.Write(append(line, '\n'))
		}
	}
	if kinds[http.MethodPost] < 4 || kinds[http.MethodPatch] < 10 || kinds[http.MethodPut] < 4 {
		t.Fatalf("so many requests were sent: %v; want all kinds", kinds)
	}
	problems, err := reference.Validate(t.Context(), &bodies)
	if err != nil {
		t.Fatal(err)
	}
	if problems != "" {
		t.Errorf("not as the RFCs have it:\n%s", problems)
	}
}

// withoutExtension leaves out Oracle's own attributes, which scim2-models does not know.
func withoutExtension(p scim.Profile) scim.Profile {
	p.Created = nil
	return p
}

// live has a user come, change in every way, and go; and adopts another.
func live(t *testing.T, c *client.Client, s *scimtest.Server) {
	s.Add(`{"userName":"joe","displayName":"Joe","name":{"givenName":"Joe","familyName":"Doe"},"emails":[{"type":"home","value":"joe@example.com","primary":true}]}`)
	joe := func(edits ...func(*directory.User)) directory.User {
		u := janeDoe(append([]func(*directory.User){with("email", "joe@example.com"), with("custom:center", "u-7")}, edits...)...)
		u.Sub, u.Username = other, "joe"
		return u
	}
	adopted := deliver(t, c, changed(joe(), reconcile.Remote{}))
	deliver(t, c, changed(joe(with("phone_number", ""), with("nickname", "J")), adopted))

	remote := deliver(t, c, changed(janeDoe(with("custom:department", "Sales")), reconcile.Remote{}))
	for _, edits := range [][]func(*directory.User){
		{with("custom:department", "Press"), with("custom:center", "u-7"), with("zoneinfo", "Europe/Berlin")},
		{with("email", "janet@example.com"), with("phone_number", ""), with("name", "Janet")},
		{with("phone_number", "+15550101"), with("given_name", ""), with("profile", "https://example.com/jane")},
		{disabled},
	} {
		deliver(t, c, changed(janeDoe(edits...), remote))
	}
	deliver(t, c, gone(remote))
	leaver := gone(adopted)
	leaver.Sub = other
	deliver(t, c, leaver)
}
