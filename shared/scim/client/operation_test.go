package client_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
)

// TestOperations shows the operations by which a user comes to be as in the pool, where
// somebody has changed them at the service.
func TestOperations(t *testing.T) {
	entry := func(kind, value string, more ...any) map[string]any {
		e := map[string]any{"type": kind, "value": value}
		for i := 0; i < len(more); i += 2 {
			e[more[i].(string)] = more[i+1]
		}
		return e
	}
	entries := func(all ...any) []any { return all }
	const addresses, janes = "emails", "jane@example.com"
	for _, tt := range []struct {
		name      string
		profile   scim.Profile
		behaviour scimtest.Behaviour
		edit      func(user map[string]any)
		want      []any
	}{
		{"nothing", scim.Generic, scimtest.Behaviour{}, func(map[string]any) {}, nil},
		{"what we do not own", scim.Generic, scimtest.Behaviour{}, func(u map[string]any) { u["title"] = "Boss" }, nil},
		{"another entry", scim.Generic, scimtest.Behaviour{}, func(u map[string]any) {
			u[addresses] = append(u[addresses].([]any), entry("home", "home@example.com"))
		}, nil},
		{"a name that the service derives", scim.Generic, scimtest.Behaviour{}, func(u map[string]any) { u["nickName"] = "J" },
			[]any{map[string]any{"op": "remove", "path": "nickName"}}},
		{"a value", scim.Generic, scimtest.Behaviour{}, func(u map[string]any) { u["locale"] = "de-DE" },
			[]any{map[string]any{"op": "replace", "path": "locale", "value": "en-US"}}},
		{"no value", scim.Generic, scimtest.Behaviour{}, func(u map[string]any) { delete(u, "locale") },
			[]any{map[string]any{"op": "add", "path": "locale", "value": "en-US"}}},
		{"a value of the entry", scim.Generic, scimtest.Behaviour{}, func(u map[string]any) { u[addresses] = entries(entry("work", "x@example.com")) },
			[]any{map[string]any{"op": "replace", "path": `emails[type eq "work"].value`, "value": janes}}},
		{"no entry", scim.Generic, scimtest.Behaviour{}, func(u map[string]any) { delete(u, addresses) },
			[]any{map[string]any{"op": "add", "path": addresses, "value": entries(entry("work", janes, "primary", true))}}},
		{"an entry without its type", scim.Generic, scimtest.Behaviour{}, func(u map[string]any) { u[addresses] = entries(map[string]any{"value": janes}) }, nil},
		{"no entry, and another is the primary one", scim.Generic, scimtest.Behaviour{}, func(u map[string]any) {
			u[addresses] = entries(entry("home", "home@example.com", "primary", true))
		}, []any{map[string]any{"op": "add", "path": addresses, "value": entries(entry("work", janes))}}},
		{"an extension that is not ours", scim.Generic, scimtest.Behaviour{}, func(u map[string]any) {
			u["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] = map[string]any{"department": "Sales"}
		}, nil},
		{"a whole list", scim.OCI, scimtest.OCI, func(u map[string]any) {
			u[addresses] = entries(entry("work", "x@example.com", "primary", true), entry("home", "home@example.com"))
		}, []any{map[string]any{"op": "replace", "path": addresses, "value": entries(
			entry("work", janes, "primary", true), entry("home", "home@example.com"))}}},
		{"a whole list, with another address for recovery", scim.OCI, scimtest.OCI, func(u map[string]any) {
			u[addresses] = entries(entry("work", "x@example.com", "primary", true), entry("recovery", "home@example.com"))
		}, []any{map[string]any{"op": "replace", "path": addresses, "value": entries(
			entry("work", janes, "primary", true), entry("recovery", "home@example.com"))}}},
		{"a whole list of one", scim.IdentityCenter, scimtest.IdentityCenter, func(u map[string]any) {
			u[addresses] = entries(entry("home", "home@example.com", "primary", true))
		}, []any{map[string]any{"op": "replace", "path": addresses, "value": entries(entry("work", janes, "primary", true))}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, tt.behaviour)
			c := connect(t, s.URL, tt.profile)
			remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
			s.Edit(remote.ID, tt.edit)
			s.Forget()
			deliver(t, c, changed(janeDoe(), remote))
			if diff := cmp.Diff(tt.want, patched(t, s)); diff != "" {
				t.Errorf("operations: -want +got\n%s", diff)
			}
		})
	}
}

// patched returns the operations of all PATCH requests.
func patched(t *testing.T, s *scimtest.Server) []any {
	t.Helper()
	var all []any
	for _, r := range s.Requests() {
		if r.Method != http.MethodPatch {
			continue
		}
		var body struct{ Operations []any }
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Fatal(err)
		}
		all = append(all, body.Operations...)
	}
	return all
}

// TestRemovals shows what is taken away when the pool has it no more: an entry as a whole,
// and no name that services make up from others.
func TestRemovals(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	c := connect(t, s.URL, scim.Generic)
	remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
	s.Forget()
	deliver(t, c, changed(janeDoe(with("email", ""), with("name", ""), with("given_name", "")), remote))
	want := []any{
		map[string]any{"op": "remove", "path": "name.givenName"},
		map[string]any{"op": "remove", "path": `emails[type eq "work"]`},
	}
	if diff := cmp.Diff(want, patched(t, s)); diff != "" {
		t.Errorf("operations: -want +got\n%s", diff)
	}
}

// TestPutKeepsWhatIsNotOurs shows a replacement of a user whom others have changed.
func TestPutKeepsWhatIsNotOurs(t *testing.T) {
	s := start(t, scimtest.Behaviour{NoPatch: true})
	c := connect(t, s.URL, scim.Generic, client.WithClaims(unclaimed))
	remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
	s.Edit(remote.ID, func(u map[string]any) { u["title"] = "Boss" })
	s.Forget()
	deliver(t, c, changed(janeDoe(with("locale", "")), remote))
	is := s.Users()[0].Content
	if is["title"] != "Boss" || is["locale"] != nil || is["displayName"] != "Jane Doe" {
		t.Errorf("the service holds %v, want a title, a name and no locale", is)
	}
	for _, r := range s.Requests() {
		var body map[string]any
		if r.Method == http.MethodPut && (json.Unmarshal(r.Body, &body) != nil || body["meta"] != nil || body["groups"] != nil) {
			t.Errorf("what the service alone writes is sent back: %s", r.Body)
		}
	}
}
