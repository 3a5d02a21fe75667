package targets

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/userhub"
)

const hub = `{"name":"hub","userhub":{"connectionId":"conn_1","externalId":"username","keySecretArn":"arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf","baseUrl":"https://api.example.com"}}`

func TestParse(t *testing.T) {
	got, err := Parse([]byte(hub))
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{Name: "hub", UserHub: &UserHub{
		ConnectionID: "conn_1", ExternalID: "username", BaseURL: "https://api.example.com",
		KeySecretARN: "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got.LedgerName() != "userhub:conn_1" || got.Title() != "hub" {
		t.Errorf("name in the ledger %q, title %q", got.LedgerName(), got.Title())
	}
	if target, err := got.Connect(Connection{}); err != nil || !target.Nature().Fetches {
		t.Errorf("connected to %v, %v, want UserHub", target, err)
	}
	described := got.WithoutConnection()
	if described.UserHub.KeySecretARN != "" || described.UserHub.BaseURL != "" || described.LedgerName() != got.LedgerName() || got.UserHub.BaseURL == "" {
		t.Errorf("without its connection: %+v", described.UserHub)
	}
	if _, err := described.Connect(Connection{}); !errors.Is(err, ErrNoConnection) {
		t.Errorf("without a key: %v, want ErrNoConnection", err)
	}
}

func TestBus(t *testing.T) {
	const text = `{"name":"feed","bus":{"bus":"changes","attributes":["email"],"signIns":true,"announceExisting":true}}`
	got, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{Name: "feed", Bus: &Bus{Bus: "changes", Attributes: []string{"email"}, SignIns: true, AnnounceExisting: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if got.LedgerName() != "bus:changes" || got.ProviderName() != "" {
		t.Errorf("name in the ledger %q, provider %q", got.LedgerName(), got.ProviderName())
	}
	described := got.WithoutConnection()
	if described.Bus.AnnounceExisting || !got.Bus.AnnounceExisting {
		t.Errorf("without its connection: %+v", described.Bus)
	}
	jane, joe := directory.User{Sub: "a", Attributes: map[string]string{"email": "a@example.com"}}, directory.User{Sub: "a", Attributes: map[string]string{"email": "b@example.com"}}
	target, err := got.Connect(Connection{})
	if err != nil || target.Fingerprint(jane) == target.Fingerprint(joe) || described.Describe().Fingerprint(jane) != target.Fingerprint(jane) {
		t.Errorf("connected to %v, %v, want what shows an e-mail address, as described", target, err)
	}
}

func TestSCIM(t *testing.T) {
	const text = `{"name":"oci","scim":{"baseUrl":"https://idcs.example.com/admin/v1","profile":"oci","userName":"email","attributes":{"custom:team":"nickName"},` +
		`"auth":"oauth","keySecretArn":"arn:aws:secretsmanager:us-east-1:111122223333:secret:a-AbCdEf","clientId":"c","tokenUrl":"https://idcs.example.com/oauth2/v1/token","scopes":["s"],"adopt":"own","leavers":"delete"}}`
	got, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	target, err := got.Connect(Connection{})
	if err != nil || !target.Nature().Claims || target.Nature().SignIns != reconcile.SignInHints {
		t.Errorf("connected to %v, %v, want what claims creations", target, err)
	}
	described := got.WithoutConnection()
	jane := directory.User{Sub: "a", Username: "jane", Attributes: map[string]string{"email": "a@example.com", "email_verified": "true", "custom:team": "one"}}
	joe := directory.User{Sub: "a", Username: "jane", Attributes: map[string]string{"email": "a@example.com", "email_verified": "true", "custom:team": "two"}}
	if described.SCIM.KeySecretARN != "" || described.SCIM.ClientID != "" || described.LedgerName() != got.LedgerName() || got.SCIM.ClientID == "" {
		t.Errorf("without its connection: %+v", described.SCIM)
	}
	if target.Fingerprint(jane) == target.Fingerprint(joe) || described.Describe().Fingerprint(jane) != target.Fingerprint(jane) {
		t.Error("the fingerprint does not show the team, or differs for who only describes the target")
	}
	for _, auth := range []string{"bearer", "basic"} {
		s := *got.SCIM
		s.Auth = auth
		if _, err := s.Credentials(aws.Config{}); err != nil {
			t.Errorf("%s: %v", auth, err)
		}
	}
	if _, err := described.Connect(Connection{}); !errors.Is(err, ErrNoConnection) {
		t.Errorf("without a key: %v, want ErrNoConnection", err)
	}
	if _, err := (&SCIM{KeySecretARN: "a", Auth: "digest"}).Credentials(aws.Config{}); err == nil || errors.Is(err, ErrNoConnection) {
		t.Errorf("another way to authenticate: %v", err)
	}
}

// TestNature shows what a deployment asks of each kind: whether sign-ins are queued for
// it, and whether it needs second looks.
func TestNature(t *testing.T) {
	for _, tt := range []struct {
		name string
		of   Settings
		want reconcile.Nature
	}{
		{"UserHub", Settings{UserHub: &UserHub{}}, reconcile.Nature{Fetches: true, KnowsNames: true, SignIns: reconcile.SignInEvents}},
		{"a bus", Settings{Bus: &Bus{SignIns: true}}, reconcile.Nature{Claims: true, SignIns: reconcile.SignInEvents}},
		{"a bus without sign-ins", Settings{Bus: &Bus{Attributes: []string{"email"}}}, reconcile.Nature{Claims: true, SignIns: reconcile.SignInHints}},
		{"a bus without sign-ins, that shows nothing", Settings{Bus: &Bus{}}, reconcile.Nature{Claims: true}},
	} {
		if got := tt.of.Nature(); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestProviderName(t *testing.T) {
	for _, tt := range []struct {
		of   Settings
		want string
	}{
		{Settings{UserHub: &UserHub{Provider: true}}, userhub.ProviderName},
		{Settings{UserHub: &UserHub{}}, ""},
		{Settings{}, ""},
	} {
		if got := tt.of.ProviderName(); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.of, got, tt.want)
		}
	}
}

// TestRefused shows that a slip between template and function is named by target and field.
func TestRefused(t *testing.T) {
	but := func(old, replacement string) string { return strings.Replace(hub, old, replacement, 1) }
	for _, tt := range []struct{ name, in, want string }{
		{"not JSON", `hub`, "want a list in JSON"},
		{"not a list", hub, "want a list in JSON"},
		{"none", `[]`, "want one target or more"},
		{"a field that nobody knows", "[" + but(`"name"`, `"nmae"`) + "]", `target 1: "nmae" is not known`},
		{"a field within a field", "[" + but(`"baseUrl"`, `"url"`) + "]", `"userhub.url" is not known`},
		{"a field is missing", "[" + hub + "," + but(`"hub"`, `""`) + "]", "target 2: lacks name"},
		{"several are missing", `[{"name":"x","userhub":{}}]`, "lacks connectionId, externalId"},
		{"no kind", `[{"name":"x"}]`, "of no kind"},
		{"two kinds", `[{"name":"x","bus":{"bus":"a"},"userhub":{}}]`, "or of several"},
		{"no bus", `[{"name":"x","bus":{}}]`, "lacks bus"},
		{"no service", `[{"name":"x","scim":{"userName":"username"}}]`, "lacks baseUrl, profile"},
		{"no such profile", `[{"name":"x","scim":{"baseUrl":"https://scim.example.com","profile":"okta","userName":"username"}}]`, `profile: "okta" is not known`},
		{"no such user name", `[{"name":"x","scim":{"baseUrl":"https://scim.example.com","profile":"oci","userName":"sub"}}]`, "userName: want username"},
		{"no path", `[{"name":"x","scim":{"baseUrl":"https://scim.example.com","profile":"oci","userName":"email","attributes":{"custom:a":"a["}}}]`, "custom:a"},
		{"a word that is none", "[" + but(`"username"`, `"email"`) + "]", "externalId: "},
		{"a name twice", "[" + hub + "," + hub + "]", `target 2: name: "hub" is taken`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got List[Settings]
			if err := got.UnmarshalText([]byte(tt.in)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error = %v, want %s", err, tt.want)
			}
		})
	}
}
