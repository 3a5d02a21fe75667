package userhubtest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/userhubdev/go-sdk/adminapi"
	"github.com/userhubdev/go-sdk/adminv1"
	"github.com/userhubdev/go-sdk/code"
	"github.com/userhubdev/go-sdk/commonv1"
	"github.com/userhubdev/go-sdk/option"
	"github.com/userhubdev/go-sdk/types"

	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// These tests check the stand-in against UserHub's own client: it must understand
// what the official SDK sends, and return what the SDK reads.

func start(t *testing.T) *userhubtest.Server {
	t.Helper()
	server, err := userhubtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server
}

func sdk(t *testing.T, server *userhubtest.Server) adminapi.Users {
	t.Helper()
	client, err := adminapi.New(userhubtest.DefaultKey, option.WithBaseUrl(server.URL))
	if err != nil {
		t.Fatal(err)
	}
	return client.Users()
}

// must returns a function that fails the test for an error of the SDK's.
func must(t *testing.T) func(*adminv1.User, error) *adminv1.User {
	return func(user *adminv1.User, err error) *adminv1.User {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return user
	}
}

func TestSDKWritesAndReadsUsers(t *testing.T) {
	users, must := sdk(t, start(t)), must(t)
	signup := time.Date(2025, 5, 1, 12, 0, 0, 0, time.UTC)

	created := must(users.Create(t.Context(), &adminapi.UserCreateInput{
		UniqueId: "u-1", DisplayName: "Jane Example", Email: "jane@example.com", EmailVerified: true,
		PhoneNumber: "+15555550100", LanguageCode: "en", TimeZone: "Europe/Berlin",
		Address: &commonv1.Address{City: "Berlin", Country: "DE"}, SignupTime: signup,
	}))
	want := &adminv1.User{
		Id: created.Id, State: "ACTIVE",
		UniqueId: "u-1", DisplayName: "Jane Example", Email: "jane@example.com", EmailVerified: true,
		PhoneNumber: "+15555550100", LanguageCode: "en", TimeZone: "Europe/Berlin",
		Address: &commonv1.Address{City: "Berlin", Country: "DE"}, SignupTime: signup,
		CreateTime: created.CreateTime, UpdateTime: created.UpdateTime,
	}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("create (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(want, must(users.Get(t.Context(), created.Id, nil))); diff != "" {
		t.Errorf("get (-want +got)\n%s", diff)
	}

	updated := must(users.Update(t.Context(), created.Id, &adminapi.UserUpdateInput{
		DisplayName: adminapi.Some(""), EmailVerified: adminapi.Some(false), Disabled: adminapi.Some(true),
	}))
	want.DisplayName, want.EmailVerified, want.Disabled, want.State = "", false, true, "DISABLED"
	want.UpdateTime = updated.UpdateTime
	if diff := cmp.Diff(want, updated); diff != "" {
		t.Errorf("update: only what is present changes (-want +got)\n%s", diff)
	}

	upserted := must(users.Update(t.Context(), "u-2", &adminapi.UserUpdateInput{AllowMissing: true}))
	if upserted.UniqueId != "u-2" || upserted.Id == created.Id {
		t.Errorf("update with allowMissing: got %s, %s, want a new user with the unique id u-2", upserted.Id, upserted.UniqueId)
	}
}

func TestSDKDeletesAndRestores(t *testing.T) {
	users, must := sdk(t, start(t)), must(t)
	created := must(users.Create(t.Context(), &adminapi.UserCreateInput{}))

	if got := must(users.Delete(t.Context(), created.Id, nil)); got.State != "PENDING_DELETION" {
		t.Errorf("delete: got state %s, want PENDING_DELETION", got.State)
	}
	for _, showDeleted := range []bool{false, true} {
		page, err := users.List(t.Context(), &adminapi.UserListInput{ShowDeleted: showDeleted})
		if got := len(page.Users) == 1; err != nil || got != showDeleted {
			t.Errorf("list with showDeleted=%t: listed %t, %v", showDeleted, got, err)
		}
	}
	if got := must(users.Undelete(t.Context(), created.Id, nil)); got.State != "ACTIVE" {
		t.Errorf("undelete: got state %s, want ACTIVE", got.State)
	}
}

func TestSDKConnectsAndImports(t *testing.T) {
	const connection, externalID = userhubtest.DefaultConnection, "jane@example.com"
	users, must := sdk(t, start(t)), must(t)

	imported := must(users.ImportAccount(t.Context(), externalID+"@"+connection, nil))
	if again := must(users.ImportAccount(t.Context(), externalID+"@"+connection, nil)); again.Id != imported.Id {
		t.Errorf("import again: got %s, want the same user %s", again.Id, imported.Id)
	}
	if got := accounts(imported); !cmp.Equal(got, []string{externalID}) {
		t.Errorf("import: got accounts %q, want %q", got, externalID)
	}

	created := must(users.Create(t.Context(), nil))
	_, err := users.Connect(t.Context(), created.Id, &adminapi.UserConnectInput{ConnectionId: connection, ExternalId: externalID})
	checkCode(t, "connect someone else's account", err, code.AlreadyExists)

	must(users.Disconnect(t.Context(), imported.Id, &adminapi.UserDisconnectInput{ConnectionId: connection}))
	connected := must(users.Connect(t.Context(), created.Id, &adminapi.UserConnectInput{ConnectionId: connection, ExternalId: externalID}))
	if got := accounts(connected); !cmp.Equal(got, []string{externalID}) {
		t.Errorf("connect: got accounts %q, want %q", got, externalID)
	}
}

func accounts(user *adminv1.User) []string {
	var ids []string
	for _, c := range user.AccountConnections {
		ids = append(ids, c.ExternalId)
	}
	return ids
}

func TestSDKListsEveryUserOnce(t *testing.T) {
	users, must := sdk(t, start(t)), must(t)
	var want []string
	for i := range 45 {
		want = append(want, must(users.Create(t.Context(), &adminapi.UserCreateInput{UniqueId: fmt.Sprintf("u-%d", i)})).Id)
	}
	var got []string
	var pages []int
	input := &adminapi.UserListInput{}
	for {
		page, err := users.List(t.Context(), input)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, len(page.Users))
		for _, user := range page.Users {
			got = append(got, user.Id)
		}
		if input.PageToken = page.NextPageToken; input.PageToken == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("list (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]int{20, 20, 5}, pages); diff != "" {
		t.Errorf("sizes of pages (-want +got)\n%s", diff)
	}
}

func TestSDKUnderstandsRefusals(t *testing.T) {
	server := start(t)
	users := sdk(t, server)
	call := func(name string, want code.Code, err error) { t.Helper(); checkCode(t, name, err, want) }

	_, err := users.Get(t.Context(), "usr_none", nil)
	call("get nobody", code.NotFound, err)
	_, err = users.Get(t.Context(), "jane@"+userhubtest.DefaultConnection, nil)
	call("get by external id", code.NotFound, err)
	_, err = users.ImportAccount(t.Context(), "jane@conn_other", nil)
	call("import from an unknown connection", code.NotFound, err)
	_, err = users.Create(t.Context(), &adminapi.UserCreateInput{PhoneNumber: "0555"})
	call("create with a bad phone number", code.InvalidArgument, err)
	_, err = users.List(t.Context(), &adminapi.UserListInput{PageToken: "bm9uZQ"})
	call("list with a bad token", code.InvalidArgument, err)
	server.SetKey("sk_rotated")
	_, err = users.List(t.Context(), nil)
	call("list with a withdrawn key", code.Unauthenticated, err)
}

func checkCode(t *testing.T, name string, err error, want code.Code) {
	t.Helper()
	got, ok := err.(*types.UserHubError)
	if !ok || got.ApiCode() != want {
		t.Errorf("%s: got %v, want %s", name, err, want)
	}
}

// The SDK reads the 429 of a gateway, which is not JSON, and tries again.
func TestSDKRetriesThrottling(t *testing.T) {
	server := start(t)
	server.Next(userhubtest.ThrottlePlain(""))
	must(t)(sdk(t, server).ImportAccount(t.Context(), "jane@"+userhubtest.DefaultConnection, nil))
	var got []int
	for _, request := range server.Requests() {
		got = append(got, request.Attempt, request.Status)
	}
	if diff := cmp.Diff([]int{1, 429, 2, 200}, got); diff != "" {
		t.Errorf("attempts and their status (-want +got)\n%s", diff)
	}
}
