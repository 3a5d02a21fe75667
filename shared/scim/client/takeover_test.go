package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
)

const (
	other    = "99999999-2222-3333-4444-555555555555" // another user's sub
	foreign  = `{"userName":"jane","active":true,"displayName":"The Boss","nickName":"B","emails":[{"type":"work","value":"Jane@example.com","primary":true}]}`
	foreign2 = `{"userName":"boss","active":true,"displayName":"The Boss","emails":[{"type":"home","value":"jane@example.com"}]}`
)

// linkedTo returns a user of the service who carries an externalId.
func linkedTo(externalID string, active bool) string {
	return fmt.Sprintf(`{"userName":"jane","active":%t,"externalId":%q,"emails":[{"type":"work","value":"jane@example.com"}]}`, active, externalID)
}

// vacant knows one former user.
type vacant struct {
	sub string
	err error
}

func (v vacant) Vacant(_ context.Context, sub string) (bool, error) { return sub == v.sub, v.err }

var unverified = with("email_verified", "false")

// TestMatching shows which user of the service is taken for the pool's, of whom the ledger
// holds nothing. In each row the service holds one user, whom somebody else has created.
func TestMatching(t *testing.T) {
	adopt := func(a client.Adoption) client.Option { return client.WithAdoption(a) }
	for _, tt := range []struct {
		name    string
		there   string
		options []client.Option
		user    directory.User
		verdict reconcile.Verdict // "" for a yes
		note    string            // what the ledger then keeps, if the user there was taken
	}{
		{"nobody is taken by name", foreign, nil, janeDoe(), reconcile.Blocked, ""},
		{"nobody is taken by address", foreign2, nil, janeDoe(), "", ""},
		{"our identifier", linkedTo(sub, true), nil, janeDoe(), "", "created"},
		{"somebody else's identifier", linkedTo(other, true), nil, janeDoe(), reconcile.Blocked, ""},

		{"adopted by name and address", foreign, []client.Option{adopt(client.AdoptVerified)}, janeDoe(), "", "adopted"},
		{"adopted by address", foreign2, []client.Option{adopt(client.AdoptVerified)}, janeDoe(), "", "adopted"},
		{"as our own", foreign, []client.Option{adopt(client.AdoptOwn)}, janeDoe(), "", "created"},
		{"not by an address that is not verified", foreign, []client.Option{adopt(client.AdoptVerified)}, janeDoe(unverified), reconcile.Blocked, ""},
		{"not as our own, either", foreign, []client.Option{adopt(client.AdoptOwn)}, janeDoe(unverified), reconcile.Blocked, ""},
		{"not by name alone", `{"userName":"jane","emails":[{"type":"work","value":"boss@example.com"}]}`, []client.Option{adopt(client.AdoptVerified)}, janeDoe(), reconcile.Blocked, ""},
		{"not who has no address", `{"userName":"jane"}`, []client.Option{adopt(client.AdoptVerified)}, janeDoe(), reconcile.Blocked, ""},
		{"not who is somebody else's", linkedTo(other, true), []client.Option{adopt(client.AdoptVerified)}, janeDoe(), reconcile.Blocked, ""},
		{"not who is somebody else's, as our own", linkedTo(other, true), []client.Option{adopt(client.AdoptOwn)}, janeDoe(), reconcile.Blocked, ""},

		{"a former user's", linkedTo(other, false), []client.Option{client.WithReuse(vacant{other, nil})}, janeDoe(), "", "created"},
		{"a former user's, who is active", linkedTo(other, true), []client.Option{client.WithReuse(vacant{other, nil})}, janeDoe(), reconcile.Blocked, ""},
		{"an inactive user's, who is not gone", linkedTo(other, false), []client.Option{client.WithReuse(vacant{"x", nil})}, janeDoe(), reconcile.Blocked, ""},
		{"a user of whom we cannot tell", linkedTo(other, false), []client.Option{client.WithReuse(vacant{other, errTest})}, janeDoe(), reconcile.Unavailable, ""},
		{"an inactive user of nobody's", `{"userName":"jane","active":false}`, []client.Option{client.WithReuse(vacant{"", nil})}, janeDoe(), reconcile.Blocked, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, scimtest.Behaviour{})
			id := s.Add(tt.there)
			before := s.Users()[0]
			c := connect(t, s.URL, scim.Generic, tt.options...)
			remote, err := c.Deliver(t.Context(), changed(tt.user, reconcile.Remote{}))
			if verdict(err) != tt.verdict {
				t.Fatalf("Deliver = %v, want verdict %q", err, tt.verdict)
			}
			if tt.note == "" {
				if diff := cmp.Diff(before, s.Users()[0]); diff != "" || remote.ID == id {
					t.Errorf("somebody else's account was touched: the ledger keeps %+v; -was +is\n%s", remote, diff)
				}
				return
			}
			if remote != (reconcile.Remote{ID: id, Note: tt.note}) || len(s.Users()) != 1 {
				t.Errorf("the ledger keeps %+v, want %s of %s; the service holds %d users", remote, tt.note, id, len(s.Users()))
			}
			if got := s.Users()[0].ExternalID; got != sub {
				t.Errorf("the user taken over has externalId %q, want ours", got)
			}
		})
	}
}

// TestTwoOfOneExternalID shows that nobody is chosen where there is a choice.
func TestTwoOfOneExternalID(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	s.Add(fmt.Sprintf(`{"userName":"a","externalId":%q}`, sub))
	s.Add(fmt.Sprintf(`{"userName":"b","externalId":%q}`, sub))
	before := s.Users()
	_, err := connect(t, s.URL, scim.Generic).Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{}))
	if !errors.Is(err, client.ErrSeveral) || verdict(err) != reconcile.Blocked {
		t.Errorf("Deliver = %v, want ErrSeveral", err)
	}
	if diff := cmp.Diff(before, s.Users()); diff != "" {
		t.Errorf("somebody was touched: -was +is\n%s", diff)
	}
}

// TestTwoCandidates shows that of two users with the address nobody is adopted.
func TestTwoCandidates(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	s.Add(foreign2)
	s.Add(`{"userName":"chief","active":true,"emails":[{"type":"work","value":"jane@example.com"}]}`)
	before := s.Users()
	remote := deliver(t, connect(t, s.URL, scim.Generic, client.WithAdoption(client.AdoptVerified)), changed(janeDoe(), reconcile.Remote{}))
	if diff := cmp.Diff(before, s.Users()[:2]); diff != "" || remote.Note != "created" || len(s.Users()) != 3 {
		t.Errorf("the ledger keeps %+v, and the service holds %d users: -was +is\n%s", remote, len(s.Users()), diff)
	}
}

// TestAdoptedIsNeverOurs shows what of an adopted user we change while they are here, and
// that nothing but the link goes when they leave, whatever becomes of leavers.
func TestAdoptedIsNeverOurs(t *testing.T) {
	for _, leavers := range []client.Leavers{client.Disable, client.Delete, client.Keep} {
		t.Run(string(leavers), func(t *testing.T) {
			s := start(t, scimtest.Behaviour{})
			s.Add(foreign)
			before := s.Users()[0]
			c := connect(t, s.URL, scim.Generic, client.WithAdoption(client.AdoptVerified), client.WithLeavers(leavers))
			remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
			renamed := janeDoe(disabled, with("email", "new@example.com"), with("name", "Jane Roe"), with("locale", ""))
			renamed.Username = "jane.roe"
			remote = deliver(t, c, changed(renamed, remote))

			is := s.Users()[0]
			if is.UserName != before.UserName || !is.Active || !cmp.Equal(is.Content["emails"], before.Content["emails"]) || is.Content["nickName"] != "B" {
				t.Errorf("the adopted user is now %+v, was %+v", is, before)
			}
			if is.Content["displayName"] != "Jane Roe" || is.ExternalID != sub {
				t.Errorf("the adopted user was not updated: %+v", is)
			}

			deliver(t, c, gone(remote))
			is = s.Users()[0]
			want := sub
			if leavers != client.Keep {
				want = ""
			}
			if is.ExternalID != want || !is.Active || is.UserName != before.UserName {
				t.Errorf("an adopted leaver is now %+v, want externalId %q and nothing else changed", is, want)
			}
		})
	}
}

// TestSignUpUnderAnAdministratorsAddress plays a takeover through, for each setting that
// does not adopt: somebody signs up with an address that an account at the service has,
// confirms or not, verifies or not, and is deleted again.
func TestSignUpUnderAnAdministratorsAddress(t *testing.T) {
	unconfirmed := func(u *directory.User) { u.Status = "UNCONFIRMED" }
	for _, from := range []scim.UserName{scim.FromUsername, scim.FromEmail} {
		for _, account := range []string{
			`{"userName":"jane","active":true,"emails":[{"type":"work","value":"jane@example.com"}]}`,
			`{"userName":"jane@example.com","active":true,"emails":[{"type":"work","value":"jane@example.com"}]}`,
			`{"userName":"jane@example.com","active":true,"externalId":"hr-7","emails":[{"type":"work","value":"jane@example.com"}]}`,
			`{"userName":"jane@example.com","active":false,"externalId":"` + other + `"}`,
		} {
			s := start(t, scimtest.Behaviour{})
			s.Add(account)
			before := s.Users()[0]
			c := client.New(s.URL, client.Bearer(static(scimtest.Token)), scim.Generic, mapping(t, scim.Generic, scim.WithUserName(from)),
				client.WithBackoff(atOnce), client.WithReuse(vacant{"nobody", nil}), client.WithLeavers(client.Delete))
			var remote reconcile.Remote
			for _, u := range []directory.User{janeDoe(unconfirmed, unverified), janeDoe(unverified), janeDoe(), janeDoe(disabled)} {
				u.Username = "jane"
				if got, err := c.Deliver(t.Context(), changed(u, remote)); err == nil || reconcile.VerdictOf(err).Refuses() {
					remote = got // as the ledger does
				}
			}
			if _, err := c.Deliver(t.Context(), gone(remote)); err != nil {
				t.Errorf("from %s, %s: the leaver: %v", from, account, err)
			}
			if diff := cmp.Diff([]scimtest.User{before}, s.Users()); diff != "" {
				t.Errorf("from %s, %s: somebody else's account was touched, or one is left: -was +is\n%s", from, account, diff)
			}
		}
	}
}

// TestStoredIdentifier shows whom the ledger's identifier leads to.
func TestStoredIdentifier(t *testing.T) {
	for _, tt := range []struct {
		name  string
		edit  func(s *scimtest.Server, id string)
		users int // how many the service holds in the end
		same  bool
		note  string
	}{
		{"as it was", func(*scimtest.Server, string) {}, 1, true, "created"},
		{"deleted there, and so created again", func(s *scimtest.Server, id string) { s.Drop(id) }, 1, false, "created"},
		{"created anew there under our identifier", func(s *scimtest.Server, id string) { s.Drop(id); s.Add(linkedTo(sub, true)) }, 1, false, "created"},
		{"given to somebody else, under another name", func(s *scimtest.Server, id string) {
			s.Edit(id, func(u map[string]any) { u["externalId"], u["userName"] = other, "joe" })
		}, 2, false, "created"},
		{"unlinked there, and linked again", func(s *scimtest.Server, id string) {
			s.Edit(id, func(u map[string]any) { delete(u, "externalId") })
		}, 1, true, "created"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, scimtest.Behaviour{SameNames: true}) // it would not notice
			c := connect(t, s.URL, scim.Generic, client.WithClaims(unclaimed))
			remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
			tt.edit(s, remote.ID)
			got := deliver(t, c, changed(janeDoe(), remote))
			if (got.ID == remote.ID) != tt.same || got.Note != tt.note || len(s.Users()) != tt.users {
				t.Errorf("the ledger keeps %+v after %+v, and the service holds %d users", got, remote, len(s.Users()))
			}
			if show(t, s.URL, sub)["id"] != got.ID {
				t.Errorf("our identifier is not with %s", got.ID)
			}
		})
	}
}

// TestLeaverWhoIsSomebodyElsesByNow shows that the account of a leaver is left alone once
// it is another user's.
func TestLeaverWhoIsSomebodyElsesByNow(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	c := connect(t, s.URL, scim.Generic, client.WithLeavers(client.Delete))
	remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
	s.Edit(remote.ID, func(u map[string]any) { u["externalId"] = other })
	before := s.Users()
	deliver(t, c, gone(remote))
	if diff := cmp.Diff(before, s.Users()); diff != "" {
		t.Errorf("the account of another was touched: -was +is\n%s", diff)
	}
}

// TestLeaverOfAClaim shows that a leaver is found of whom the ledger knows only that
// somebody was about to create them, and that it does no harm if nobody did.
func TestLeaverOfAClaim(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	c := connect(t, s.URL, scim.Generic)
	deliver(t, c, gone(reconcile.Remote{}))
	deliver(t, c, changed(janeDoe(), reconcile.Remote{})) // whose answer is lost
	deliver(t, c, gone(reconcile.Remote{}))
	if users := s.Users(); len(users) != 1 || users[0].Active {
		t.Errorf("the service holds %+v, want one who is not active", users)
	}
}

// TestReuse lets somebody come back under the same name, which is logged without it.
func TestReuse(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	var log bytes.Buffer
	c := connect(t, s.URL, scim.Generic, client.WithReuse(vacant{sub, nil}), client.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
	remote := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
	deliver(t, c, gone(remote))
	back := janeDoe(func(u *directory.User) { u.Sub = other })
	again := deliver(t, c, changed(back, reconcile.Remote{}))
	users := s.Users()
	if again != remote || len(users) != 1 || users[0].ExternalID != other || !users[0].Active {
		t.Errorf("the ledger keeps %+v, want %+v; the service holds %+v", again, remote, users)
	}
	if text := log.String(); !strings.Contains(text, other) || !strings.Contains(text, sub) || strings.Contains(text, "jane") {
		t.Errorf("the takeover is logged as %q, want both subs and no name", text)
	}
}

// TestOutside shows that who is not in scope makes no account, and is found once in scope;
// and that a change of status alone makes no leaver.
func TestOutside(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	c := connect(t, s.URL, scim.Generic)
	unconfirmed := func(u *directory.User) { u.Status = "UNCONFIRMED" }
	remote := deliver(t, c, changed(janeDoe(unconfirmed), reconcile.Remote{}))
	deliver(t, c, gone(remote))
	if n := len(s.Requests()); n != 0 || remote.ID != "" {
		t.Errorf("%d requests about who is not in scope, and the ledger keeps %+v; want none", n, remote)
	}
	if c.Fingerprint(janeDoe(unconfirmed)) == c.Fingerprint(janeDoe()) {
		t.Error("that a user has come in scope is no change")
	}
	remote = deliver(t, c, changed(janeDoe(), remote))
	if got := deliver(t, c, changed(janeDoe(unconfirmed), remote)); got != remote {
		t.Errorf("the ledger keeps %+v, want %+v still", got, remote)
	}
	if users := s.Users(); len(users) != 1 || !users[0].Active {
		t.Errorf("the service holds %+v, want one who is active", users)
	}
}

// TestLostAdoption loses the answer to an adoption, within a delivery and for good: who is
// found by our own identifier after that is adopted still, and not ours.
func TestLostAdoption(t *testing.T) {
	for _, tt := range []struct {
		name    string
		options []client.Option
		there   string
		down    bool // the service does not answer any more after that
		note    string
	}{
		{"adopted", []client.Option{client.WithAdoption(client.AdoptVerified)}, foreign, false, "adopted"},
		{"adopted, in a further delivery", []client.Option{client.WithAdoption(client.AdoptVerified)}, foreign, true, "adopted"},
		{"as our own", []client.Option{client.WithAdoption(client.AdoptOwn)}, foreign, false, "created"},
		{"as our own, in a further delivery", []client.Option{client.WithAdoption(client.AdoptOwn)}, foreign, true, "created"},
		{"a former user's", []client.Option{client.WithReuse(vacant{other, nil})}, linkedTo(other, false), false, "created"},
		{"a former user's, in a further delivery", []client.Option{client.WithReuse(vacant{other, nil})}, linkedTo(other, false), true, "created"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, scimtest.Behaviour{})
			s.Add(tt.there)
			c := connect(t, s.URL, scim.Generic, tt.options...)
			patches := 0
			s.Decide(func(r scimtest.Request) scimtest.Fault {
				if r.Method == http.MethodPatch {
					patches++
					return scimtest.LoseAnswer()
				}
				if patches > 0 && tt.down {
					return scimtest.FailPlain(503)
				}
				return nil
			})
			remote, err := c.Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{}))
			if (err != nil) != tt.down || patches != 1 {
				t.Errorf("Deliver = %v after %d adoptions", err, patches)
			}
			if err != nil {
				s.Decide(nil)
				remote = deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
			}
			if remote.Note != tt.note || len(s.Users()) != 1 {
				t.Errorf("the ledger keeps %+v, want one %s; the service holds %d users", remote, tt.note, len(s.Users()))
			}
		})
	}
}
