package client_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
	"github.com/poolsync/poolsync/shared/scim/scimtest/reference"
)

// service is one to deliver to.
type service struct {
	name    string
	profile scim.Profile
	base    func(t *testing.T) string
}

func standIn(b scimtest.Behaviour) func(*testing.T) string {
	return func(t *testing.T) string { return start(t, b).URL }
}

// services are the reference, and the stand-in with each difference that services have.
func services() []service {
	ref := func(kind string) func(*testing.T) string {
		return func(t *testing.T) string { return reference.ForTest(t, kind) }
	}
	return []service{
		{"scim2-server", scim.Generic, ref("")},
		{"scim2-server without PATCH", scim.Generic, ref("put")},
		{"scim2-server, whole lists", scim.IdentityCenter, ref("")},
		{"the stand-in", scim.Generic, standIn(scimtest.Behaviour{})},
		{"an identity domain", scim.OCI, standIn(scimtest.OCI)},
		{"an identity domain that answers 400", scim.OCI, standIn(func() scimtest.Behaviour { b := scimtest.OCI; b.Changer = 400; return b }())},
		{"IAM Identity Center", scim.IdentityCenter, standIn(scimtest.IdentityCenter)},
		{"no PATCH", scim.Generic, standIn(scimtest.Behaviour{NoPatch: true})},
		{"no PATCH, no versions", scim.Generic, standIn(scimtest.Behaviour{NoPatch: true, NoETag: true})},
		{"PATCH shows the user", scim.Generic, standIn(scimtest.Behaviour{PatchShows: true})},
		{"no location", scim.Generic, standIn(scimtest.Behaviour{NoLocation: true})},
		{"a relative location", scim.Generic, standIn(scimtest.Behaviour{RelativeLocation: true})},
		{"no body after a creation", scim.Generic, standIn(scimtest.Behaviour{NoBody: true})},
		{"neither body nor location", scim.Generic, standIn(scimtest.Behaviour{NoBody: true, NoLocation: true})},
		{"no type of errors", scim.Generic, standIn(scimtest.Behaviour{NoType: true})},
		{"a numeric status of errors", scim.Generic, standIn(scimtest.Behaviour{NumericStatus: true})},
		{"plain JSON", scim.Generic, standIn(scimtest.Behaviour{PlainJSON: true})},
		{"SCIM's media type only", scim.Generic, standIn(scimtest.Behaviour{OnlySCIM: true})},
		{"same names", scim.Generic, standIn(scimtest.Behaviour{SameNames: true})},
		{"unknown attributes ignored", scim.Generic, standIn(scimtest.Behaviour{IgnoreUnknown: true})},
		{"nothing loose", scim.Generic, standIn(scimtest.Behaviour{RefuseLoose: true})},
		{"names with case", scim.Generic, standIn(scimtest.Behaviour{NameHasCase: true})},
		{"few filters", scim.Generic, standIn(scimtest.Behaviour{Unfiltered: []string{"userName", "emails.value"}})},
		{"few filters, and everyone instead", scim.Generic, standIn(scimtest.Behaviour{Unfiltered: []string{"userName"}, Filtering: scimtest.Everyone})},
		{"small pages", scim.Generic, standIn(scimtest.Behaviour{PageSize: 1, ItemsAsked: true, FirstPageAgain: true})},
		{"nothing absent is removed", scim.Generic, standIn(scimtest.Behaviour{RefuseAbsent: true})},
	}
}

// TestLife lets a user come, change and go at every kind of service.
func TestLife(t *testing.T) {
	for _, s := range services() {
		t.Run(s.name, func(t *testing.T) {
			base := s.base(t)
			c := connect(t, base, s.profile)
			remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
			if remote.ID == "" || remote.Note != "created" {
				t.Fatalf("the ledger keeps %+v", remote)
			}
			expect(t, base, "created", true, "Jane", "jane@example.com")

			edited := janeDoe(with("given_name", "Janet"), with("email", "janet@example.com"), with("locale", ""), with("nickname", "J"))
			if again := deliver(t, c, changed(edited, remote)); again != remote {
				t.Errorf("after an edit the ledger keeps %+v, want %+v", again, remote)
			}
			expect(t, base, "edited", true, "Janet", "janet@example.com")
			is := show(t, base, sub)
			if is["nickName"] != "J" || is["locale"] != nil {
				t.Errorf("edited: nickName %v, locale %v; want J and none", is["nickName"], is["locale"])
			}

			deliver(t, c, changed(janeDoe(disabled), remote))
			expect(t, base, "disabled", false, "Jane", "jane@example.com")
			deliver(t, c, changed(janeDoe(), remote))
			expect(t, base, "enabled", true, "Jane", "jane@example.com")

			if left := deliver(t, c, gone(remote)); left != (reconcile.Remote{}) {
				t.Errorf("of a leaver the ledger keeps %+v", left)
			}
			expect(t, base, "a leaver", false, "Jane", "jane@example.com")
			c = connect(t, base, s.profile, client.WithLeavers(client.Delete))
			deliver(t, c, gone(remote))
			if is := show(t, base, sub); is != nil {
				t.Errorf("a deleted leaver is there: %v", is)
			}
			deliver(t, c, gone(remote)) // twice does no harm
		})
	}
}

// expect fails the test unless the service has the user so.
func expect(t *testing.T, base, when string, active bool, givenName, address string) {
	t.Helper()
	is := show(t, base, sub)
	name, _ := is["name"].(map[string]any)
	var addresses []any
	list, _ := is["emails"].([]any)
	for _, e := range list {
		if entry := e.(map[string]any); entry["type"] == "work" && entry["primary"] == true {
			addresses = append(addresses, entry["value"])
		}
	}
	got := []any{is["userName"], is["active"], name["givenName"], addresses}
	if diff := cmp.Diff([]any{"jane", active, givenName, []any{address}}, got); diff != "" {
		t.Errorf("%s: the service has another user: -want +got\n%s", when, diff)
	}
}

// TestAllThatIsSent pins a whole user, as a service holds one.
func TestAllThatIsSent(t *testing.T) {
	base := reference.ForTest(t, "")
	deliver(t, connect(t, base, scim.Generic), changed(janeDoe(), reconcile.Remote{}))
	want := map[string]any{
		"userName": "jane", "externalId": sub, "active": true, "displayName": "Jane Doe", "locale": "en-US",
		"name":         map[string]any{"givenName": "Jane", "familyName": "Doe", "formatted": "Jane Doe"},
		"emails":       []any{map[string]any{"type": "work", "value": "jane@example.com", "primary": true}},
		"phoneNumbers": []any{map[string]any{"type": "work", "value": "+15550100", "primary": true}},
	}
	if diff := cmp.Diff(want, without(show(t, base, sub))); diff != "" {
		t.Errorf("the service holds another user: -want +got\n%s", diff)
	}
}
