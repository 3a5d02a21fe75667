package userhub_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub"
)

func TestEdit(t *testing.T) {
	type attributes = map[string]string
	yes, no := true, false
	tests := []struct {
		name    string
		current attributes
		in      string
		want    userhub.Edit
	}{
		{"nothing asked for", attributes{"name": "Jane"}, `{"id":"jane"}`, userhub.Edit{}},
		{"null is nothing", attributes{"name": "Jane"}, `{"displayName":null,"email":null,"disabled":null}`, userhub.Edit{}},
		{"what is there already", attributes{"name": "Jane", "email": "jane@example.com", "email_verified": "true"},
			`{"displayName":"Jane","email":"jane@example.com","emailVerified":true,"phoneNumber":"","phoneNumberVerified":false,"imageUrl":"","disabled":false}`,
			userhub.Edit{}},

		{"new name", attributes{"name": "Jane"}, `{"displayName":"Janet"}`, userhub.Edit{Attributes: attributes{"name": "Janet"}}},
		{"name removed", attributes{"name": "Jane"}, `{"displayName":""}`, userhub.Edit{Attributes: attributes{"name": ""}}},
		{"name that is put together, as seen", attributes{"given_name": "Jane", "family_name": "Example"}, `{"displayName":"Jane Example"}`, userhub.Edit{}},
		{"name that is put together, changed", attributes{"given_name": "Jane", "family_name": "Example"}, `{"displayName":"Janet"}`,
			userhub.Edit{Attributes: attributes{"name": "Janet"}}},
		{"name that was cut, as seen", attributes{"name": strings.Repeat("é", 300)}, `{"displayName":"` + strings.Repeat("é", 200) + `"}`, userhub.Edit{}},
		{"e-mail that was left out, as seen", attributes{"email": strings.Repeat("x", 400) + "@example.com", "email_verified": "true"},
			`{"email":"","emailVerified":false}`, userhub.Edit{}},

		{"new e-mail", attributes{"email": "a@example.com", "email_verified": "true"}, `{"email":"b@example.com"}`,
			userhub.Edit{Attributes: attributes{"email": "b@example.com", "email_verified": "false"}}},
		{"new e-mail, verified", attributes{"email": "a@example.com"}, `{"email":"b@example.com","emailVerified":true}`,
			userhub.Edit{Attributes: attributes{"email": "b@example.com", "email_verified": "true"}}},
		{"e-mail verified", attributes{"email": "a@example.com"}, `{"email":"a@example.com","emailVerified":true}`,
			userhub.Edit{Attributes: attributes{"email_verified": "true"}}},
		{"e-mail not verified after all", attributes{"email": "a@example.com", "email_verified": "true"}, `{"emailVerified":false}`,
			userhub.Edit{Attributes: attributes{"email_verified": "false"}}},
		{"e-mail removed", attributes{"email": "a@example.com", "email_verified": "true"}, `{"email":"","emailVerified":true}`,
			userhub.Edit{Attributes: attributes{"email": ""}}},
		{"e-mail removed with its verification", attributes{"email": "a@example.com", "email_verified": "true"}, `{"email":"","emailVerified":false}`,
			userhub.Edit{Attributes: attributes{"email": ""}}},
		{"verification of no e-mail", attributes{}, `{"emailVerified":true}`, userhub.Edit{}},

		{"new phone", attributes{}, `{"phoneNumber":"+15555550100","phoneNumberVerified":true}`,
			userhub.Edit{Attributes: attributes{"phone_number": "+15555550100", "phone_number_verified": "true"}}},
		{"new picture", attributes{}, `{"imageUrl":"https://example.com/jane.png"}`,
			userhub.Edit{Attributes: attributes{"picture": "https://example.com/jane.png"}}},
		{"disabled", attributes{}, `{"disabled":true}`, userhub.Edit{Enabled: &no}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var in userhub.UserInput
			if err := json.Unmarshal([]byte(tt.in), &in); err != nil {
				t.Fatal(err)
			}
			if tt.want.Attributes == nil {
				tt.want.Attributes = attributes{}
			}
			got := in.Edit(directory.User{Enabled: true, Attributes: tt.current})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Edit (-want +got)\n%s", diff)
			}
			if empty := len(tt.want.Attributes) == 0 && tt.want.Enabled == nil; got.IsZero() != empty {
				t.Errorf("IsZero: got %t, want %t", got.IsZero(), empty)
			}
		})
	}

	enabled := userhub.UserInput{Disabled: &no}.Edit(directory.User{})
	if diff := cmp.Diff(userhub.Edit{Attributes: attributes{}, Enabled: &yes}, enabled); diff != "" {
		t.Errorf("enabled (-want +got)\n%s", diff)
	}
}

// What UserHub is shown and sends back unchanged must change nothing, whatever
// the pool holds.
func FuzzEditOfWhatIsShown(f *testing.F) {
	f.Add("Jane Example", "", "", "jane@example.com", "true", "+15555550100", "https://example.com/jane.png", true)
	f.Add("", "Jane", "Example", "", "true", "0555", "data:,", false)
	f.Add(strings.Repeat("é", 300), "", "", strings.Repeat("x", 400), "TRUE", "", "\x00", true)
	f.Fuzz(func(t *testing.T, name, given, family, email, verified, phone, picture string, enabled bool) {
		user := directory.User{Sub: sub, Username: "jane", Enabled: enabled, Attributes: map[string]string{
			"name": name, "given_name": given, "family_name": family, "email": email, "email_verified": verified,
			"phone_number": phone, "phone_number_verified": verified, "picture": picture,
		}}
		shown := userhub.NewCustomUser(userhub.ByUsername, user)
		edit := userhub.UserInput{
			ID: shown.ID, DisplayName: &shown.DisplayName, Email: &shown.Email, EmailVerified: &shown.EmailVerified,
			PhoneNumber: &shown.PhoneNumber, PhoneNumberVerified: &shown.PhoneNumberVerified,
			ImageURL: &shown.ImageURL, Disabled: &shown.Disabled,
		}.Edit(user)
		if !edit.IsZero() {
			t.Errorf("got %+v, want nothing to write", edit)
		}
	})
}
