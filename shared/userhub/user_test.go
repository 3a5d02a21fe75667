package userhub_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub"
)

func TestNewCustomUser(t *testing.T) {
	type attributes = map[string]string
	tests := []struct {
		name string
		in   attributes
		want userhub.CustomUser // without the id
	}{
		{"nothing known", nil, userhub.CustomUser{}},
		{"all known", attributes{
			"name": "Jane Example", "given_name": "Janet", "email": "jane@example.com", "email_verified": "true",
			"phone_number": "+15555550100", "phone_number_verified": "true", "picture": "https://example.com/jane.png",
			"custom:department": "R-and-D", "identities": "[]",
		}, userhub.CustomUser{
			DisplayName: "Jane Example", Email: "jane@example.com", EmailVerified: true,
			PhoneNumber: "+15555550100", PhoneNumberVerified: true, ImageURL: "https://example.com/jane.png",
		}},

		{"given and family name", attributes{"given_name": "Jane", "family_name": "Example", "preferred_username": "jx"}, userhub.CustomUser{DisplayName: "Jane Example"}},
		{"given name only", attributes{"given_name": "Jane"}, userhub.CustomUser{DisplayName: "Jane"}},
		{"family name only", attributes{"family_name": "Example"}, userhub.CustomUser{DisplayName: "Example"}},
		{"preferred user name", attributes{"preferred_username": "jx"}, userhub.CustomUser{DisplayName: "jx"}},
		{"name of blanks", attributes{"name": "  ", "preferred_username": "jx"}, userhub.CustomUser{DisplayName: "jx"}},
		{"name as long as may be", attributes{"name": strings.Repeat("é", 200)}, userhub.CustomUser{DisplayName: strings.Repeat("é", 200)}},
		{"name too long", attributes{"name": strings.Repeat("é", 201)}, userhub.CustomUser{DisplayName: strings.Repeat("é", 200)}},
		{"name cut after a blank", attributes{"name": strings.Repeat("x", 199) + " yz"}, userhub.CustomUser{DisplayName: strings.Repeat("x", 199)}},

		{"verification in capitals", attributes{"email": "jane@example.com", "email_verified": "True"}, userhub.CustomUser{Email: "jane@example.com", EmailVerified: true}},
		{"not verified", attributes{"email": "jane@example.com", "email_verified": "false"}, userhub.CustomUser{Email: "jane@example.com"}},
		{"verification of nothing", attributes{"email_verified": "true", "phone_number_verified": "true"}, userhub.CustomUser{}},
		{"e-mail as long as may be", attributes{"email": strings.Repeat("x", 308) + "@example.com"}, userhub.CustomUser{Email: strings.Repeat("x", 308) + "@example.com"}},
		{"e-mail too long", attributes{"email": strings.Repeat("x", 309) + "@example.com", "email_verified": "true"}, userhub.CustomUser{}},

		{"phone without a plus", attributes{"phone_number": "15555550100", "phone_number_verified": "true"}, userhub.CustomUser{}},
		{"phone with blanks", attributes{"phone_number": "+1 555 5550100"}, userhub.CustomUser{}},
		{"phone too long", attributes{"phone_number": "+1555555010012345"}, userhub.CustomUser{}},

		{"picture as long as may be", attributes{"picture": "https://example.com/" + strings.Repeat("x", 1980)}, userhub.CustomUser{ImageURL: "https://example.com/" + strings.Repeat("x", 1980)}},
		{"picture too long", attributes{"picture": "https://example.com/" + strings.Repeat("x", 1981)}, userhub.CustomUser{}},
		{"picture inline", attributes{"picture": "data:image/png;base64,AAAA"}, userhub.CustomUser{}},
		{"picture without TLS", attributes{"picture": "http://example.com/jane.png"}, userhub.CustomUser{ImageURL: "http://example.com/jane.png"}},
		{"picture by another protocol", attributes{"picture": "ftp://example.com/jane.png"}, userhub.CustomUser{}},
		{"picture without a host", attributes{"picture": "https:///jane.png"}, userhub.CustomUser{}},
		{"picture without a scheme", attributes{"picture": "//example.com/jane.png"}, userhub.CustomUser{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.want.ID = "jane"
			got := userhub.NewCustomUser(userhub.ByUsername, directory.User{Sub: sub, Username: "jane", Enabled: true, Attributes: tt.in})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("NewCustomUser (-want +got)\n%s", diff)
			}
		})
	}
}

func TestNewCustomUserStates(t *testing.T) {
	federated := directory.User{
		Sub: sub, Username: "Google_109876543210987654321", Enabled: true, Status: "EXTERNAL_PROVIDER",
		Attributes: map[string]string{
			"email": "jane@example.com", "email_verified": "false",
			"identities": `[{"userId":"109876543210987654321","providerName":"Google","providerType":"Google","primary":true}]`,
		},
	}
	tests := []struct {
		name string
		by   userhub.ExternalID
		in   directory.User
		want userhub.CustomUser
	}{
		{"disabled", userhub.ByUsername, directory.User{Sub: sub, Username: "jane"}, userhub.CustomUser{ID: "jane", Disabled: true}},
		{"by sub", userhub.BySub, directory.User{Sub: sub, Username: "jane", Enabled: true}, userhub.CustomUser{ID: sub}},
		{"federated", userhub.ByUsername, federated, userhub.CustomUser{ID: "Google_109876543210987654321", Email: "jane@example.com"}},
		{"federated, by sub", userhub.BySub, federated, userhub.CustomUser{ID: sub, Email: "jane@example.com"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, userhub.NewCustomUser(tt.by, tt.in)); diff != "" {
				t.Errorf("NewCustomUser (-want +got)\n%s", diff)
			}
		})
	}
}

func TestView(t *testing.T) {
	user := directory.User{Sub: sub, Username: "jane", Enabled: true, Attributes: map[string]string{
		"name": "Jane Example", "email": "jane@example.com", "email_verified": "true", "locale": "en-GB",
		"phone_number": "+15555550100", "phone_number_verified": "true", "picture": "https://example.com/jane.png",
		"zoneinfo": "Europe/Berlin", "address": `{"locality":"Berlin"}`,
	}}
	want := map[string]string{
		"id": "jane", "displayName": "Jane Example", "email": "jane@example.com", "emailVerified": "true",
		"phoneNumber": "+15555550100", "phoneNumberVerified": "true", "imageUrl": "https://example.com/jane.png", "disabled": "false",
		"languageCode": "en-GB", "timeZone": "Europe/Berlin", "address": `{"locality":"Berlin"}`,
	}
	if diff := cmp.Diff(want, userhub.View(userhub.ByUsername, user)); diff != "" {
		t.Errorf("View (-want +got)\n%s", diff)
	}
}

func TestFingerprint(t *testing.T) {
	user := func(edit func(*directory.User)) directory.User {
		u := directory.User{Sub: sub, Username: "jane", Enabled: true, Attributes: map[string]string{
			"name": "Jane Example", "email": "jane@example.com",
		}}
		edit(&u)
		return u
	}
	client := userhub.NewClient(staticKey("sk_test"), "conn_test")
	before := client.Fingerprint(user(func(*directory.User) {}))
	tests := []struct {
		name string
		edit func(*directory.User)
		same bool
	}{
		{"nothing", func(u *directory.User) {}, true},
		{"status", func(u *directory.User) { u.Status = "RESET_REQUIRED" }, true},
		{"groups", func(u *directory.User) { u.Groups = []string{"staff"} }, true},
		{"custom attribute", func(u *directory.User) { u.Attributes["custom:x"] = "y" }, true},
		{"given name behind a name", func(u *directory.User) { u.Attributes["given_name"] = "Janet" }, true},
		{"name", func(u *directory.User) { u.Attributes["name"] = "Janet" }, false},
		{"e-mail verified", func(u *directory.User) { u.Attributes["email_verified"] = "true" }, false},
		{"disabled", func(u *directory.User) { u.Enabled = false }, false},
		{"language", func(u *directory.User) { u.Attributes["locale"] = "de" }, false},
		{"user name", func(u *directory.User) { u.Username = "janet" }, false},
	}
	for _, tt := range tests {
		if got := client.Fingerprint(user(tt.edit)) == before; got != tt.same {
			t.Errorf("%s: same fingerprint %t, want %t", tt.name, got, tt.same)
		}
	}
}
