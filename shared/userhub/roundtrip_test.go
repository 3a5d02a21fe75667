package userhub_test

import (
	"context"
	"maps"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// pool is a user pool of one user, as far as a provider needs one.
type pool struct{ user directory.User }

func (p *pool) provider() userhub.Provider {
	known := func(id string) error {
		if id != p.user.Username {
			return &userhub.Refusal{Code: userhub.NotFound, Message: "no such user"}
		}
		return nil
	}
	return userhub.Provider{
		ListUsers: func(context.Context, userhub.ListRequest) (userhub.ListResponse, error) {
			return userhub.ListResponse{}, nil // a listing may lag behind
		},
		GetUser: func(_ context.Context, r userhub.UserRequest) (userhub.CustomUser, error) {
			return userhub.NewCustomUser(userhub.ByUsername, p.user), known(r.ID)
		},
		UpdateUser: func(_ context.Context, in userhub.UserInput) (userhub.CustomUser, error) {
			if err := known(in.ID); err != nil {
				return userhub.CustomUser{}, err
			}
			edit := in.Edit(p.user)
			maps.Copy(p.user.Attributes, edit.Attributes)
			if edit.Enabled != nil {
				p.user.Enabled = *edit.Enabled
			}
			return userhub.NewCustomUser(userhub.ByUsername, p.user), nil
		},
	}
}

// A sign-in of a user that UserHub does not know ends with UserHub holding the user's
// profile, fetched through our webhook; an edit at UserHub ends in the pool.
func TestRoundTrip(t *testing.T) {
	p := &pool{directory.User{Sub: sub, Username: "jane@example.com", Enabled: true, Attributes: map[string]string{
		"given_name": "Jane", "family_name": "Example", "email": "jane@example.com", "email_verified": "true",
	}}}
	hook := httptest.NewServer(userhub.NewWebhook(secrets{signingSecret}, p.provider(), userhub.WithSecretHeader("X-Poolsync", secrets{"s3"})))
	defer hook.Close()
	server := start(t)
	server.SetWebhook(userhubtest.Webhook{
		URL: hook.URL + "/userhub?stage=test", Secrets: []string{signingSecret}, Header: map[string]string{"X-Poolsync": "s3"},
	})
	if err := server.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := server.Users(); len(got) != 0 {
		t.Fatalf("before the sign-in UserHub holds %d users, want none", len(got))
	}

	if err := connect(t, server).Deliver(t.Context(), delivery(directory.SignIn, "jane@example.com", true)); err != nil {
		t.Fatal(err)
	}
	got, _ := server.User("jane@example.com")
	want := userhubtest.Profile{DisplayName: "Jane Example", Email: "jane@example.com", EmailVerified: true}
	if diff := cmp.Diff(want, got.Profile); diff != "" {
		t.Errorf("profile at UserHub (-want +got)\n%s", diff)
	}

	before := maps.Clone(p.user.Attributes)
	if err := server.EditUser(t.Context(), "jane@example.com", func(*userhubtest.Profile) {}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, p.user.Attributes); diff != "" {
		t.Errorf("an edit that changes nothing (-before +after)\n%s", diff)
	}
	if err := server.EditUser(t.Context(), "jane@example.com", func(p *userhubtest.Profile) { p.DisplayName, p.Disabled = "Janet", true }); err != nil {
		t.Fatal(err)
	}
	if p.user.Attributes["name"] != "Janet" || p.user.Enabled {
		t.Errorf("after an edit the pool holds %+v, want Janet, disabled", p.user)
	}
}
