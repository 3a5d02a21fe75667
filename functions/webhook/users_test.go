package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub"
)

// page is a page of users as UserHub reads it.
type page struct {
	Users         []userhub.CustomUser
	NextPageToken string
}

func list(t *testing.T, h handler, size int, token string) page {
	t.Helper()
	status, answer := call(t, h, "users.list", fmt.Sprintf(`{"pageSize":%d,"pageToken":%q}`, size, token))
	if status != "200" {
		t.Fatalf("got %s %s", status, answer)
	}
	var p page
	if err := json.Unmarshal([]byte(answer), &p); err != nil {
		t.Fatal(err)
	}
	if p.Users == nil {
		t.Fatalf("users is null: %s", answer)
	}
	return p
}

// Listing returns each user exactly once and makes nobody billable, whatever the
// pages of the pool are like.
func TestListEveryone(t *testing.T) {
	tests := []struct {
		name    string
		by      userhub.ExternalID
		size    int
		options []cognitotest.Option
		want    int // the size of the first page
	}{
		{"by user name", userhub.ByUsername, 100, nil, 60},
		{"by sub", userhub.BySub, 100, nil, 60},
		{"as the provider likes", userhub.ByUsername, 0, nil, 60},
		{"small pages", userhub.ByUsername, 7, []cognitotest.Option{cognitotest.Users(100)}, 7},
		{"odd pages", userhub.ByUsername, 100, []cognitotest.Option{cognitotest.PageSizes(func(n, limit int) int { return n % 3 * limit / 2 })}, 0},
		{"busy pool", userhub.ByUsername, 100, []cognitotest.Option{cognitotest.ListQuota(2), cognitotest.Users(500)}, 60},
		{"empty pool", userhub.ByUsername, 100, []cognitotest.Option{cognitotest.Users(0)}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(cognitotest.New(append([]cognitotest.Option{cognitotest.Users(10_000)}, tt.options...)...))
				w.settings.ExternalID = tt.by
				h := w.handler()

				want := map[string]int{}
				for u := range w.pool.All() {
					want[tt.by.Of(u.Sub, u.Username)] = 1
				}
				got := map[string]int{}
				for p := (page{NextPageToken: ""}); ; {
					first := len(got) == 0 && p.NextPageToken == ""
					p = list(t, h, tt.size, p.NextPageToken)
					if first && len(p.Users) != tt.want {
						t.Errorf("first page: got %d users, want %d", len(p.Users), tt.want)
					}
					for _, u := range p.Users {
						got[u.ID]++
					}
					if p.NextPageToken == "" {
						break
					}
				}
				if !maps.Equal(want, got) {
					t.Errorf("got %d users, want each of %d exactly once", len(got), len(want))
				}
				if calls := w.pool.AllCalls(); len(calls) != 1 || calls["ListUsers"] == 0 {
					t.Errorf("calls %v, want only ListUsers", calls)
				}
			})
		})
	}
}

func TestListShowsProfiles(t *testing.T) {
	w := newWorld(cognitotest.New())
	w.pool.Add("jane", map[string]string{"given_name": "Jane", "family_name": "Example", "email": "jane@example.com", "email_verified": "true"})
	got := list(t, w.handler(), 10, "")
	want := page{Users: []userhub.CustomUser{{ID: "jane", DisplayName: "Jane Example", Email: "jane@example.com", EmailVerified: true}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("page (-want +got)\n%s", diff)
	}
}

func TestListRefusesTokens(t *testing.T) {
	// change rewrites a token.
	change := func(edit func(*pageToken)) func(string) string {
		return func(token string) string {
			data, _ := base64.RawURLEncoding.DecodeString(token)
			var t pageToken
			json.Unmarshal(data, &t)
			edit(&t)
			data, _ = json.Marshal(t)
			return base64.RawURLEncoding.EncodeToString(data)
		}
	}
	keep := func(token string) string { return token }
	tests := []struct {
		name  string
		size  int
		age   time.Duration
		token func(good string) string
		fault error
		want  string
	}{
		{"good", 20, 0, keep, nil, "200"},
		{"good, and more is asked for", 60, 0, keep, nil, "200"},
		{"less is asked for", 19, 0, keep, nil, "400 INVALID_ARGUMENT"},
		{"too old", 20, time.Hour, keep, nil, "400 INVALID_ARGUMENT"},
		{"no base64", 20, 0, func(string) string { return "%" }, nil, "400 INVALID_ARGUMENT"},
		{"no JSON", 20, 0, func(string) string { return "bm8" }, nil, "400 INVALID_ARGUMENT"},
		{"of another pool", 20, 0, change(func(p *pageToken) { p.Pool = "us-east-1_EXAMPLE02" }), nil, "400 INVALID_ARGUMENT"},
		{"with another size", 60, 0, change(func(p *pageToken) { p.Size = 60 }), nil, "400 INVALID_ARGUMENT"},
		{"with no size", 60, 0, change(func(p *pageToken) { p.Size = 0 }), nil, "400 INVALID_ARGUMENT"},
		{"with too much", 60, 0, change(func(p *pageToken) { p.Size = 61 }), nil, "400 INVALID_ARGUMENT"},
		{"with nothing of Cognito's", 20, 0, change(func(p *pageToken) { p.Next = "" }), nil, "400 INVALID_ARGUMENT"},
		{"with someone else's", 20, 0, change(func(p *pageToken) { p.Next = "bm9uZQ==" }), nil, "400 INVALID_ARGUMENT"},
		{"throttled", 20, 0, keep, cognitotest.Throttled(), "429 RESOURCE_EXHAUSTED"},
		{"failing", 20, 0, keep, cognitotest.Internal(), "500 UNAVAILABLE"},
		{"forbidden", 20, 0, keep, cognitotest.Denied(), "500 UNAVAILABLE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(cognitotest.New(cognitotest.Users(100)))
				h := w.handler()
				token := list(t, h, 20, "").NextPageToken
				time.Sleep(tt.age) // in the bubble's time
				w.pool.Fail(func(cognitotest.Call) error { return tt.fault })
				if got, answer := call(t, h, "users.list", fmt.Sprintf(`{"pageSize":%d,"pageToken":%q}`, tt.size, tt.token(token))); got != tt.want {
					t.Errorf("got %s %s, want %s", got, answer, tt.want)
				}
			})
		})
	}
}

// Only a user who is proven absent is NOT_FOUND. AdminGetUser, which makes a user
// billable, is never called for a listed one.
func TestGet(t *testing.T) {
	pool := cognitotest.New(cognitotest.Aliases("preferred_username"))
	jane := pool.Add("jane", map[string]string{"email": "jane@example.com", "email_verified": "true"})
	okta := pool.AddFederated("Okta", "42", nil)
	fresh := pool.Add("fresh", nil)
	freshFederated := pool.AddFederated("Okta", "43", nil)
	pool.Hide(fresh)
	pool.Hide(freshFederated)
	gone := pool.Add("gone", nil)
	pool.Delete(gone)
	again := pool.Add("again", nil)
	pool.Delete(again)
	pool.Add("again", nil)
	pool.Add("other", map[string]string{"preferred_username": "alias"})
	pool.Edit(okta, func(u *directory.User) { u.Enabled = false })
	names := ledgerOf{jane: "jane", freshFederated: "Okta_43", gone: "gone", again: "again"}
	const never = "00000000-0000-4000-8000-000000000000"

	failAll := func(err error) func(cognitotest.Call) error { return func(cognitotest.Call) error { return err } }
	failProof := func(err error) func(cognitotest.Call) error {
		return func(c cognitotest.Call) error {
			if c.Op == "AdminGetUser" {
				return err
			}
			return nil
		}
	}
	const byName, bySub = userhub.ByUsername, userhub.BySub
	tests := []struct {
		name   string
		by     userhub.ExternalID
		id     string
		fault  func(cognitotest.Call) error
		ledger entries
		want   string
		proofs int // AdminGetUser
	}{
		{"there", byName, "jane", nil, nil, "200", 0},
		{"federated", byName, "Okta_42", nil, nil, "200", 0},
		{"not listed yet", byName, "fresh", nil, nil, "500 UNAVAILABLE", 1},
		{"federated, not listed yet", byName, "Okta_43", nil, nil, "500 UNAVAILABLE", 1},
		{"deleted", byName, "gone", nil, nil, "404 NOT_FOUND", 1},
		{"nobody ever", byName, `"no\one`, nil, nil, "404 NOT_FOUND", 1},
		{"somebody's alias", byName, "alias", nil, nil, "500 UNAVAILABLE", 1},
		{"somebody's sub", byName, jane, nil, nil, "500 UNAVAILABLE", 1},
		{"throttled", byName, "jane", failAll(cognitotest.Throttled()), nil, "429 RESOURCE_EXHAUSTED", 0},
		{"failing", byName, "jane", failAll(cognitotest.Internal()), nil, "500 UNAVAILABLE", 0},
		{"forbidden", byName, "jane", failAll(cognitotest.Denied()), nil, "500 UNAVAILABLE", 0},
		{"out of reach", byName, "jane", failAll(cognitotest.Unreachable()), nil, "500 UNAVAILABLE", 0},
		{"a name that no user can have", byName, "jo\tan", failAll(cognitotest.Answer("InvalidParameterException", 400)), nil, "400 INVALID_ARGUMENT", 1},
		{"a name that the filter does not take", byName, "jane", faultIn("ListUsers", cognitotest.Answer("InvalidParameterException", 400)), nil, "400 INVALID_ARGUMENT", 1},
		{"proof throttled", byName, "gone", failProof(cognitotest.Throttled()), nil, "429 RESOURCE_EXHAUSTED", -1},
		{"proof failing", byName, "gone", failProof(cognitotest.Internal()), nil, "500 UNAVAILABLE", -1},
		{"proof forbidden", byName, "gone", failProof(cognitotest.Denied()), nil, "500 UNAVAILABLE", 1},

		{"there", bySub, jane, nil, names, "200", 0},
		{"federated", bySub, okta, nil, names, "200", 0},
		{"federated, not listed yet", bySub, freshFederated, nil, names, "500 UNAVAILABLE", 1},
		{"not listed yet, and not in the ledger", bySub, fresh, nil, names, "500 UNAVAILABLE", 0},
		{"deleted", bySub, gone, nil, names, "404 NOT_FOUND", 1},
		{"deleted, and created again", bySub, again, nil, names, "404 NOT_FOUND", 1},
		{"nobody by definition", bySub, directory.Nobody, nil, nil, "404 NOT_FOUND", 0},
		{"nobody ever", bySub, never, nil, names, "500 UNAVAILABLE", 0},
		{"deleted, without a ledger", bySub, gone, nil, nil, "500 UNAVAILABLE", 0},
		{"deleted, with a broken ledger", bySub, gone, nil, ledgerOf(nil), "500 UNAVAILABLE", 0},
		{"a user name", bySub, "jane", nil, names, "400 INVALID_ARGUMENT", 0},
	}
	for _, tt := range tests {
		t.Run(string(tt.by)+"/"+tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(pool)
				w.settings.ExternalID, w.services.ledger = tt.by, tt.ledger
				pool.ResetCalls()
				pool.Fail(tt.fault)
				defer pool.Fail(nil)

				request, _ := json.Marshal(map[string]string{"id": tt.id})
				got, answer := call(t, w.handler(), "users.get", string(request))
				if got != tt.want {
					t.Errorf("got %s %s, want %s", got, answer, tt.want)
				}
				if n := pool.Calls("AdminGetUser"); n != tt.proofs && tt.proofs >= 0 {
					t.Errorf("AdminGetUser was called %d times, want %d", n, tt.proofs)
				}
				if got != "200" {
					leaks(t, "the answer", answer, tt.id, "example.com")
					leaks(t, "the log", w.logs.String(), tt.id, "example.com")
				}
			})
		})
	}
}

func TestGetShowsTheProfile(t *testing.T) {
	w := newWorld(cognitotest.New())
	sub := w.pool.AddFederated("Google", "100000000000000000001", map[string]string{
		"name": "Jane Example", "email": "jane@example.com", "phone_number": "+15555550100", "picture": "https://example.com/jane.png",
	})
	w.pool.Edit(sub, func(u *directory.User) { u.Enabled = false })
	_, answer := call(t, w.handler(), "users.get", `{"id":"Google_100000000000000000001"}`)
	const want = `{"id":"Google_100000000000000000001","displayName":"Jane Example","email":"jane@example.com","emailVerified":false,` +
		`"phoneNumber":"+15555550100","phoneNumberVerified":false,"imageUrl":"https://example.com/jane.png","disabled":true}`
	if answer != want {
		t.Errorf("got  %s\nwant %s", answer, want)
	}
}
