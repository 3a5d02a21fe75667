package main

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub"
)

// UserHub gets the user that was created, even if the invitation could not be sent.
func TestCreateWhoseInvitationCannotBeSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(cognitotest.New())
		w.everything(cognito.Disable)
		w.settings.Invite = true
		w.pool.Fail(faultIn("AdminCreateUser", cognitotest.AfterTheWrite("CodeDeliveryFailureException")))
		h := w.handler()
		for _, try := range []string{"first", "second"} {
			got, answer := call(t, h, "users.create", `{"id":"joe","email":"joe@example.com"}`)
			var shown userhub.CustomUser
			json.Unmarshal([]byte(answer), &shown)
			if got != "200" || shown.ID != "joe" || shown.Email != "joe@example.com" || w.pool.Len() != 1 {
				t.Errorf("%s try: got %s %s with %d users, want 200 and joe", try, got, answer, w.pool.Len())
			}
		}
	})
}

// A request that got no answer gets it when it is repeated, and not the opposite one.
func TestRepeatedRequestsConverge(t *testing.T) {
	const lost = "500 UNAVAILABLE"
	tests := []struct {
		name, action, body string
		again              string
	}{
		{"create", "users.create", `{"id":"joe","email":"joe@example.com","emailVerified":true}`, "200"},
		{"create without a name", "users.create", `{"email":"joe@example.com"}`, "200"},
		{"create disabled", "users.create", `{"id":"joe","disabled":true}`, "200"},
		{"update", "users.update", `{"id":"jane","displayName":"Janet"}`, "200"},
		{"disable", "users.update", `{"id":"jane","disabled":true}`, "200"},
		{"delete", "users.delete", `{"id":"jane"}`, "404 NOT_FOUND"}, // which to UserHub means the same
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(cognitotest.New())
				w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
				w.everything(cognito.Delete)
				h := w.handler()
				w.pool.Fail(func(c cognitotest.Call) error {
					if c.Op == "ListUsers" || c.Op == "DescribeUserPool" {
						return nil
					}
					return cognitotest.Unanswered()
				})
				first, _ := call(t, h, tt.action, tt.body)
				// A repeated deletion finds nobody, which is answer enough.
				if want := lost; first != want && tt.action != "users.delete" {
					t.Errorf("without answers: got %s, want %s", first, want)
				}
				w.pool.Fail(nil)
				count := w.pool.Len()
				if got, answer := call(t, h, tt.action, tt.body); got != tt.again || w.pool.Len() != count {
					t.Errorf("again: got %s %s and %d users, want %s and %d", got, answer, w.pool.Len(), tt.again, count)
				}
			})
		})
	}
}

// An address that somebody has given up blocks nobody, although Cognito's index still
// leads from it to them.
func TestAddressGivenUp(t *testing.T) {
	for action, body := range map[string]string{
		"users.create": `{"id":"joe","email":"old@example.com","emailVerified":true}`,
		"users.update": `{"id":"ann","email":"old@example.com","emailVerified":true}`,
	} {
		t.Run(action, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(cognitotest.New(cognitotest.IndexLag(time.Hour), cognitotest.Aliases("email")))
				jane := w.pool.Add("jane", map[string]string{"email": "old@example.com", "email_verified": "true"})
				w.pool.Add("ann", nil)
				time.Sleep(2 * time.Hour)
				w.pool.Edit(jane, func(u *directory.User) { u.Attributes["email"] = "new@example.com" })
				w.everything(cognito.Disable)
				if got, answer := call(t, w.handler(), action, body); got != "200" {
					t.Errorf("got %s %s, want 200", got, answer)
				}
			})
		})
	}
}

// A user who is enabled gets disabled, even if listed as disabled.
func TestDisablingIsNeverSkipped(t *testing.T) {
	for action, body := range map[string]string{
		"users.update": `{"id":"jane","disabled":true}`,
		"users.delete": `{"id":"jane"}`,
	} {
		t.Run(action, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(cognitotest.New(cognitotest.Lag(time.Hour)))
				jane := w.pool.Add("jane", nil)
				w.pool.Edit(jane, func(u *directory.User) { u.Enabled = false })
				time.Sleep(2 * time.Hour)
				w.pool.Edit(jane, func(u *directory.User) { u.Enabled = true })
				w.everything(cognito.Disable)
				got, answer := call(t, w.handler(), action, body)
				if u, _ := w.pool.User(jane); got != "200" || u.Enabled {
					t.Errorf("got %s %s and enabled %t, want 200 and false", got, answer, u.Enabled)
				}
			})
		})
	}
}

// A user that AdminGetUser finds, but no filter by name does, is found by sub.
func TestNamesThatAFilterMangles(t *testing.T) {
	refusing := faultIn("ListUsers", cognitotest.Answer("InvalidParameterException", 400))
	refuseFirst := func(c cognitotest.Call) error {
		if c.Op == "ListUsers" && c.N > 1 {
			return nil
		}
		return refusing(c)
	}
	tests := []struct {
		name, id, want string
		fault          func(cognitotest.Call) error
	}{
		{"taken for another", `adfs_CORP\jane`, `adfs_CORP\jane`, nil},
		{"not taken at all", `adfs_CORP\jane`, `adfs_CORP\jane`, refuseFirst},
		{"in other case", "JOE", "joe", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, action := range []string{"users.get", "users.update", "users.delete"} {
				w := newWorld(cognitotest.New(cognitotest.PlainBackslash(), cognitotest.IgnoreCase()))
				w.pool.AddFederated("adfs", `CORP\jane`, nil)
				w.pool.Add("joe", nil)
				w.everything(cognito.Delete)
				w.pool.Fail(tt.fault)
				body, _ := json.Marshal(map[string]string{"id": tt.id})
				got, answer := call(t, w.handler(), action, string(body))
				var shown userhub.CustomUser
				json.Unmarshal([]byte(answer), &shown)
				if got != "200" || action != "users.delete" && shown.ID != tt.want || action == "users.delete" && w.pool.Len() != 1 {
					t.Errorf("%s: got %s %s, want 200 for %s", action, got, answer, tt.want)
				}
				if n := w.pool.Calls("AdminGetUser"); n != 1 {
					t.Errorf("%s: AdminGetUser was called %d times, want 1", action, n)
				}
			}
		})
	}
}

// heedless is a pool that lists everybody, whatever the filter.
type heedless struct{ *cognitotest.Pool }

func (h heedless) ListUsers(ctx context.Context, in *cip.ListUsersInput, opts ...func(*cip.Options)) (*cip.ListUsersOutput, error) {
	all := *in
	all.Filter = nil
	return h.Pool.ListUsers(ctx, &all, opts...)
}

// When Cognito misbehaves, the request is not at fault: UserHub is to ask again.
func TestAFilterThatIsIgnoredIsNoBadRequest(t *testing.T) {
	w := newWorld(cognitotest.New())
	jane := w.pool.Add("jane", nil)
	w.pool.Add("joe", nil)
	w.services.cognito = heedless{w.pool}
	for by, request := range map[userhub.ExternalID]struct{ id, want string }{
		userhub.BySub:      {jane, "500 UNAVAILABLE"},
		userhub.ByUsername: {"jane", "200"}, // the others are no hits
	} {
		w.settings.ExternalID = by
		if got, answer := call(t, w.handler(), "users.get", `{"id":"`+request.id+`"}`); got != request.want {
			t.Errorf("by %s: got %s %s, want %s", by, got, answer, request.want)
		}
	}
}
