package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
)

const sub = "11111111-2222-3333-4444-555555555555"

// static is a secret that is never rotated.
type static string

func (s static) Value(context.Context) (string, error)           { return string(s), nil }
func (s static) Refresh(context.Context, string) (string, error) { return string(s), nil }

// at once makes the next attempt without a delay.
func atOnce(int) time.Duration { return 0 }

// start returns a stand-in on a port.
func start(t *testing.T, b scimtest.Behaviour) *scimtest.Server {
	t.Helper()
	server, err := scimtest.Start(b)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return server
}

// mapping returns the mapping for a profile.
func mapping(t *testing.T, p scim.Profile, options ...scim.MappingOption) scim.Mapping {
	t.Helper()
	m, err := scim.NewMapping(p, options...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// connect returns a client of the service at a base address.
func connect(t *testing.T, base string, p scim.Profile, options ...client.Option) *client.Client {
	t.Helper()
	options = append([]client.Option{client.WithBackoff(atOnce)}, options...)
	return client.New(base, client.Bearer(static(scimtest.Token)), p, mapping(t, p), options...)
}

// janeDoe is a user of the pool.
func janeDoe(edits ...func(*directory.User)) directory.User {
	u := directory.User{
		Sub: sub, Username: "jane", Enabled: true, Status: "CONFIRMED",
		Attributes: map[string]string{
			"email": "jane@example.com", "email_verified": "true", "name": "Jane Doe", "given_name": "Jane",
			"family_name": "Doe", "phone_number": "+15550100", "locale": "en-US",
		},
	}
	for _, edit := range edits {
		edit(&u)
	}
	return u
}

// with sets an attribute, or with "" takes it away.
func with(name, value string) func(*directory.User) {
	return func(u *directory.User) {
		if value == "" {
			delete(u.Attributes, name)
			return
		}
		u.Attributes[name] = value
	}
}

func disabled(u *directory.User) { u.Enabled = false }

// changed is the delivery of a user who is there.
func changed(u directory.User, held reconcile.Remote) reconcile.Delivery {
	return reconcile.Delivery{
		Change:  directory.Change{ID: "c", Kind: directory.Changed, Origin: directory.Sync, Sub: u.Sub, Username: u.Username, ObservedAt: time.Now(), User: &u},
		Confirm: true, Held: held, Claimed: held.ID == "",
	}
}

// gone is the delivery of a leaver.
func gone(held reconcile.Remote) reconcile.Delivery {
	return reconcile.Delivery{
		Change:  directory.Change{ID: "c", Kind: directory.Removed, Origin: directory.Sync, Sub: sub, Username: "jane", ObservedAt: time.Now(), Gone: true},
		Confirm: true, Held: held, Claimed: held.ID == "",
	}
}

// deliver delivers, and fails the test unless the service takes it.
func deliver(t *testing.T, c *client.Client, d reconcile.Delivery) reconcile.Remote {
	t.Helper()
	remote, err := c.Deliver(t.Context(), d)
	if err != nil {
		t.Fatalf("Deliver: %v", err)
	}
	return remote
}

// show asks a service for the user with that externalId; nil if there is none. It shares
// nothing with the client.
func show(t *testing.T, base, externalID string) map[string]any {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/Users?filter="+url.QueryEscape(`externalId eq "`+externalID+`"`), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+scimtest.Token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var list struct{ Resources []map[string]any }
	if text, err := io.ReadAll(answer.Body); err != nil || json.Unmarshal(text, &list) != nil {
		t.Fatalf("%v: %s", err, text)
	}
	switch len(list.Resources) {
	case 0:
		return nil
	case 1:
		return list.Resources[0]
	}
	t.Fatalf("%d users have one externalId", len(list.Resources))
	return nil
}

// without returns a user without what the service alone writes.
func without(user map[string]any, names ...string) map[string]any {
	for _, name := range append(names, "id", "meta", "schemas") {
		delete(user, name)
	}
	return user
}

// verdict returns what an error means, and "" for none.
func verdict(err error) reconcile.Verdict {
	if err == nil {
		return ""
	}
	return reconcile.VerdictOf(err)
}

var errTest = errors.New("failed on demand")
