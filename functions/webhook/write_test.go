package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub"
)

// What is off is UNIMPLEMENTED, and the pool is not even asked.
func TestSwitches(t *testing.T) {
	tests := []struct {
		name   string
		change func(*settings)
		on     string
	}{
		{"everything off", func(*settings) {}, ""},
		{"create", func(s *settings) { s.AllowCreate = true }, "users.create"},
		{"update", func(s *settings) { s.AllowUpdate = true }, "users.update"},
		{"delete", func(s *settings) { s.Deletion, s.HeaderSecret = "delete", headerARN }, "users.delete"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, action := range []string{"users.create", "users.update", "users.delete", "users.import"} {
				w := newWorld(cognitotest.New())
				w.pool.Add("jane", nil)
				tt.change(&w.settings)
				got, _ := call(t, w.handler(), action, `{"id":"jane","displayName":"Jane"}`)
				if off := got == "501 UNIMPLEMENTED"; off == (action == tt.on) {
					t.Errorf("%s: got %s, want it off unless it is %q", action, got, tt.on)
				}
				if calls := w.pool.AllCalls(); action != tt.on && len(calls) != 0 {
					t.Errorf("%s: calls %v, want none", action, calls)
				}
			}
		})
	}
}

// TestSwitchNeedsItsRow has each switch by itself do all that it allows, and compares
// its calls to Cognito with the table of the role's permissions in
// infra/docs/webhook.md. The tests of infra compare the roles with the same rows.
func TestSwitchNeedsItsRow(t *testing.T) {
	document, err := os.ReadFile("../../infra/docs/webhook.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*settings)
		row    string // a part of it
	}{
		{"everything off", func(*settings) {}, "| - | %s |"},
		{"create", func(s *settings) { s.AllowCreate = true }, "| `create` | %s |"},
		{"update", func(s *settings) { s.AllowUpdate = true }, "| `update` | %s |"},
		{"disable", func(s *settings) { s.Deletion, s.HeaderSecret = "disable", headerARN }, "| `delete`: `disable` or `delete` | %s or "},
		{"delete", func(s *settings) { s.Deletion, s.HeaderSecret = "delete", headerARN }, " or %s |"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(cognitotest.New())
				w.pool.Add("jane", nil)
				tt.change(&w.settings)
				h := w.handler()
				for _, request := range []struct{ action, body string }{
					{"users.list", `{}`},
					{"users.get", `{"id":"nobody"}`},
					{"users.create", `{"id":"joe","email":"joe@example.com","disabled":true}`},
					{"users.update", `{"id":"jane","displayName":"Jane","disabled":true}`},
					{"users.update", `{"id":"jane","disabled":false}`},
					{"users.delete", `{"id":"jane"}`},
				} {
					call(t, h, request.action, request.body)
				}
				var actions []string
				for _, action := range slices.Sorted(maps.Keys(w.pool.AllCalls())) {
					if tt.name == "everything off" || action != "ListUsers" && action != "AdminGetUser" {
						actions = append(actions, "`"+action+"`")
					}
				}
				row := fmt.Sprintf(tt.row, strings.Join(actions, ", "))
				if !strings.Contains(string(document), row) {
					t.Errorf("infra/docs/webhook.md has no row with %q", row)
				}
			})
		})
	}
}

func TestCreate(t *testing.T) {
	tests := []struct {
		name    string
		pool    []cognitotest.Option
		by      userhub.ExternalID
		invite  bool
		body    string
		fault   error
		want    string
		wantNew map[string]string // without sub
		invited int
	}{
		{name: "with a name", by: userhub.ByUsername, body: `{"id":"joe","displayName":"Joe Example","email":"joe@example.com","emailVerified":true}`, want: "200",
			wantNew: map[string]string{"name": "Joe Example", "email": "joe@example.com", "email_verified": "true"}},
		{name: "without a name", by: userhub.ByUsername, body: `{"id":"","displayName":"Joe","email":"","imageUrl":""}`, want: "200",
			wantNew: map[string]string{"name": "Joe"}},
		{name: "by sub", by: userhub.BySub, body: `{"phoneNumber":"+15555550100"}`, want: "200",
			wantNew: map[string]string{"phone_number": "+15555550100", "phone_number_verified": "false"}},
		{name: "with a sub", by: userhub.BySub, body: `{"id":"84e844c8-3041-70aa-1111-0123456789ab"}`, want: "400 INVALID_ARGUMENT"},
		{name: "who signs in by e-mail", pool: []cognitotest.Option{cognitotest.SignInWith("email")}, by: userhub.ByUsername,
			body: `{"email":"joe@example.com"}`, want: "200", wantNew: map[string]string{"email": "joe@example.com", "email_verified": "false"}},
		{name: "who would sign in by e-mail", pool: []cognitotest.Option{cognitotest.SignInWith("email")}, by: userhub.ByUsername,
			body: `{"displayName":"Joe"}`, want: "400 INVALID_ARGUMENT"},
		{name: "invited", by: userhub.ByUsername, invite: true, body: `{"id":"joe","email":"joe@example.com"}`, want: "200",
			wantNew: map[string]string{"email": "joe@example.com", "email_verified": "false"}, invited: 1},
		{name: "disabled", by: userhub.ByUsername, invite: true, body: `{"id":"joe","disabled":true}`, want: "200", wantNew: map[string]string{}},
		{name: "name taken", by: userhub.ByUsername, body: `{"id":"jane"}`, want: "400 ALREADY_EXISTS"},
		{name: "e-mail taken", by: userhub.ByUsername, body: `{"id":"joe","email":"JANE@example.com"}`, want: "400 ALREADY_EXISTS"},
		{name: "alias taken", pool: []cognitotest.Option{cognitotest.Aliases("email")}, by: userhub.ByUsername,
			body: `{"id":"joe","email":"jane@example.com","emailVerified":true}`, want: "400 ALREADY_EXISTS"},
		{name: "name that the pool refuses", pool: []cognitotest.Option{cognitotest.Aliases("email")}, by: userhub.ByUsername,
			body: `{"id":"joe@example.com"}`, want: "400 INVALID_ARGUMENT"},
		{name: "throttled", by: userhub.ByUsername, body: `{"id":"joe"}`, fault: cognitotest.Throttled(), want: "429 RESOURCE_EXHAUSTED"},
		{name: "failing", by: userhub.ByUsername, body: `{"id":"joe"}`, fault: cognitotest.Internal(), want: "500 UNAVAILABLE"},
		{name: "forbidden", by: userhub.ByUsername, body: `{"id":"joe"}`, fault: cognitotest.Denied(), want: "500 UNAVAILABLE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(cognitotest.New(tt.pool...))
				jane := w.pool.Add("jane", map[string]string{"email": "jane@example.com", "email_verified": "true"})
				before, _ := w.pool.User(jane)
				w.everything(cognito.Disable)
				w.settings.ExternalID, w.settings.Invite = tt.by, tt.invite
				w.pool.Fail(func(cognitotest.Call) error { return tt.fault })

				got, answer := call(t, w.handler(), "users.create", tt.body)
				if got != tt.want {
					t.Fatalf("got %s %s, want %s", got, answer, tt.want)
				}
				if after, _ := w.pool.User(jane); !cmp.Equal(before, after) {
					t.Errorf("the other user became %+v", after)
				}
				if got != "200" {
					leaks(t, "the answer", answer, "example.com", "joe")
					if n := w.pool.Len(); n != 1 {
						t.Errorf("the pool holds %d users, want 1", n)
					}
					return
				}
				var shown userhub.CustomUser
				if err := json.Unmarshal([]byte(answer), &shown); err != nil {
					t.Fatal(err)
				}
				var created directory.User
				for u := range w.pool.All() {
					if u.Sub != jane {
						created = u
					}
				}
				if want := userhub.NewCustomUser(tt.by, created); !cmp.Equal(want, shown) {
					t.Errorf("answer %+v, the pool holds %+v", shown, want)
				}
				delete(created.Attributes, "sub")
				if diff := cmp.Diff(tt.wantNew, created.Attributes); diff != "" {
					t.Errorf("attributes (-want +got)\n%s", diff)
				}
				if created.Enabled == strings.Contains(tt.body, "disabled") || w.pool.Invitations() != tt.invited {
					t.Errorf("enabled %t, %d invitations, want %d", created.Enabled, w.pool.Invitations(), tt.invited)
				}
			})
		})
	}
}

func TestUpdate(t *testing.T) {
	// full is jane as UserHub knows her; UserHub sends all of it back.
	const full = `"id":"jane","displayName":"Jane Example","email":"jane@example.com","emailVerified":true,"phoneNumber":"","phoneNumberVerified":false,"imageUrl":"","disabled":false`
	tests := []struct {
		name  string
		pool  []cognitotest.Option
		body  string
		fault func(cognitotest.Call) error
		want  string
		// what it changes in the pool
		changed map[string]string
		writes  int
	}{
		{name: "nothing new", body: `{` + full + `}`, want: "200"},
		{name: "name", body: `{"id":"jane","displayName":"Janet"}`, want: "200", changed: map[string]string{"name": "Janet"}, writes: 1},
		{name: "e-mail", body: `{"id":"jane","email":"janet@example.com"}`, want: "200",
			changed: map[string]string{"email": "janet@example.com", "email_verified": "false"}, writes: 1},
		{name: "e-mail that the user has to verify first", body: `{"id":"jane","email":"janet@example.com"}`, want: "200", writes: 1,
			pool: []cognitotest.Option{cognitotest.VerifyBeforeUpdate("email")}},
		{name: "e-mail removed", body: `{"id":"jane","email":""}`, want: "200", changed: map[string]string{"email": "", "email_verified": ""}, writes: 1},
		{name: "disabled", body: `{"id":"jane","disabled":true}`, want: "200", changed: map[string]string{"enabled": "false"}, writes: 1},
		{name: "disabled and renamed", body: `{"id":"jane","disabled":true,"displayName":"Janet"}`, want: "200",
			changed: map[string]string{"enabled": "false", "name": "Janet"}, writes: 2},
		{name: "somebody's e-mail", body: `{"id":"jane","email":"joe@example.com","emailVerified":true}`, want: "400 ALREADY_EXISTS",
			pool: []cognitotest.Option{cognitotest.Aliases("email")}},
		{name: "somebody's e-mail, unverified", body: `{"id":"jane","email":"joe@example.com"}`, want: "400 ALREADY_EXISTS",
			pool: []cognitotest.Option{cognitotest.Aliases("email")}},
		{name: "immutable", body: `{"id":"jane","displayName":"Janet"}`, want: "400 INVALID_ARGUMENT",
			pool: []cognitotest.Option{cognitotest.Immutable("name")}},
		{name: "nobody", body: `{"id":"jack","displayName":"Jack"}`, want: "404 NOT_FOUND"},
		{name: "gone meanwhile", body: `{"id":"jane","displayName":"Janet"}`, want: "404 NOT_FOUND",
			fault: faultIn("AdminUpdateUserAttributes", cognitotest.Answer("UserNotFoundException", 400)), writes: 1},
		{name: "throttled", body: `{"id":"jane","displayName":"Janet"}`, want: "429 RESOURCE_EXHAUSTED",
			fault: faultIn("AdminUpdateUserAttributes", cognitotest.Throttled()), writes: -1},
		{name: "failing", body: `{"id":"jane","displayName":"Janet"}`, want: "500 UNAVAILABLE",
			fault: faultIn("AdminUpdateUserAttributes", cognitotest.Internal()), writes: -1},
		{name: "not read", body: `{"id":"jane","displayName":"Janet"}`, want: "500 UNAVAILABLE", fault: faultIn("ListUsers", cognitotest.Internal())},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(cognitotest.New(tt.pool...))
				jane := w.pool.Add("jane", map[string]string{"name": "Jane Example", "email": "jane@example.com", "email_verified": "true"})
				joe := w.pool.Add("joe", map[string]string{"email": "joe@example.com", "email_verified": "true"})
				want, _ := w.pool.User(jane)
				other, _ := w.pool.User(joe)
				w.everything(cognito.Disable)
				w.pool.Fail(tt.fault)

				got, answer := call(t, w.handler(), "users.update", tt.body)
				if got != tt.want {
					t.Fatalf("got %s %s, want %s", got, answer, tt.want)
				}
				for name, value := range tt.changed {
					switch {
					case name == "enabled":
						want.Enabled = false
					case value == "":
						delete(want.Attributes, name)
					default:
						want.Attributes[name] = value
					}
				}
				after, _ := w.pool.User(jane)
				want.Modified = after.Modified
				if diff := cmp.Diff(want, after); diff != "" {
					t.Errorf("user (-want +got)\n%s", diff)
				}
				if after, _ := w.pool.User(joe); !cmp.Equal(other, after) {
					t.Errorf("the other user became %+v", after)
				}
				calls := w.pool.AllCalls()
				delete(calls, "ListUsers")
				delete(calls, "DescribeUserPool")
				delete(calls, "AdminGetUser")
				writes := 0
				for _, n := range calls {
					writes += n
				}
				if writes != tt.writes && tt.writes >= 0 {
					t.Errorf("calls %v, want %d writes", calls, tt.writes)
				}
				if got != "200" {
					leaks(t, "the answer", answer, "example.com", "Janet")
					leaks(t, "the log", w.logs.String(), "example.com", "Janet")
					return
				}
				var shown userhub.CustomUser
				json.Unmarshal([]byte(answer), &shown)
				if want := userhub.NewCustomUser(userhub.ByUsername, after); !cmp.Equal(want, shown) {
					t.Errorf("answer %s, want %+v", answer, want)
				}
			})
		})
	}
}

// faultIn makes one operation fail.
func faultIn(op string, err error) func(cognitotest.Call) error {
	return func(c cognitotest.Call) error {
		if c.Op == op {
			return err
		}
		return nil
	}
}

// An answer that says what is wrong names the attribute.
func TestRefusalsNameTheAttribute(t *testing.T) {
	w := newWorld(cognitotest.New(cognitotest.Immutable("picture"), cognitotest.Aliases("email")))
	w.pool.Add("jane", nil)
	w.pool.Add("joe", map[string]string{"email": "joe@example.com", "email_verified": "true"})
	w.everything(cognito.Disable)
	h := w.handler()
	for body, want := range map[string]string{
		`{"id":"jane","imageUrl":"https://example.com/j.png"}`: "update user: attribute cannot be changed: picture",
		`{"id":"jane","email":"joe@example.com"}`:              "update user: another user has this value: email",
	} {
		if _, got := call(t, h, "users.update", body); got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}

func TestDelete(t *testing.T) {
	tests := []struct {
		name    string
		removal cognito.Removal
		id      string
		second  string
		fault   func(cognitotest.Call) error
		want    string
		there   bool
		enabled bool
	}{
		{"disable", cognito.Disable, "jane", secondSecret, nil, "200", true, false},
		{"delete", cognito.Delete, "jane", secondSecret, nil, "200", false, false},
		{"gone meanwhile", cognito.Delete, "jane", secondSecret, faultIn("AdminDeleteUser", cognitotest.Answer("UserNotFoundException", 400)), "200", true, true},
		{"nobody", cognito.Delete, "jack", secondSecret, nil, "404 NOT_FOUND", true, true},
		{"throttled", cognito.Delete, "jane", secondSecret, faultIn("AdminDeleteUser", cognitotest.Throttled()), "429 RESOURCE_EXHAUSTED", true, true},
		{"failing", cognito.Disable, "jane", secondSecret, faultIn("AdminDisableUser", cognitotest.Internal()), "500 UNAVAILABLE", true, true},
		{"not read", cognito.Delete, "jane", secondSecret, faultIn("ListUsers", cognitotest.Internal()), "500 UNAVAILABLE", true, true},
		{"without the second secret", cognito.Delete, "jane", "", nil, "500 UNKNOWN", true, true},
		{"with a wrong one", cognito.Delete, "jane", signingSecret, nil, "500 UNKNOWN", true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(cognitotest.New())
				sub := w.pool.Add("jane", nil)
				w.everything(tt.removal)
				w.pool.Fail(tt.fault)
				e := event("users.delete", `{"id":"`+tt.id+`"}`)
				e.Headers["poolsync-secret"] = tt.second
				if got, answer := send(t, w.handler(), e); got != tt.want || got == "200" && answer != "{}" {
					t.Errorf("got %s %s, want %s", got, answer, tt.want)
				}
				if u, there := w.pool.User(sub); there != tt.there || u.Enabled != tt.enabled {
					t.Errorf("the user is there %t, enabled %t; want %t, %t", there, u.Enabled, tt.there, tt.enabled)
				}
			})
		})
	}
}
