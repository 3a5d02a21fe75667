package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
	"github.com/poolsync/poolsync/shared/scim/scimtest/reference"
)

// newcomers returns the deliveries of so many users of whom nobody holds anything.
func newcomers(n int) []reconcile.Delivery {
	var all []reconcile.Delivery
	for i := range n {
		all = append(all, changed(numbered(i), reconcile.Remote{}))
	}
	return all
}

func numbered(i int) directory.User {
	return janeDoe(func(u *directory.User) { u.Sub, u.Username = fmt.Sprintf("sub-%d", i), fmt.Sprintf("user-%d", i) })
}

// byPath counts requests by method and path.
func byPath(s *scimtest.Server) map[string]int {
	counts := map[string]int{}
	for _, r := range s.Requests() {
		counts[r.Method+" "+r.Path]++
	}
	return counts
}

// TestDeliverAll creates users at services that take many at once, few, or none, and in
// the end each outcome is that of its own user.
func TestDeliverAll(t *testing.T) {
	const n = 25
	sized := func(operations, bytes int) scim.Profile {
		p := scim.Generic
		p.Bulk.Operations, p.Bulk.Bytes = operations, bytes
		return p
	}
	for _, tt := range []struct {
		name         string
		profile      scim.Profile
		behaviour    scimtest.Behaviour
		bulk, single int // requests
	}{
		{"all at once", sized(100, 1<<20), scimtest.Behaviour{}, 1, 0},
		{"ten at once", sized(10, 1<<20), scimtest.Behaviour{}, 3, 0},
		{"what is left is one", sized(8, 1<<20), scimtest.Behaviour{}, 3, 1},
		{"few bytes", sized(100, 5000), scimtest.Behaviour{}, 3, 0},
		{"numeric status", sized(100, 1<<20), scimtest.Behaviour{NumericStatus: true}, 1, 0},
		{"a relative location", sized(100, 1<<20), scimtest.Behaviour{RelativeLocation: true}, 1, 0},
		{"no location", sized(100, 1<<20), scimtest.Behaviour{NoLocation: true}, 1, 0},
		{"more than the service takes", sized(100, 1<<20), scimtest.Behaviour{BulkLimit: 7}, 7, 0},
		{"no Bulk, to our surprise", sized(10, 1<<20), scimtest.Behaviour{NoBulk: true}, 1, n},
		{"no Bulk", sized(0, 0), scimtest.Behaviour{}, 0, n},
		{"IAM Identity Center", scim.IdentityCenter, scimtest.IdentityCenter, 0, n},
		{"an identity domain", scim.OCI, scimtest.OCI, 1, 0},
		{"names are not unique", func() scim.Profile { p := sized(10, 1<<20); p.SameNames = true; return p }(), scimtest.Behaviour{}, 0, n},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, tt.behaviour)
			c := connect(t, s.URL, tt.profile, client.WithClaims(unclaimed))
			outcomes := c.DeliverAll(t.Context(), newcomers(n))
			checkOutcomes(t, s, outcomes)
			if got := byPath(s); got["POST /Bulk"] != tt.bulk || got["POST /Users"] != tt.single {
				t.Errorf("so many requests were made: %v; want %d Bulk, and %d for one user", got, tt.bulk, tt.single)
			}
		})
	}
}

// checkOutcomes fails the test unless each outcome is that of its own user, who is there
// once.
func checkOutcomes(t *testing.T, s *scimtest.Server, outcomes []client.Outcome) {
	t.Helper()
	ids := map[string]string{}
	for _, u := range s.Users() {
		ids[u.ExternalID] = u.ID
	}
	if len(s.Users()) != len(outcomes) {
		t.Errorf("the service holds %d users, want %d", len(s.Users()), len(outcomes))
	}
	for i, o := range outcomes {
		if want := (reconcile.Remote{ID: ids[fmt.Sprintf("sub-%d", i)], Note: "created"}); o.Remote != want || o.Err != nil {
			t.Errorf("outcome %d is %+v, want %+v", i, o, want)
		}
	}
}

// TestDeliverAllToTheReference creates users at a real service, by Bulk.
func TestDeliverAllToTheReference(t *testing.T) {
	base := reference.ForTest(t, "")
	for i, o := range connect(t, base, scim.Generic, client.WithClaims(unclaimed)).DeliverAll(t.Context(), newcomers(150)) {
		is := show(t, base, fmt.Sprintf("sub-%d", i))
		if o.Err != nil || is["id"] != o.Remote.ID || is["userName"] != fmt.Sprintf("user-%d", i) {
			t.Fatalf("outcome %d is %+v, and the service holds %v", i, o, is)
		}
	}
}

// TestDeliverAllKinds mixes what can go by Bulk with what cannot, and what fails with what
// does not: each outcome is its own.
func TestDeliverAllKinds(t *testing.T) {
	s := start(t, scimtest.Behaviour{Demands: []string{"userName", "locale"}})
	s.Add(`{"userName":"user-0","externalId":"sub-0","active":true}`)
	s.Add(`{"userName":"user-1","active":true}`)
	known := s.Add(`{"userName":"user-2","externalId":"sub-2","active":true}`)
	leaver := s.Add(`{"userName":"user-3","externalId":"sub-3","active":true,"locale":"en-US"}`)
	all := newcomers(8)
	all[2].Held = reconcile.Remote{ID: known, Note: "created"}
	all[3].Held, all[3].Kind, all[3].User = reconcile.Remote{ID: leaver, Note: "created"}, directory.Removed, nil
	all[4].User.Status = "UNCONFIRMED"
	delete(all[5].User.Attributes, "locale")
	all[6].User = nil
	got := connect(t, s.URL, scim.Generic, client.WithClaims(unclaimed)).DeliverAll(t.Context(), all)
	for i, want := range []struct {
		note    string
		verdict reconcile.Verdict
	}{
		{"adopted", ""}, {"", reconcile.Blocked}, {"created", ""}, {"", ""}, {"outside", ""}, {"", reconcile.Rejected}, {"", reconcile.Unavailable}, {"created", ""},
	} {
		if got[i].Remote.Note != want.note || verdict(got[i].Err) != want.verdict {
			t.Errorf("outcome %d is %+v, want %q and verdict %q", i, got[i], want.note, want.verdict)
		}
		check(t, fmt.Sprint("outcome ", i), got[i].Err, want.verdict)
	}
	if n := strings.Count(string(s.Requests()[0].Body), `"bulkId"`); n != 4 {
		t.Errorf("%d users went by Bulk, want the 4 who can be new", n)
	}
	for _, u := range s.Users() {
		if u.ID == leaver && u.Active || u.UserName == "user-4" || u.UserName == "user-5" {
			t.Errorf("the service holds %+v", u)
		}
	}
}

// TestBulkFails shows what the failure of a whole Bulk request means for each of its users,
// and that nobody is there twice once they are delivered again.
func TestBulkFails(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault scimtest.Fault
		want  reconcile.Verdict // of each
		err   error             // what it is, if that is certain
	}{
		{"no answer", scimtest.LoseAnswer(), reconcile.Unavailable, nil},
		{"a page, after its effect", scimtest.Garble(), reconcile.Unavailable, client.ErrNotSCIM},
		{"500, after its effect", scimtest.FailAfter(500), reconcile.Unavailable, nil},
		{"503", scimtest.Fail(503, ""), reconcile.Unavailable, nil},
		{"throttled", scimtest.Throttle("30"), reconcile.Throttled, nil},
		{"refused", scimtest.Fail(403, ""), reconcile.Unauthorized, nil},
		{"a bad request, of which one is to blame", scimtest.Fail(400, "invalidSyntax"), "", nil},
		{"JSON of another kind", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.Write([]byte(`{}`)) }, reconcile.Unavailable, client.ErrNotSCIM},
		{"no operations", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Write([]byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkResponse"]}`))
		}, reconcile.Unavailable, client.ErrUnanswered},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, scimtest.Behaviour{SameNames: true}) // it would not notice
			s.Next(tt.fault)
			c := connect(t, s.URL, scim.Generic, client.WithClaims(unclaimed))
			outcomes := c.DeliverAll(t.Context(), newcomers(5))
			for i, o := range outcomes {
				check(t, fmt.Sprint("outcome ", i), o.Err, tt.want)
				if !errors.Is(o.Err, tt.err) && tt.err != nil {
					t.Errorf("outcome %d: %v, want %v", i, o.Err, tt.err)
				}
			}
			if tt.want != "" {
				outcomes = connect(t, s.URL, scim.Generic).DeliverAll(t.Context(), newcomers(5)) // now they are claimed
			}
			checkOutcomes(t, s, outcomes)
		})
	}
}

// TestBulkIsPacedByItself shows which pacer a Bulk request waits for.
func TestBulkIsPacedByItself(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	var others, bulk pauses
	c := connect(t, s.URL, scim.OCI, client.WithClaims(unclaimed), client.WithPacer(&others), client.WithBulkPacer(&bulk))
	c.DeliverAll(t.Context(), newcomers(5))
	if others.turns != 0 || bulk.turns != 1 {
		t.Errorf("%d turns of others, and %d of Bulk; want none and one", others.turns, bulk.turns)
	}
}

// TestBulkKeepsToTheRFCs has scim2-models check a Bulk request and each user in it.
func TestBulkKeepsToTheRFCs(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	connect(t, s.URL, scim.Generic, client.WithClaims(unclaimed)).DeliverAll(t.Context(), newcomers(3))
	body := s.Requests()[0].Body
	lines := []string{fmt.Sprintf(`{"method":"BULK","body":%s}`, body)}
	var request struct {
		Operations []struct{ Data json.RawMessage }
	}
	if err := json.Unmarshal(body, &request); err != nil || len(request.Operations) != 3 {
		t.Fatalf("%v: %s", err, body)
	}
	for _, op := range request.Operations {
		lines = append(lines, fmt.Sprintf(`{"method":"POST","body":%s}`, op.Data))
	}
	problems, err := reference.Validate(t.Context(), strings.NewReader(strings.Join(lines, "\n")+"\n"))
	if err != nil || problems != "" {
		t.Errorf("%v; not as the RFCs have it:\n%s", err, problems)
	}
}

// TestPatience shows how long an answer may take, about one user and about many.
func TestPatience(t *testing.T) {
	for _, tt := range []struct {
		users int
		delay time.Duration
		want  reconcile.Verdict
	}{
		{1, 14 * time.Second, ""}, {1, 16 * time.Second, reconcile.Unavailable},
		{2, 59 * time.Second, ""}, {2, 61 * time.Second, reconcile.Unavailable},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, transport := inMemory(t, scimtest.Behaviour{})
			s.Decide(func(scimtest.Request) scimtest.Fault { return scimtest.Delay(tt.delay) })
			c := connect(t, s.URL, scim.Generic, client.WithTransport(transport), client.WithClaims(unclaimed))
			for i, o := range c.DeliverAll(t.Context(), newcomers(tt.users)) {
				check(t, fmt.Sprintf("%d users, %v: outcome %d", tt.users, tt.delay, i), o.Err, tt.want)
			}
			time.Sleep(2 * time.Minute) // until the late answers have come, on the test's own clock
		})
	}
}
