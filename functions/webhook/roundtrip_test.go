package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/userhub"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// key is an Admin API key that is never rotated.
type key string

func (k key) Value(context.Context) (string, error)           { return string(k), nil }
func (k key) Refresh(context.Context, string) (string, error) { return string(k), nil }

// tenant is a UserHub that is connected to our webhook and gets our changes.
type tenant struct {
	*world
	hub       *userhubtest.Server
	deliverer *reconcile.Deliverer
	engine    *reconcile.Engine // of full syncs
	target    *userhub.Client
	books     *ledgertest.Memory
}

// newTenant switches everything on, starts the function behind an address, and
// connects UserHub with it.
func newTenant(t *testing.T, by userhub.ExternalID, removal cognito.Removal) *tenant {
	t.Helper()
	w := newWorld(cognitotest.New())
	w.everything(removal)
	w.settings.ExternalID = by
	books := ledgertest.New()
	w.services.ledger = books

	h := w.handler()
	api := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { serve(t, h, rw, r) }))
	t.Cleanup(api.Close)
	hub, err := userhubtest.Start(userhubtest.WithConnection(connection), userhubtest.WithWebhook(userhubtest.Webhook{
		URL: api.URL, Secrets: []string{"old", signingSecret}, Header: map[string]string{secretHeader: secondSecret},
	}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hub.Close() })

	transport := userhub.NewTransport()
	t.Cleanup(transport.CloseIdleConnections)
	target := userhub.NewClient(key(userhubtest.DefaultKey), connection,
		userhub.WithBaseURL(hub.URL), userhub.WithExternalID(by), userhub.WithTransport(transport))
	pool := cognito.New(w.pool, cognitotest.ID, cognito.ListRate(1000))
	return &tenant{
		world: w, hub: hub, target: target, books: books,
		deliverer: reconcile.NewDeliverer(pool, books, target, reconcile.Report, nil, reconcile.WithProvider(userhub.ProviderName)),
		engine: reconcile.NewEngine(pool, books.Lease(), []reconcile.RunTarget{{
			Name: "userhub", Ledger: books, Queue: w.queue, Fingerprinter: target,
			Policy: plan.Full, Limits: plan.DefaultLimits(), MaxBacklog: 1000,
		}}, reconcile.Settings{Rate: 1000}, slog.New(slog.DiscardHandler)),
	}
}

// serve takes a request through the function as API Gateway does.
func serve(t *testing.T, h handler, w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Error(err)
	}
	e := events.APIGatewayV2HTTPRequest{RawQueryString: r.URL.RawQuery, Headers: map[string]string{}, Body: string(body)}
	e.RequestContext.HTTP.Method = r.Method
	for name, values := range r.Header {
		e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	answer, err := h.Handle(r.Context(), e)
	if err != nil {
		t.Error(err)
	}
	for name, value := range answer.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(answer.StatusCode)
	io.WriteString(w, answer.Body)
}

// deliver reports a change that carries no more than a trigger or CloudTrail would
// know.
func (t *tenant) deliver(test *testing.T, kind directory.Kind, origin directory.Origin, sub string) reconcile.Outcome {
	test.Helper()
	u, _ := t.pool.User(sub)
	outcome, err := t.deliverer.Deliver(test.Context(), directory.Change{
		ID: directory.NewChangeID(), Kind: kind, Origin: origin, Sub: sub, Username: u.Username, ObservedAt: u.Modified,
	})
	if err != nil {
		test.Fatal(err)
	}
	return outcome
}

// drain delivers what is on the queue, and returns the outcomes.
func (t *tenant) drain(test *testing.T) (outcomes []reconcile.Outcome) {
	test.Helper()
	changes := t.queue.changes
	t.queue.changes = nil
	for _, c := range changes {
		outcome, err := t.deliverer.Deliver(test.Context(), c)
		if err != nil {
			test.Fatal(err)
		}
		outcomes = append(outcomes, outcome)
	}
	return outcomes
}

// The whole way of a user, by either external id: UserHub is set up; a user it
// does not know signs in, and it fetches the profile; an admin edits the user
// there; events come back, and end as soon as both hold the same; the user leaves.
func TestRoundTrip(t *testing.T) {
	for _, by := range []userhub.ExternalID{userhub.ByUsername, userhub.BySub} {
		t.Run(string(by), func(t *testing.T) {
			tenant := newTenant(t, by, cognito.Disable)
			pool, hub := tenant.pool, tenant.hub
			joe := pool.AddFederated("Google", "42", map[string]string{"name": "Joe", "email": "joe@example.com"})
			if err := hub.Setup(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := held(hub); len(got) != 1 {
				t.Fatalf("after the set-up UserHub holds %q, want joe", got)
			}

			jane := pool.Add("jane", map[string]string{"given_name": "Jane", "family_name": "Example", "email": "jane@example.com", "email_verified": "true"})
			id := by.Of(jane, "jane")
			if got := tenant.deliver(t, directory.SignIn, directory.Trigger, jane); got != reconcile.Delivered {
				t.Errorf("sign-in: got %s, want it delivered", got)
			}
			user, _ := hub.User(id)
			want := userhubtest.Profile{DisplayName: "Jane Example", Email: "jane@example.com", EmailVerified: true}
			if diff := cmp.Diff(want, user.Profile); diff != "" {
				t.Errorf("profile at UserHub (-want +got)\n%s", diff)
			}

			edit := func(p *userhubtest.Profile) { p.DisplayName, p.PhoneNumber, p.Disabled = "Janet", "+15555550100", true }
			if err := hub.EditUser(t.Context(), id, edit); err != nil {
				t.Fatal(err)
			}
			edited, _ := pool.User(jane)
			if got := edited.Attributes; got["name"] != "Janet" || got["phone_number"] != "+15555550100" || got["phone_number_verified"] != "false" || edited.Enabled {
				t.Errorf("after the edit the pool holds %+v, want Janet, with a phone number, disabled", edited)
			}

			// UserHub hears once of what it asked for, because the answer may
			// have been lost.
			if got := tenant.drain(t); !slices.Equal(got, []reconcile.Outcome{reconcile.Delivered}) {
				t.Errorf("after the edit: got %s, want the user delivered once", got)
			}

			// What UserHub took over from us comes back as an event, and goes no further.
			if err := hub.SendEvent(t.Context(), id); err != nil || len(tenant.queue.changes) != 0 {
				t.Fatalf("echo: %v, %d changes on the queue, want none", err, len(tenant.queue.changes))
			}
			// Where UserHub differs from the pool, it is corrected, once.
			pool.Edit(jane, func(u *directory.User) { u.Enabled = true })
			if err := hub.SendEvent(t.Context(), id); err != nil || len(tenant.queue.changes) != 1 {
				t.Fatalf("difference: %v, %d changes on the queue, want 1", err, len(tenant.queue.changes))
			}
			if got, err := tenant.deliverer.Deliver(t.Context(), tenant.queue.changes[0]); err != nil || got != reconcile.Delivered {
				t.Errorf("difference: got %s, %v, want it delivered", got, err)
			}
			if user, _ := hub.User(id); user.Disabled {
				t.Error("difference: UserHub still holds the user disabled")
			}
			if err := hub.SendEvent(t.Context(), id); err != nil || len(tenant.queue.changes) != 1 {
				t.Errorf("second echo: %v, %d changes on the queue, want still 1", err, len(tenant.queue.changes))
			}

			tenant.deliver(t, directory.Changed, directory.CloudTrail, joe)
			for _, sub := range []string{jane, joe} { // joe is federated: not found by sub
				pool.Delete(sub)
				if got := tenant.deliver(t, directory.Removed, directory.CloudTrail, sub); got != reconcile.Dropped {
					t.Errorf("removal: got %s, want %s", got, reconcile.Dropped)
				}
			}
			left := []string{by.Of(jane, "jane") + " PENDING_DELETION", by.Of(joe, "Google_42") + " PENDING_DELETION"}
			slices.Sort(left)
			if diff := cmp.Diff(left, held(hub)); diff != "" {
				t.Errorf("at UserHub in the end (-want +got)\n%s", diff)
			}
		})
	}
}

// held returns what UserHub holds, one line a user.
func held(hub *userhubtest.Server) []string {
	var all []string
	for _, u := range hub.Users() {
		all = append(all, u.AccountConnections[0].ExternalID+" "+u.State)
	}
	slices.Sort(all)
	return all
}

// What an admin creates at UserHub is created in the pool, and what an admin deletes
// there is removed the way the owner chose.
func TestAdminCreatesAndDeletes(t *testing.T) {
	for _, removal := range []cognito.Removal{cognito.Disable, cognito.Delete} {
		t.Run(string(removal), func(t *testing.T) {
			tenant := newTenant(t, userhub.BySub, removal)
			id, err := tenant.hub.CreateUser(t.Context(), userhubtest.Profile{DisplayName: "Joe", Email: "joe@example.com", EmailVerified: true})
			if err != nil {
				t.Fatal(err)
			}
			created, there := tenant.pool.User(id)
			if !there || !created.Enabled || created.Attributes["email_verified"] != "true" || tenant.pool.Invitations() != 0 {
				t.Errorf("the pool holds %+v, %d invitations; want Joe, uninvited", created, tenant.pool.Invitations())
			}
			if _, err := tenant.hub.CreateUser(t.Context(), userhubtest.Profile{Email: "joe@example.com"}); !strings.Contains(fmt.Sprint(err), "ALREADY_EXISTS") {
				t.Errorf("another one with the same address: got %v, want ALREADY_EXISTS", err)
			}

			body, _ := json.Marshal(map[string]string{"id": id})
			if answer, err := tenant.hub.Call(t.Context(), "users.delete", body); err != nil || string(answer) != "{}" {
				t.Fatalf("delete: got %s, %v", answer, err)
			}
			left, there := tenant.pool.User(id)
			if there != (removal == cognito.Disable) || left.Enabled {
				t.Errorf("after the deletion the pool holds the user %t, enabled %t", there, left.Enabled)
			}
		})
	}
}
