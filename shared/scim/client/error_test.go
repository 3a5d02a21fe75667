package client_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
)

// TestVerdicts shows what answers mean, to a creation and to a change. Each is given to
// every attempt.
func TestVerdicts(t *testing.T) {
	const unavailable, blocked, rejected = reconcile.Unavailable, reconcile.Blocked, reconcile.Rejected
	for _, tt := range []struct {
		name           string
		fault          scimtest.Fault
		create, change reconcile.Verdict
	}{
		{"a bad value", scimtest.Fail(400, "invalidValue"), rejected, rejected},
		{"a bad request without a type", scimtest.Fail(400, ""), rejected, rejected},
		{"an attribute that cannot change", scimtest.Fail(400, "mutability"), rejected, rejected},
		{"a name that is taken, as 400", scimtest.Fail(400, "uniqueness"), blocked, blocked},
		{"too many", scimtest.Fail(400, "tooMany"), unavailable, unavailable},
		{"a gateway's 400", scimtest.FailGateway(400), blocked, blocked},
		{"a page's 400", scimtest.FailPlain(400), unavailable, unavailable},
		{"401", scimtest.Fail(401, ""), reconcile.Unauthorized, reconcile.Unauthorized},
		{"403", scimtest.Fail(403, ""), reconcile.Unauthorized, reconcile.Unauthorized},
		{"a page's 403", scimtest.FailPlain(403), reconcile.Unauthorized, reconcile.Unauthorized},
		{"a seat limit", scimtest.Fail(402, ""), blocked, blocked},
		{"not found", scimtest.Fail(404, ""), unavailable, unavailable},
		{"a wrong address", scimtest.FailPlain(404), unavailable, unavailable},
		{"a name that is taken", scimtest.Fail(409, "uniqueness"), blocked, blocked},
		{"the same without a type", scimtest.Fail(409, ""), blocked, blocked},
		{"a lost race", scimtest.Fail(412, ""), unavailable, unavailable},
		{"too large", scimtest.Fail(413, ""), rejected, rejected},
		{"a proxy's too large", scimtest.FailPlain(413), unavailable, unavailable},
		{"a wrong media type", scimtest.Fail(415, ""), unavailable, unavailable},
		{"what cannot be processed", scimtest.Fail(422, ""), blocked, blocked},
		{"a page's 422", scimtest.FailPlain(422), unavailable, unavailable},
		{"throttled", scimtest.Throttle(""), reconcile.Throttled, reconcile.Throttled},
		{"throttled by a page", scimtest.ThrottlePlain("0"), reconcile.Throttled, reconcile.Throttled},
		{"500", scimtest.Fail(500, ""), unavailable, unavailable},
		{"502", scimtest.FailPlain(502), unavailable, unavailable},
		{"503", scimtest.Fail(503, ""), unavailable, unavailable},
		{"no connection", scimtest.Reset(), unavailable, unavailable},
		{"a redirect", scimtest.Redirect("http://127.0.0.1:9/elsewhere"), unavailable, unavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, scimtest.Behaviour{})
			c := connect(t, s.URL, scim.Generic)
			writes := func(r scimtest.Request) scimtest.Fault {
				if r.Method == http.MethodGet {
					return nil
				}
				return tt.fault
			}
			s.Decide(writes)
			remote, err := c.Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{}))
			check(t, "creation", err, tt.create)
			if remote != (reconcile.Remote{}) || len(s.Users()) > 0 {
				t.Errorf("creation: the ledger keeps %+v, and the service holds %d users", remote, len(s.Users()))
			}
			s.Decide(nil)
			held := deliver(t, c, changed(janeDoe(), reconcile.Remote{}))
			s.Decide(writes)
			remote, err = c.Deliver(t.Context(), changed(janeDoe(disabled), held))
			check(t, "change", err, tt.change)
			if remote != held {
				t.Errorf("change: the ledger keeps %+v, want %+v still", remote, held)
			}
		})
	}
}

// check fails the test unless an error has a verdict, and repeats nothing of a user.
func check(t *testing.T, what string, err error, want reconcile.Verdict) {
	t.Helper()
	if got := verdict(err); got != want {
		t.Errorf("%s: %v, which is %q; want %q", what, err, got, want)
	}
	if err == nil {
		return
	}
	for _, secret := range []string{"jane", "Jane", "example.com", sub, "+1555", "Bearer"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error %q repeats %q", what, err, secret)
		}
	}
}

// TestLookUpProvesNothing shows answers to a look-up that must not be taken for "there is
// no such user": nobody may be created for them.
func TestLookUpProvesNothing(t *testing.T) {
	page := func(body string) scimtest.Fault {
		return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.Write([]byte(body)) }
	}
	const list = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],`
	for _, tt := range []struct {
		name  string
		fault scimtest.Fault
		want  error
	}{
		{"others are listed", page(list + `"totalResults":1,"Resources":[{"id":"9","userName":"joe","externalId":"x"}]}`), client.ErrFilterIgnored},
		{"some without externalId are listed", page(list + `"totalResults":1,"Resources":[{"id":"9","userName":"joe"}]}`), client.ErrFilterIgnored},
		{"somebody is counted, and nobody shown", page(list + `"totalResults":1}`), client.ErrNotSCIM},
		{"a page of HTML", page(`<html></html>`), client.ErrNotSCIM},
		{"other JSON", page(`{"Resources":[]}`), client.ErrNotSCIM},
		{"nothing", page(``), client.ErrNotSCIM},
		{"404", scimtest.FailGateway(404), reconcile.ErrUnavailable},
		{"501", scimtest.Fail(501, ""), reconcile.ErrUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, scimtest.Behaviour{})
			s.Decide(func(scimtest.Request) scimtest.Fault { return tt.fault })
			_, err := connect(t, s.URL, scim.Generic).Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{}))
			if !errors.Is(err, tt.want) || verdict(err) != reconcile.Unavailable {
				t.Errorf("Deliver = %v, want %v", err, tt.want)
			}
			for _, r := range s.Requests() {
				if r.Method != http.MethodGet {
					t.Errorf("%s was sent", r.Method)
				}
			}
		})
	}
}

// TestRefusedByUs shows that a user who cannot have a user name costs no request.
func TestRefusedByUs(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	c := client.New(s.URL, client.Bearer(static(scimtest.Token)), scim.Generic, mapping(t, scim.Generic, scim.WithUserName(scim.FromEmail)))
	held := reconcile.Remote{ID: "u-1", Note: "created"}
	remote, err := c.Deliver(t.Context(), changed(janeDoe(unverified), held))
	check(t, "delivery", err, reconcile.Rejected)
	if !errors.Is(err, scim.ErrUnverified) || remote != held || len(s.Requests()) > 0 {
		t.Errorf("Deliver = %+v, %v after %d requests", remote, err, len(s.Requests()))
	}
	if c.Fingerprint(janeDoe(unverified)) == c.Fingerprint(janeDoe()) {
		t.Error("that an address has been verified is no change")
	}
}

// TestChangeWithoutUser shows that a change without the user does nothing.
func TestChangeWithoutUser(t *testing.T) {
	d := changed(janeDoe(), reconcile.Remote{ID: "u-1"})
	d.User = nil
	remote, err := connect(t, "http://127.0.0.1:9", scim.Generic).Deliver(t.Context(), d)
	if verdict(err) != reconcile.Unavailable || remote.ID != "u-1" {
		t.Errorf("Deliver = %+v, %v; want it unavailable", remote, err)
	}
}

// TestRetryAfter shows how long the target asks to be left alone, and that it is passed on.
func TestRetryAfter(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	s.Decide(func(scimtest.Request) scimtest.Fault { return scimtest.Throttle("30") })
	_, err := connect(t, s.URL, scim.Generic).Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{}))
	delay, ok := reconcile.RetryAfter(err)
	if !ok || delay != 30*time.Second || len(s.Requests()) != 1 {
		t.Errorf("RetryAfter = %v, %t after %d requests; want 30s after one", delay, ok, len(s.Requests()))
	}
}

// TestCodeOfTheVendor shows the vendor's code in an error, and nothing else that it says.
func TestCodeOfTheVendor(t *testing.T) {
	s := start(t, scimtest.Behaviour{})
	s.Next(nil, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.WriteHeader(http.StatusBadRequest)
		w.Write([]byte(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error","urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error"],
			"status":"400","detail":"jane@example.com is bad","urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error":{"messageId":"error.identity.user.primaryEmailNotSpecified"}}`))
	})
	_, err := connect(t, s.URL, scim.Generic).Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{}))
	check(t, "creation", err, reconcile.Rejected)
	if want := "create user: scim: status 400, error.identity.user.primaryEmailNotSpecified"; err == nil || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

// TestFingerprint shows which changes of a user are changes for the service.
func TestFingerprint(t *testing.T) {
	c := connect(t, "http://127.0.0.1:9", scim.IdentityCenter)
	was := c.Fingerprint(janeDoe())
	for _, tt := range []struct {
		name string
		edit func(*directory.User)
		news bool
	}{
		{"nothing", func(*directory.User) {}, false},
		{"an attribute that is not sent", with("custom:shoe", "44"), false},
		{"another status in scope", func(u *directory.User) { u.Status = "RESET_REQUIRED" }, false},
		{"a date", func(u *directory.User) { u.Modified = time.Unix(1, 0) }, false},
		{"the name", with("name", "Jane Roe"), true},
		{"a value that is taken away", with("locale", ""), true},
		{"disabled", disabled, true},
		{"out of scope", func(u *directory.User) { u.Status = "UNCONFIRMED" }, true},
		{"the user name", func(u *directory.User) { u.Username = "janet" }, true},
		{"an address that is no longer verified", unverified, true},
	} {
		if got := c.Fingerprint(janeDoe(tt.edit)) != was; got != tt.news {
			t.Errorf("%s: a change for the service: %t, want %t", tt.name, got, tt.news)
		}
	}
	nameless := func(username string) directory.Fingerprint {
		return c.Fingerprint(directory.User{Sub: sub, Username: username, Enabled: true, Attributes: map[string]string{"given_name": "Jane"}})
	}
	if nameless("jane") == nameless("janet") {
		t.Error("what stands for a missing name has changed, and that is no change")
	}
	if got := was.String(); !strings.HasPrefix(got, "1:") {
		t.Errorf("the fingerprint is %s, want version 1", got)
	}
}

// TestTargetName shows which addresses are one target.
func TestTargetName(t *testing.T) {
	want := client.TargetName("https://scim.example.com/v2")
	for in, same := range map[string]bool{
		"https://scim.example.com/v2/": true, "HTTPS://SCIM.example.com:443/v2": true,
		"https://scim.example.com/V2": false, "https://scim.example.com:8443/v2": false, "http://scim.example.com/v2": false, "https://other.example.com/v2": false,
	} {
		if got := client.TargetName(in); (got == want) != same {
			t.Errorf("TargetName(%s) = %s, want the same as %s: %t", in, got, want, same)
		}
	}
	if !strings.HasPrefix(want, "scim:") || len(want) != len("scim:")+16 {
		t.Errorf("the name is %q", want)
	}
}

// TestRedirectIsNotFollowed shows that nobody else is told of a user, nor of the token.
func TestRedirectIsNotFollowed(t *testing.T) {
	elsewhere, s := start(t, scimtest.Behaviour{}), start(t, scimtest.Behaviour{})
	s.Decide(func(r scimtest.Request) scimtest.Fault { return scimtest.Redirect(elsewhere.URL + r.Path) })
	c, _ := oauth(t, s, outbound.NewTransport(), static(scimtest.ClientSecret))
	for _, c := range []*client.Client{connect(t, s.URL, scim.Generic), c} {
		_, err := c.Deliver(t.Context(), changed(janeDoe(), reconcile.Remote{}))
		check(t, "delivery", err, reconcile.Unavailable)
	}
	if n := len(elsewhere.Requests()); n > 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}
