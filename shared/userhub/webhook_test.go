package userhub_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/userhubdev/go-sdk/code"
	"github.com/userhubdev/go-sdk/connectionsv1"
	"github.com/userhubdev/go-sdk/eventsv1"
	"github.com/userhubdev/go-sdk/option"
	"github.com/userhubdev/go-sdk/types"
	sdkwebhook "github.com/userhubdev/go-sdk/webhook"

	"github.com/poolsync/poolsync/shared/secret"
	"github.com/poolsync/poolsync/shared/userhub"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// A secret of Secrets Manager's works in every place.
var (
	_ userhub.Key     = (*secret.Secret)(nil)
	_ userhub.Secrets = (*secret.Secret)(nil)
)

// jane is the one user that the providers of these tests know. The id of a request
// may also be a code: then they fail with that.
var jane = userhub.CustomUser{
	ID: "jane", DisplayName: "Jane <Example>", Email: "jane@example.com", EmailVerified: true,
	PhoneNumber: "+15555550100", ImageURL: "https://example.com/jane.png?a=b&c=d",
}

var errBroken = errors.New("the database of jane@example.com is down")

// fail returns a provider's error for an id, or nil.
func fail(id string) error {
	switch {
	case id == jane.ID:
		return nil
	case id == "broken":
		return errBroken
	case id == strings.ToUpper(id):
		return &userhub.Refusal{Code: userhub.Code(id), Message: "failed on demand"}
	}
	return &userhub.Refusal{Code: userhub.NotFound, Message: "no such user"}
}

func provider() userhub.Provider {
	return userhub.Provider{
		ListUsers: func(_ context.Context, r userhub.ListRequest) (userhub.ListResponse, error) {
			switch r.PageToken {
			case "":
				return userhub.ListResponse{Users: []userhub.CustomUser{jane}, NextPageToken: "2"}, nil
			case "2":
				return userhub.ListResponse{}, nil
			}
			return userhub.ListResponse{}, &userhub.Refusal{Code: userhub.InvalidArgument, Message: "pageToken: unknown"}
		},
		GetUser:     func(_ context.Context, r userhub.UserRequest) (userhub.CustomUser, error) { return jane, fail(r.ID) },
		UpdateUser:  func(_ context.Context, r userhub.UserInput) (userhub.CustomUser, error) { return jane, fail(r.ID) },
		CreateUser:  func(_ context.Context, r userhub.UserInput) (userhub.CustomUser, error) { return jane, nil },
		HandleEvent: func(_ context.Context, e userhub.Event) error { return fail(e.ID) },
	}
}

// official is a webhook made with UserHub's own SDK on the same terms.
func official() *sdkwebhook.Webhook {
	fail := func(id string) error {
		err := fail(id)
		if refusal, ok := errors.AsType[*userhub.Refusal](err); ok {
			return types.NewError("failed").SetApiCode(code.Code(refusal.Code))
		}
		return err
	}
	user := (*connectionsv1.CustomUser)(&connectionsv1.CustomUser{
		Id: jane.ID, DisplayName: jane.DisplayName, Email: jane.Email, EmailVerified: jane.EmailVerified,
		PhoneNumber: jane.PhoneNumber, ImageUrl: jane.ImageURL,
	})
	return sdkwebhook.New(signingSecret, option.WithOnError(nil)).
		OnListUsers(func(_ context.Context, r *connectionsv1.ListCustomUsersRequest) (*connectionsv1.ListCustomUsersResponse, error) {
			switch r.PageToken {
			case "":
				return &connectionsv1.ListCustomUsersResponse{Users: []*connectionsv1.CustomUser{user}, NextPageToken: "2"}, nil
			case "2":
				return &connectionsv1.ListCustomUsersResponse{}, nil
			}
			return nil, types.NewError("unknown token").SetApiCode(code.InvalidArgument)
		}).
		OnGetUser(func(_ context.Context, r *connectionsv1.GetCustomUserRequest) (*connectionsv1.CustomUser, error) {
			return user, fail(r.Id)
		}).
		OnUpdateUser(func(_ context.Context, r *connectionsv1.CustomUser) (*connectionsv1.CustomUser, error) {
			return user, fail(r.Id)
		}).
		OnCreateUser(func(_ context.Context, r *connectionsv1.CustomUser) (*connectionsv1.CustomUser, error) {
			return user, nil
		}).
		OnEvent(func(_ context.Context, e *eventsv1.Event) error { return fail(e.Id) })
}

// reply is an answer without its wording, which is our own.
type reply struct {
	Status int
	Body   any
}

func newReply(t *testing.T, status int, body []byte) reply {
	t.Helper()
	r := reply{Status: status}
	if err := json.Unmarshal(body, &r.Body); err != nil && status != http.StatusOK {
		t.Fatalf("an error that is not JSON: %q", body)
	} else if err != nil {
		r.Body = string(body) // the echo of a challenge may be anything
	}
	if refusal, ok := r.Body.(map[string]any); ok && status != http.StatusOK {
		if text, _ := refusal["message"].(string); text == "" || strings.Contains(text, "jane") {
			t.Errorf("message %q: want one without personal data", text)
		}
		delete(refusal, "message")
	}
	return r
}

// Every case of the protocol, answered by UserHub's own SDK and by us. The two may
// differ only where the row says why.
func TestAnswersAreTheSDKs(t *testing.T) {
	const second = time.Second
	type change = func(*http.Request)
	set := func(name, value string) change { return func(r *http.Request) { r.Header.Set(name, value) } }
	// resign signs as if the clock were ahead, with the given secrets.
	resign := func(ahead time.Duration, secrets ...string) change {
		return func(r *http.Request) {
			body, _ := r.GetBody()
			var data bytes.Buffer
			data.ReadFrom(body)
			again, _ := userhubtest.Webhook{URL: "/", Secrets: secrets, Skew: ahead}.
				Request(r.Context(), r.Header.Get("UserHub-Action"), data.Bytes())
			maps.Copy(r.Header, again.Header)
		}
	}
	both := func(changes ...change) change {
		return func(r *http.Request) {
			for _, c := range changes {
				c(r)
			}
		}
	}
	joined := func(r *http.Request) {
		r.Header.Set("UserHub-Signature", strings.Join(r.Header.Values("UserHub-Signature"), " , ,"))
	}
	upper := func(r *http.Request) {
		r.Header.Set("UserHub-Signature", strings.ToUpper(r.Header.Get("UserHub-Signature")))
	}
	object := func(pairs ...any) map[string]any {
		o := map[string]any{}
		for i := 0; i < len(pairs); i += 2 {
			o[pairs[i].(string)] = pairs[i+1]
		}
		return o
	}
	refused := func(status int, code string) *reply { return &reply{status, object("code", code)} }

	tests := []struct {
		name, action, body string
		change             change
		differs            string // why our answer is another one
		want               *reply // and which; nil where it does not differ
	}{
		{name: "challenge", action: "challenge", body: `{ "challenge" : "abc123" }`},
		{name: "challenge that is not JSON", action: "challenge", body: "\x00\xff"},
		{name: "list", action: "users.list", body: `{"pageSize":100}`},
		{name: "list with a null token", action: "users.list", body: `{"pageSize":100,"pageToken":null}`},
		{name: "list, empty page", action: "users.list", body: `{"pageSize":100,"pageToken":"2"}`,
			differs: "an empty page is [] and not null, whose meaning is not documented",
			want:    &reply{200, object("users", []any{}, "nextPageToken", "")}},
		{name: "list with a bad token", action: "users.list", body: `{"pageSize":100,"pageToken":"3"}`},
		{name: "list of a negative number", action: "users.list", body: `{"pageSize":-1}`,
			differs: "an impossible page size is refused by name", want: refused(400, "INVALID_ARGUMENT")},
		{name: "get", action: "users.get", body: `{"id":"jane"}`},
		{name: "get nobody", action: "users.get", body: `{"id":"joe"}`},
		{name: "get without an id", action: "users.get", body: `{}`,
			differs: "a missing id does not mean a deleted user", want: refused(400, "INVALID_ARGUMENT")},
		{name: "get with a broken provider", action: "users.get", body: `{"id":"broken"}`},
		{name: "update", action: "users.update", body: `{"id":"jane","displayName":"Jane"}`},
		{name: "update nobody", action: "users.update", body: `{"id":"joe"}`},
		{name: "update without an id", action: "users.update", body: `{"displayName":"Jane"}`,
			differs: "a missing id does not mean a deleted user", want: refused(400, "INVALID_ARGUMENT")},
		{name: "update with a bad phone number", action: "users.update", body: `{"id":"jane","phoneNumber":"0555"}`,
			differs: "the pool could not store it", want: refused(400, "INVALID_ARGUMENT")},
		{name: "create", action: "users.create", body: `{"displayName":"Jane"}`},
		{name: "create with as long a name as may be", action: "users.create", body: `{"displayName":"` + strings.Repeat("x", 2048) + `"}`},
		{name: "create with too long a name", action: "users.create", body: `{"displayName":"` + strings.Repeat("x", 2049) + `"}`,
			differs: "the pool could not store it", want: refused(400, "INVALID_ARGUMENT")},
		{name: "delete, which neither has", action: "users.delete", body: `{"id":"jane"}`},
		{name: "event", action: "events.handle", body: `{"id":"jane","type":"users.changed","usersChanged":{"user":{"id":"usr_1"}}}`},
		{name: "event of an unknown type", action: "events.handle", body: `{"id":"jane","type":"moons.changed","moonsChanged":{}}`},
		{name: "event that fails", action: "events.handle", body: `{"id":"UNAVAILABLE","type":"users.changed"}`},
		{name: "unknown action", action: "users.explode", body: `{}`},
		{name: "action in capitals", action: "Users.Get", body: `{"id":"jane"}`},

		{name: "not JSON", action: "users.get", body: `{"id":`,
			differs: "it is not our failure, and repeating it does not help", want: refused(400, "INVALID_ARGUMENT")},
		{name: "JSON of another form", action: "users.get", body: `{"id":7}`,
			differs: "it is not our failure, and repeating it does not help", want: refused(400, "INVALID_ARGUMENT")},
		{name: "no body", action: "challenge", body: ""},
		{name: "as long a body as may be", action: "challenge", body: strings.Repeat("x", 5_242_880)},
		{name: "too long a body", action: "challenge", body: strings.Repeat("x", 5_242_881)},
		{name: "not a POST", action: "challenge", body: "{}", change: func(r *http.Request) { r.Method = "PUT" }},

		{name: "no action", action: "challenge", body: "{}", change: func(r *http.Request) { r.Header.Del("UserHub-Action") }},
		{name: "no action but in the address", action: "challenge", body: "{}", change: func(r *http.Request) { r.Header.Del("UserHub-Action") }},
		{name: "address names another action", action: "users.get", body: `{"id":"jane"}`,
			change:  func(r *http.Request) { r.URL.RawQuery = "action=users.delete" },
			differs: "somebody changed one of the two, so we trust neither", want: refused(400, "INVALID_ARGUMENT")},
		{name: "address names no action", action: "users.get", body: `{"id":"jane"}`, change: func(r *http.Request) { r.URL.RawQuery = "" }},
		{name: "no timestamp", action: "challenge", body: "{}", change: func(r *http.Request) { r.Header.Del("UserHub-Timestamp") }},
		{name: "timestamp that is no number", action: "challenge", body: "{}", change: set("UserHub-Timestamp", "now")},
		{name: "another timestamp than was signed", action: "challenge", body: "{}", change: set("UserHub-Timestamp", "946684801")},
		{name: "same timestamp in other words", action: "challenge", body: "{}", change: set("UserHub-Timestamp", "+946684800")},
		{name: "299 s ahead", action: "challenge", body: "{}", change: resign(299*second, signingSecret)},
		{name: "300 s ahead", action: "challenge", body: "{}", change: resign(300*second, signingSecret)},
		{name: "301 s ahead", action: "challenge", body: "{}", change: resign(301*second, signingSecret)},
		{name: "300 s behind", action: "challenge", body: "{}", change: resign(-300*second, signingSecret)},
		{name: "301 s behind", action: "challenge", body: "{}", change: resign(-301*second, signingSecret)},

		{name: "no signature", action: "challenge", body: "{}", change: func(r *http.Request) { r.Header.Del("UserHub-Signature") }},
		{name: "signature of commas", action: "challenge", body: "{}", change: set("UserHub-Signature", " , ,")},
		{name: "signature that is not hexadecimal", action: "challenge", body: "{}", change: set("UserHub-Signature", "zz")},
		{name: "signature in capitals", action: "challenge", body: "{}", change: upper},
		{name: "signature with a prefix", action: "challenge", body: "{}",
			change: func(r *http.Request) {
				r.Header.Set("UserHub-Signature", "sha256="+r.Header.Get("UserHub-Signature"))
			}},
		{name: "wrong secret", action: "challenge", body: "{}", change: resign(0, "other")},
		{name: "several signatures", action: "challenge", body: "{}", change: resign(0, "other", signingSecret)},
		{name: "several signatures in one line", action: "challenge", body: "{}", change: both(resign(0, "other", signingSecret), joined)},
		{name: "several signatures, none right", action: "challenge", body: "{}", change: both(resign(0, "other", "another"), joined)},
	}
	for _, c := range []userhub.Code{
		userhub.Cancelled, userhub.Unknown, userhub.InvalidArgument, userhub.DeadlineExceeded, userhub.NotFound,
		userhub.AlreadyExists, userhub.PermissionDenied, userhub.Unauthenticated, userhub.ResourceExhausted,
		userhub.FailedPrecondition, userhub.Aborted, userhub.OutOfRange, userhub.Unimplemented, userhub.Internal,
		userhub.Unavailable, userhub.DataLoss,
	} {
		row := tests[0]
		row.name, row.action, row.body = "provider fails with "+string(c), "users.get", `{"id":"`+string(c)+`"}`
		tests = append(tests, row)
	}

	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hook := userhub.NewWebhook(secrets{signingSecret}, provider())
				request := func() *http.Request {
					r, err := userhubtest.Webhook{URL: "/hook", Secrets: []string{signingSecret}}.Request(t.Context(), tt.action, []byte(tt.body))
					if err != nil {
						t.Fatal(err)
					}
					if tt.change != nil {
						tt.change(r)
					}
					return r
				}
				theirs, ours := httptest.NewRecorder(), httptest.NewRecorder()
				official().ServeHTTP(theirs, request())
				hook.ServeHTTP(ours, request())

				want := newReply(t, theirs.Code, theirs.Body.Bytes())
				got := newReply(t, ours.Code, ours.Body.Bytes())
				if tt.differs != "" {
					if cmp.Equal(want, got) {
						t.Errorf("the SDK answers the same; there is no difference to explain by %q", tt.differs)
					}
					want = *tt.want
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("answer (-SDK +ours)\n%s", diff)
				}
				if tt.action == "challenge" && ours.Code == 200 && ours.Body.String() != tt.body {
					t.Error("the challenge was not echoed byte for byte")
				}
				wantHeader := http.Header{"Content-Type": {"application/json"}, "Webhook-Agent": {"poolsync/0.1.0"}}
				if diff := cmp.Diff(wantHeader, ours.Header()); diff != "" {
					t.Errorf("header (-want +got)\n%s", diff)
				}

				// The same through API Gateway, which hands the request over in
				// another form.
				for _, isBase64 := range []bool{false, true} {
					viaGateway, err := gateway(t, request(), isBase64)
					if err != nil {
						t.Fatal(err)
					}
					response, _ := hook.Handle(t.Context(), viaGateway)
					if diff := cmp.Diff(got, newReply(t, response.Status, response.Body)); diff != "" {
						t.Errorf("through API Gateway, base64 %t (-direct +gateway)\n%s", isBase64, diff)
					}
				}
			})
		})
	}
}

// gateway puts a request into the form in which API Gateway hands it to a function.
func gateway(t *testing.T, r *http.Request, isBase64 bool) (userhub.Request, error) {
	t.Helper()
	var body bytes.Buffer
	if _, err := body.ReadFrom(r.Body); err != nil {
		t.Fatal(err)
	}
	header := map[string]string{}
	for name, values := range r.Header {
		header[strings.ToLower(name)] = strings.Join(values, ",")
	}
	text := body.String()
	if isBase64 {
		text = base64.StdEncoding.EncodeToString(body.Bytes())
	}
	return userhub.GatewayRequest(r.Method, header, r.URL.RawQuery, text, isBase64)
}

func TestGatewayRequestIsMalformed(t *testing.T) {
	if _, err := userhub.GatewayRequest("POST", nil, "", "no base64", true); err == nil {
		t.Error("body that is not base64: got no error")
	}
}

func TestBodyIsCutShort(t *testing.T) {
	got := httptest.NewRecorder()
	body := io.MultiReader(strings.NewReader("{"), iotest.ErrReader(io.ErrUnexpectedEOF))
	userhub.NewWebhook(secrets{signingSecret}, provider()).ServeHTTP(got, httptest.NewRequest("POST", "/", body))
	if got.Code != http.StatusInternalServerError || !strings.Contains(got.Body.String(), `"UNKNOWN"`) {
		t.Errorf("got %d %s, want 500 UNKNOWN", got.Code, got.Body)
	}
}

func TestActionsAreOptional(t *testing.T) {
	hook := userhub.NewWebhook(secrets{signingSecret}, userhub.Provider{})
	for _, action := range []string{"users.list", "users.get", "users.create", "users.update", "users.delete", "events.handle", "other"} {
		got, _ := hook.Handle(t.Context(), signed(action, `{"id":"jane"}`, signingSecret))
		if got.Status != http.StatusNotImplemented {
			t.Errorf("%s: got %d %s, want 501", action, got.Status, got.Body)
		}
	}
}

func TestDeleteUser(t *testing.T) {
	var deleted string
	hook := userhub.NewWebhook(secrets{signingSecret}, userhub.Provider{
		DeleteUser: func(_ context.Context, r userhub.UserRequest) error { deleted = r.ID; return nil },
	})
	got, err := hook.Handle(t.Context(), signed("users.delete", `{"id":"jane"}`, signingSecret))
	if err != nil || got.Status != 200 || string(got.Body) != "{}" || deleted != "jane" {
		t.Errorf("got %d %s, %v and %q deleted, want 200 {} and jane", got.Status, got.Body, err, deleted)
	}
}

func TestSecretHeader(t *testing.T) {
	tests := []struct {
		name    string
		secrets secrets
		header  []string
		ok      bool
	}{
		{"right", secrets{"s3"}, []string{"s3"}, true},
		{"the one before", secrets{"s4", "s3"}, []string{"s3"}, true},
		{"wrong", secrets{"s3"}, []string{"s3x"}, false},
		{"missing", secrets{"s3"}, nil, false},
		{"empty secret counts for nothing", secrets{""}, nil, false},
		{"twice", secrets{"s3"}, []string{"no", "s3"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hook := userhub.NewWebhook(secrets{signingSecret}, userhub.Provider{}, userhub.WithSecretHeader("x-poolsync-secret", tt.secrets))
			r := signed("challenge", "{}", signingSecret)
			r.Header["X-Poolsync-Secret"] = tt.header
			got, err := hook.Handle(t.Context(), r)
			if ok := got.Status == 200; ok != tt.ok {
				t.Errorf("got %d, %v, want ok %t", got.Status, err, tt.ok)
			}

			r = signed("challenge", "{}", "other")
			r.Header["X-Poolsync-Secret"] = tt.header
			if got, _ := hook.Handle(t.Context(), r); got.Status == 200 {
				t.Error("the header alone was enough, want a signature too")
			}
		})
	}
}

// broken are secrets that cannot be read.
type broken struct{}

func (broken) Values(context.Context) ([]string, error)        { return nil, errBroken }
func (broken) Refresh(context.Context, string) (string, error) { return "", errBroken }

// rotated are secrets that were rotated after they were read.
type rotated struct {
	before, after string
	read          int // how often they were read again
}

func (r *rotated) Values(context.Context) ([]string, error) {
	if r.read == 0 {
		return []string{r.before}, nil
	}
	return []string{r.after}, nil
}

func (r *rotated) Refresh(context.Context, string) (string, error) {
	r.read++
	return r.after, nil
}

func TestSecretsAreRotated(t *testing.T) {
	for _, tt := range []struct {
		name         string
		signed, sent string
		want, read   int // status, and how often each secret is read again
	}{
		{"both fit", "old", "old", 200, 0},
		{"both are new", "new", "new", 200, 2},
		{"the signing secret is new", "new", "old", 200, 1},
		{"the header is new", "old", "new", 200, 1},
		{"the signature is somebody else's", "other", "new", 500, 1},
		{"the header is somebody else's", "old", "other", 500, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			signing, header := &rotated{before: "old", after: "new"}, &rotated{before: "old", after: "new"}
			hook := userhub.NewWebhook(signing, userhub.Provider{}, userhub.WithSecretHeader("X-Second", header))
			r := signed("challenge", "{}", tt.signed)
			r.Header.Set("X-Second", tt.sent)
			got, err := hook.Handle(t.Context(), r)
			if got.Status != tt.want || signing.read+header.read != tt.read {
				t.Errorf("got %d (%v) after reading %d times again, want %d after %d", got.Status, err, signing.read+header.read, tt.want, tt.read)
			}
		})
	}
}

// A request that is wrong in another way says nothing about the secrets.
func TestSecretsAreNotReadAgainForNothing(t *testing.T) {
	signing := &rotated{before: "old", after: "new"}
	hook := userhub.NewWebhook(signing, userhub.Provider{})
	r := signed("challenge", "{}", "old")
	r.Header.Set("UserHub-Timestamp", "1")
	if got, _ := hook.Handle(t.Context(), r); got.Status != 500 || signing.read != 0 {
		t.Errorf("got %d after reading %d times again, want 500 after none", got.Status, signing.read)
	}
}

func TestSecretsAreUnreadable(t *testing.T) {
	hooks := map[string]*userhub.Webhook{
		"signing secret": userhub.NewWebhook(broken{}, provider()),
		"header secret":  userhub.NewWebhook(secrets{signingSecret}, provider(), userhub.WithSecretHeader("x", broken{})),
	}
	for name, hook := range hooks {
		got, err := hook.Handle(t.Context(), signed("users.get", `{"id":"jane"}`, signingSecret))
		if want := `{"code":"UNAVAILABLE","message":"try again later"}`; got.Status != 500 || string(got.Body) != want {
			t.Errorf("%s: got %d %s, want 500 %s", name, got.Status, got.Body, want)
		}
		if !errors.Is(err, errBroken) || !errors.Is(err, userhub.ErrUnverified) {
			t.Errorf("%s: got %v for the log, want the cause", name, err)
		}
	}
}

func TestEvent(t *testing.T) {
	const body = `{"id":"evt_1","time":"2025-05-01T12:00:00Z","type":"users.changed","usersChanged":{"user":{"id":"usr_1",` +
		`"accountConnections":[{"connection":{"id":"conn_other"},"externalId":"x"},{"connection":{"id":"conn_test"},"externalId":"jane"}]}}}`
	var got userhub.Event
	hook := userhub.NewWebhook(secrets{signingSecret}, userhub.Provider{
		HandleEvent: func(_ context.Context, e userhub.Event) error { got = e; return nil },
	})
	if _, err := hook.Handle(t.Context(), signed("events.handle", body, signingSecret)); err != nil {
		t.Fatal(err)
	}
	if string(got.Raw) != body || got.ID != "evt_1" || got.Type != userhub.UsersChanged || !got.Time.Equal(time.Date(2025, 5, 1, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("got %+v, want the event as it was sent", got)
	}
	for connection, want := range map[string]string{"conn_test": "jane", "conn_other": "x", "conn_none": ""} {
		if got := got.ExternalID(connection); got != want {
			t.Errorf("external id in %s: got %q, want %q", connection, got, want)
		}
	}
	if got := (userhub.Event{Type: "flows.changed"}).ExternalID("conn_test"); got != "" {
		t.Errorf("event about no user: got %q, want none", got)
	}
}

func TestEventShows(t *testing.T) {
	tests := []struct {
		name, body string
		want       bool
	}{
		{"as shown", `{"usersChanged":{"user":{"id":"usr_1","state":"ACTIVE","displayName":"Jane","email":"jane@example.com","emailVerified":true,"disabled":false}}}`, true},
		{"null for absent", `{"usersChanged":{"user":{"displayName":"Jane","email":"jane@example.com","emailVerified":true,"imageUrl":null,"address":null}}}`, true},
		{"another name", `{"usersChanged":{"user":{"displayName":"Janet","email":"jane@example.com","emailVerified":true}}}`, false},
		{"unverified", `{"usersChanged":{"user":{"displayName":"Jane","email":"jane@example.com"}}}`, false},
		{"disabled", `{"usersChanged":{"user":{"displayName":"Jane","email":"jane@example.com","emailVerified":true,"disabled":true}}}`, false},
		{"no profile", `{"usersChanged":{"user":{"id":"usr_1"}}}`, false},
		{"no user", `{}`, false},
	}
	for _, tt := range tests {
		var e userhub.Event
		if err := json.Unmarshal([]byte(tt.body), &e); err != nil {
			t.Fatal(err)
		}
		if got := e.Shows(userhub.CustomUser{ID: "jane", DisplayName: "Jane", Email: "jane@example.com", EmailVerified: true}); got != tt.want {
			t.Errorf("%s: got %t, want %t", tt.name, got, tt.want)
		}
	}
}

func TestActionForTheLog(t *testing.T) {
	for _, name := range []string{"UserHub-Action", "userhub-action", "USERHUB-ACTION"} {
		if got := (userhub.Request{Header: http.Header{name: {"users.get"}}}).Action(); got != "users.get" {
			t.Errorf("%s: got %q, want users.get", name, got)
		}
	}
}

// FuzzHandle sends signed nonsense. Nothing may panic, and every answer is JSON
// with a status of the protocol.
func FuzzHandle(f *testing.F) {
	for _, action := range []string{"challenge", "users.list", "users.get", "users.create", "users.update", "users.delete", "events.handle", "x"} {
		f.Add(action, []byte(`{"id":"jane","pageSize":1}`), "action="+action)
		f.Add(action, []byte(`null`), "")
		f.Add(action, []byte(`{"id":`), "action=%zz")
	}
	hook := userhub.NewWebhook(secrets{signingSecret}, provider())
	statuses := map[int]bool{200: true, 400: true, 404: true, 429: true, 500: true, 501: true}
	f.Fuzz(func(t *testing.T, action string, body []byte, query string) {
		r, err := userhub.GatewayRequest("POST", map[string]string{"userhub-action": action}, query, string(body), false)
		if err != nil {
			return
		}
		maps.Copy(r.Header, signed(action, string(body), signingSecret).Header)
		got, err := hook.Handle(t.Context(), r)
		if !statuses[got.Status] || (err == nil) != (got.Status == 200) {
			t.Errorf("got status %d and error %v", got.Status, err)
		}
		if echo := action == "challenge" && got.Status == 200; !echo && !json.Valid(got.Body) {
			t.Errorf("got %q, want JSON", got.Body)
		}
	})
}
