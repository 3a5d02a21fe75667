package userhubtest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/userhubdev/go-sdk/adminapi"
	"github.com/userhubdev/go-sdk/code"
	"github.com/userhubdev/go-sdk/connectionsv1"
	"github.com/userhubdev/go-sdk/eventsv1"
	"github.com/userhubdev/go-sdk/option"
	"github.com/userhubdev/go-sdk/types"
	"github.com/userhubdev/go-sdk/webhook"

	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

const signingSecret = "example-signing-secret"

// app is somebody's own user directory behind a webhook that is made with UserHub's
// SDK: the real SDK has verified what the stand-in sends it.
type app struct {
	mu     sync.Mutex
	users  map[string]*connectionsv1.CustomUser
	hidden string              // a user that lists leave out
	fail   *types.UserHubError // answered instead
	events []string
}

func newApp(ids ...string) *app {
	a := &app{users: map[string]*connectionsv1.CustomUser{}}
	for _, id := range ids {
		a.users[id] = &connectionsv1.CustomUser{Id: id, DisplayName: "User " + id, Email: id + "@example.com"}
	}
	return a
}

func (a *app) remove(id string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.users, id)
}

func (a *app) list(_ context.Context, r *connectionsv1.ListCustomUsersRequest) (*connectionsv1.ListCustomUsersResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		return nil, a.fail
	}
	ids := []string{}
	for id := range a.users {
		if id != a.hidden {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	start, _ := strconv.Atoi(r.PageToken) // 0 for the first page
	end := min(start+2, len(ids))         // fewer than asked for is fine
	page := &connectionsv1.ListCustomUsersResponse{Users: []*connectionsv1.CustomUser{}}
	for _, id := range ids[start:end] {
		page.Users = append(page.Users, a.users[id])
	}
	if end < len(ids) {
		page.NextPageToken = strconv.Itoa(end)
	}
	return page, nil
}

func (a *app) get(id string) (*connectionsv1.CustomUser, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		return nil, a.fail
	}
	if user := a.users[id]; user != nil {
		return user, nil
	}
	return nil, types.NewError("no such user").SetApiCode(code.NotFound)
}

func (a *app) put(user *connectionsv1.CustomUser) (*connectionsv1.CustomUser, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if user.Id == "" {
		user.Id = fmt.Sprintf("new-%d", len(a.users))
	}
	a.users[user.Id] = user
	return user, nil
}

// serve puts the app on a port and returns the connection's configuration.
func (a *app) serve(t *testing.T, secret string) userhubtest.Webhook {
	t.Helper()
	hook := webhook.New(secret, option.WithOnError(nil)).
		OnListUsers(a.list).
		OnGetUser(func(_ context.Context, r *connectionsv1.GetCustomUserRequest) (*connectionsv1.CustomUser, error) {
			return a.get(r.Id)
		}).
		OnCreateUser(func(_ context.Context, u *connectionsv1.CustomUser) (*connectionsv1.CustomUser, error) {
			return a.put(u)
		}).
		OnUpdateUser(func(_ context.Context, u *connectionsv1.CustomUser) (*connectionsv1.CustomUser, error) {
			return a.put(u)
		}).
		OnDeleteUser(func(_ context.Context, r *connectionsv1.DeleteCustomUserRequest) error { a.remove(r.Id); return nil }).
		OnEvent(func(_ context.Context, e *eventsv1.Event) error {
			a.events = append(a.events, e.Type+" "+e.UsersChanged.User.AccountConnections[0].ExternalId)
			return nil
		})
	server := httptest.NewServer(hook)
	t.Cleanup(server.Close)
	return userhubtest.Webhook{URL: server.URL, Secrets: []string{signingSecret}}
}

// connected returns a stand-in whose connection uses the app's webhook.
func connected(t *testing.T, a *app) *userhubtest.Server {
	t.Helper()
	server := start(t)
	server.SetWebhook(a.serve(t, signingSecret))
	return server
}

// held returns what the stand-in holds, one line a user.
func held(server *userhubtest.Server) []string {
	var lines []string
	for _, u := range server.Users() {
		lines = append(lines, u.AccountConnections[0].ExternalID+" "+u.State+" "+u.Email)
	}
	slices.Sort(lines)
	return lines
}

func actions(server *userhubtest.Server) []string {
	var names []string
	for _, call := range server.Calls() {
		names = append(names, fmt.Sprint(call.Action, " ", call.Status))
	}
	return names
}

func TestSetupImportsEveryone(t *testing.T) {
	server := connected(t, newApp("a", "b", "c"))
	if err := server.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"a ACTIVE a@example.com", "b ACTIVE b@example.com", "c ACTIVE c@example.com"}
	if diff := cmp.Diff(want, held(server)); diff != "" {
		t.Errorf("users (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"challenge 200", "users.list 200", "users.list 200"}, actions(server)); diff != "" {
		t.Errorf("calls (-want +got)\n%s", diff)
	}
}

func TestSetupWithTheWrongSecret(t *testing.T) {
	server := start(t)
	server.SetWebhook(newApp().serve(t, "other"))
	var refused *userhubtest.CallError
	if err := server.Setup(t.Context()); !errors.As(err, &refused) || refused.Status != 500 {
		t.Errorf("got %v, want a refusal with status 500", err)
	}
}

func TestBothSecretsSignDuringARotation(t *testing.T) {
	for _, secret := range []string{"old", "new"} {
		server := start(t)
		hook := newApp().serve(t, secret)
		hook.Secrets = []string{"old", "new"}
		server.SetWebhook(hook)
		if err := server.Challenge(t.Context()); err != nil {
			t.Errorf("the app knows the %s secret: %v", secret, err)
		}
	}
}

func TestEditedWebhookSignsAnew(t *testing.T) {
	server := start(t)
	server.EditWebhook(func(h *userhubtest.Webhook) { h.Secrets = []string{"without a webhook, to no effect"} })
	server.SetWebhook(newApp().serve(t, "new"))
	for _, secret := range []string{"old", "new"} {
		server.EditWebhook(func(h *userhubtest.Webhook) { h.Secrets = []string{secret} })
		if err := server.Challenge(t.Context()); (err == nil) != (secret == "new") {
			t.Errorf("signed with the %s secret: got error %v", secret, err)
		}
	}
}

func TestSkewedClockIsRefused(t *testing.T) {
	server := start(t)
	hook := newApp().serve(t, signingSecret)
	hook.Skew = 10 * time.Minute
	server.SetWebhook(hook)
	if err := server.Challenge(t.Context()); err == nil {
		t.Error("got no error, want the SDK to refuse")
	}
}

// Users who are missing from a list are asked for one by one: only those not found
// then are gone.
func TestSyncAsksForTheMissing(t *testing.T) {
	a := newApp("a", "b", "c")
	server := connected(t, a)
	if err := server.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	a.hidden = "b"
	a.remove("c")
	if err := server.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"a ACTIVE a@example.com", "b ACTIVE b@example.com", "c PENDING_DELETION c@example.com"}
	if diff := cmp.Diff(want, held(server)); diff != "" {
		t.Errorf("users (-want +got)\n%s", diff)
	}

	a.put(&connectionsv1.CustomUser{Id: "c", Email: "c2@example.com"})
	if err := server.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	want[2] = "c ACTIVE c2@example.com"
	if diff := cmp.Diff(want, held(server)); diff != "" {
		t.Errorf("after the return (-want +got)\n%s", diff)
	}
}

func TestEventsFetchTheUser(t *testing.T) {
	throttled := types.NewError("slow down").SetApiCode(code.ResourceExhausted)
	tests := []struct {
		name, path, body string
		known            bool // at UserHub, before
		present          bool // in the app
		fail             *types.UserHubError
		status           int
		held             []string
		calls            []string
	}{
		{"waits", "jane@conn_test:event", `{"type":"SIGNIN","wait":true}`, false, true, nil, 200, []string{"jane ACTIVE jane@example.com"}, []string{"users.get 200"}},
		{"is queued", "jane@conn_test:event", "", false, true, nil, 200, []string{"jane ACTIVE jane@example.com"}, []string{"users.get 200"}},
		{"import", "jane@conn_test:import", "", false, true, nil, 200, []string{"jane ACTIVE jane@example.com"}, []string{"users.get 200"}},
		{"import of a known user", "jane@conn_test:import", "", true, true, nil, 200, []string{"jane ACTIVE jane@example.com"}, nil},
		{"user unknown everywhere", "jane@conn_test:event", `{"wait":true}`, false, false, nil, 404, nil, []string{"users.get 404"}},
		{"user unknown everywhere, queued", "jane@conn_test:event", "", false, false, nil, 200, nil, []string{"users.get 404"}},
		{"import of an unknown user", "jane@conn_test:import", "", false, false, nil, 404, nil, []string{"users.get 404"}},
		{"user gone", "jane@conn_test:event", `{"wait":true}`, true, false, nil, 200, []string{"jane PENDING_DELETION jane@example.com"}, []string{"users.get 404"}},
		{"app throttles", "jane@conn_test:event", `{"wait":true}`, true, true, throttled, 503, []string{"jane ACTIVE jane@example.com"}, []string{"users.get 429"}},
		{"app throttles, queued", "jane@conn_test:event", "", true, true, throttled, 200, []string{"jane ACTIVE jane@example.com"}, []string{"users.get 429"}},
		{"bad event", "jane@conn_test:event", `{"type":"DELETED"}`, false, true, nil, 400, nil, nil},
		{"unknown connection", "jane@conn_other:event", "", false, true, nil, 404, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := newApp("jane")
			server := connected(t, a)
			before := 0
			if tt.known {
				if err := server.Sync(t.Context()); err != nil {
					t.Fatal(err)
				}
				before = len(server.Calls())
			}
			if !tt.present {
				a.remove("jane")
			}
			a.fail = tt.fail

			status, answer, err := post(t.Context(), server.URL+"/admin/v1/users/"+tt.path, tt.body)
			server.Wait()
			if err != nil || status != tt.status {
				t.Errorf("got %d %s, %v, want %d", status, answer, err, tt.status)
			}
			if diff := cmp.Diff(tt.held, held(server)); diff != "" {
				t.Errorf("users (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tt.calls, actions(server)[before:], cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("calls (-want +got)\n%s", diff)
			}
		})
	}
}

// A user who was deleted at UserHub stays deleted, even if the app knows them.
func TestEventOfAUserDeletedAtUserHub(t *testing.T) {
	server := connected(t, newApp("jane"))
	if err := server.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	users, must := sdk(t, server), must(t)
	must(users.Delete(t.Context(), server.Users()[0].ID, nil))
	status, answer, err := post(t.Context(), server.URL+"/admin/v1/users/jane@conn_test:event", `{"wait":true}`)
	if err != nil || status != 400 {
		t.Errorf("got %d %s, %v, want 400", status, answer, err)
	}
}

func TestAdminEdits(t *testing.T) {
	a := newApp("jane")
	server := connected(t, a)
	if err := server.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := server.EditUser(t.Context(), "jane", func(p *userhubtest.Profile) { p.DisplayName = "Janet" }); err != nil {
		t.Fatal(err)
	}
	user, _ := server.User("jane")
	if got := []string{a.users["jane"].DisplayName, user.DisplayName}; !slices.Equal(got, []string{"Janet", "Janet"}) {
		t.Errorf("display name in the app and here: got %q, want Janet in both", got)
	}
	id, err := server.CreateUser(t.Context(), userhubtest.Profile{Email: "joe@example.com"})
	if err != nil || a.users[id] == nil {
		t.Errorf("create: got %q, %v, want a user of the app", id, err)
	}
	if user, ok := server.User(id); !ok || user.Email != "joe@example.com" {
		t.Errorf("created user: got %+v, want it connected", user)
	}
	if err := server.SendEvent(t.Context(), "jane"); err != nil || !slices.Equal(a.events, []string{"users.changed jane"}) {
		t.Errorf("event: got %q, %v, want one about jane", a.events, err)
	}
}

// The Admin API passes what concerns the external user on to the webhook.
func TestConnectCreatesAndDisconnectDeletes(t *testing.T) {
	a := newApp()
	server := connected(t, a)
	users, must := sdk(t, server), must(t)
	user := must(users.Create(t.Context(), &adminapi.UserCreateInput{Email: "jane@example.com"}))

	connected := must(users.Connect(t.Context(), user.Id, &adminapi.UserConnectInput{ConnectionId: userhubtest.DefaultConnection}))
	ids := accounts(connected)
	if len(ids) != 1 || a.users[ids[0]] == nil || a.users[ids[0]].Email != "jane@example.com" {
		t.Fatalf("connect: got accounts %q, want one that the app has created", ids)
	}
	must(users.Disconnect(t.Context(), user.Id, &adminapi.UserDisconnectInput{
		ConnectionId: userhubtest.DefaultConnection, DeleteExternalAccount: true,
	}))
	if len(a.users) != 0 {
		t.Errorf("disconnect: the app still has %d users, want none", len(a.users))
	}
}

func TestRunIsPeriodical(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Minute)
		defer cancel()
		began := time.Now()
		var got []time.Duration
		// A connection without a webhook fails each time, without a network.
		userhubtest.New().Run(ctx, time.Hour, func(error) { got = append(got, time.Since(began)) })
		if diff := cmp.Diff([]time.Duration{0, time.Hour, 2 * time.Hour}, got); diff != "" {
			t.Errorf("set up at (-want +got)\n%s", diff)
		}
	})
}
