package scim

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
)

// shown returns what a mapping shows of a user, by path, without what is the same in each
// test.
func shown(t *testing.T, m Mapping, u directory.User) map[string]any {
	t.Helper()
	values, err := m.Values(u)
	if err != nil {
		t.Fatalf("Values: %v", err)
	}
	all := map[string]any{}
	for _, v := range values {
		if v.Content != nil {
			all[v.Path.String()] = v.Content
		}
	}
	return all
}

func newMapping(t *testing.T, p Profile, options ...MappingOption) Mapping {
	t.Helper()
	m, err := NewMapping(p, options...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestValues shows what becomes of a user on the way out.
func TestValues(t *testing.T) {
	const (
		work  = `emails[type eq "work"].value`
		phone = `phoneNumbers[type eq "work"].value`
	)
	long := strings.Repeat("ä", 2000)
	for _, tt := range []struct {
		name       string
		profile    Profile
		options    []MappingOption
		attributes map[string]string
		want       map[string]any // besides userName, externalId and active
	}{
		{"nothing", Generic, nil, nil, nil},
		{"everything", Generic, nil, map[string]string{
			"given_name": "Jane", "family_name": "Doe", "middle_name": "Q", "name": "Jane Q Doe", "nickname": "J", "profile": "https://example.com/jane",
			"locale": "en-US", "zoneinfo": "Europe/Berlin", "email": "jane@example.com", "email_verified": "true", "phone_number": "+15550100", "custom:shoe": "44",
		}, map[string]any{
			"name.givenName": "Jane", "name.familyName": "Doe", "name.middleName": "Q", "displayName": "Jane Q Doe", "name.formatted": "Jane Q Doe", "nickName": "J",
			"profileUrl": "https://example.com/jane", "locale": "en-US", "timezone": "Europe/Berlin", work: "jane@example.com", phone: "+15550100",
		}},
		{"an address that is not verified", Generic, nil, map[string]string{"email": "jane@example.com", "email_verified": "false"}, nil},
		{"the same, by setting", Generic, []MappingOption{WithUnverifiedEmail()}, map[string]string{"email": "jane@example.com"}, map[string]any{work: "jane@example.com"}},
		{"malformed values", Generic, nil, map[string]string{
			"phone_number": "0555-0100", "profile": "javascript:alert(1)", "zoneinfo": "half past nine", "email": "jane", "email_verified": "true",
		}, nil},
		{"control characters and blanks", Generic, nil, map[string]string{"nickname": " J\x00\nD "}, map[string]any{"nickName": "J  D"}},
		{"too long", IdentityCenter, []MappingOption{WithAttributes(map[string]string{"custom:title": "title"})}, map[string]string{
			"given_name": long, "family_name": "Doe", "name": "Jane Doe", "custom:title": long, "email_verified": "true", "email": long + "@example.com",
			"profile": "https://example.com/" + long,
		}, map[string]any{
			"name.givenName": long[:2*1024], "name.familyName": "Doe", "displayName": "Jane Doe", "name.formatted": "Jane Doe", "title": long[:2*1024],
		}},
		{"names from the full name", IdentityCenter, nil, map[string]string{"name": "Jane Q Doe"}, map[string]any{
			"name.givenName": "Jane Q", "name.familyName": "Doe", "displayName": "Jane Q Doe", "name.formatted": "Jane Q Doe",
		}},
		{"names from a single word", IdentityCenter, nil, map[string]string{"name": "Jane"}, map[string]any{
			"name.givenName": "Jane", "name.familyName": "Jane", "displayName": "Jane", "name.formatted": "Jane",
		}},
		{"the full name from its parts", IdentityCenter, nil, map[string]string{"given_name": "Jane", "family_name": "Doe"}, map[string]any{
			"name.givenName": "Jane", "name.familyName": "Doe", "displayName": "Jane Doe",
		}},
		{"names from the address", IdentityCenter, nil, map[string]string{"email": "j.doe@example.com", "email_verified": "true"}, map[string]any{
			"name.givenName": "j.doe", "name.familyName": "j.doe", "displayName": "j.doe", work: "j.doe@example.com",
		}},
		{"names from the user name", IdentityCenter, nil, nil, map[string]any{
			"name.givenName": "jane", "name.familyName": "jane", "displayName": "jane",
		}},
		{"what one domain demands", OCI, nil, nil, map[string]any{"name.familyName": "jane"}},
		{"by setting", Generic, []MappingOption{WithAttributes(map[string]string{
			"custom:department": EnterpriseSchema + ":department", "custom:boss": EnterpriseSchema + ":manager.value",
			"nickname": "title", "locale": "", "phone_number": `phoneNumbers[type eq "mobile"].value`, "custom:known": "displayName",
		})}, map[string]string{
			"custom:department": "Sales", "custom:boss": "8", "nickname": "J", "locale": "en-US", "phone_number": "+15550100", "custom:known": "Jany", "name": "Jane Doe",
		}, map[string]any{
			EnterpriseSchema + ":department": "Sales", EnterpriseSchema + ":manager.value": "8", "title": "J", `phoneNumbers[type eq "mobile"].value`: "+15550100",
			"displayName": "Jany", "name.formatted": "Jane Doe",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := directory.User{Sub: "sub-1", Username: "jane", Enabled: true, Attributes: tt.attributes}
			want := map[string]any{"userName": "jane", "externalId": "sub-1", "active": true}
			maps.Copy(want, tt.want)
			if diff := cmp.Diff(want, shown(t, newMapping(t, tt.profile, tt.options...), u)); diff != "" {
				t.Errorf("the service is shown: -want +got\n%s", diff)
			}
			u.Enabled = false
			if got := shown(t, newMapping(t, tt.profile, tt.options...), u)["active"]; got != false {
				t.Errorf("a disabled user is active: %v", got)
			}
		})
	}
}

func TestUserName(t *testing.T) {
	for _, tt := range []struct {
		name       string
		profile    Profile
		from       UserName
		username   string
		attributes map[string]string
		want       string
		err        error
	}{
		{"the user name", Generic, FromUsername, "jane", nil, "jane", nil},
		{"a verified address", Generic, FromEmail, "jane", map[string]string{"email": "jane@example.com", "email_verified": "true"}, "jane@example.com", nil},
		{"an address that is not verified", Generic, FromEmail, "jane", map[string]string{"email": "admin@example.com", "email_verified": "false"}, "", ErrUnverified},
		{"an address of which nothing is said", Generic, FromEmail, "jane", map[string]string{"email": "admin@example.com"}, "", ErrUnverified},
		{"no address", Generic, FromEmail, "jane", nil, "", ErrUnverified},
		{"the preferred name", Generic, FromPreferred, "x", map[string]string{"preferred_username": "jane"}, "jane", nil},
		{"no preferred name", Generic, FromPreferred, "x", nil, "", ErrNoUserName},
		{"as long as may be", IdentityCenter, FromUsername, strings.Repeat("ä", 128), nil, strings.Repeat("ä", 128), nil},
		{"too long", IdentityCenter, FromUsername, strings.Repeat("ä", 129), nil, "", ErrLongUserName},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newMapping(t, tt.profile, WithUserName(tt.from))
			values, err := m.Values(directory.User{Sub: "sub-1", Username: tt.username, Attributes: tt.attributes})
			if !errors.Is(err, tt.err) {
				t.Errorf("error %v, want %v", err, tt.err)
			}
			if got, _ := values[0].Content.(string); values[0].Path != PathUserName || got != tt.want {
				t.Errorf("%s = %q, want userName %q", values[0].Path, got, tt.want)
			}
		})
	}
}

func TestNewMappingRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		option MappingOption
		want   string
	}{
		{"another source of names", WithUserName("sub"), "mapping of attributes: userName: want username, email or preferred_username"},
		{"a malformed path", WithAttributes(map[string]string{"custom:a": "a b"}), "mapping of attributes: custom:a: " + ErrPath.Error()},
		{"one path for two", WithAttributes(map[string]string{"custom:a": "title", "custom:b": "TITLE"}), "mapping of attributes: custom:b: the path is taken by custom:a"},
		{"the user name", WithAttributes(map[string]string{"custom:a": "username"}), "mapping of attributes: custom:a: the path is taken by the user name"},
		{"our identifier", WithAttributes(map[string]string{"custom:a": "externalId"}), "mapping of attributes: custom:a: the path is taken by sub"},
		{"whether one is active", WithAttributes(map[string]string{"custom:a": UserSchema + ":active"}), "mapping of attributes: custom:a: the path is taken by whether the user is enabled"},
		{"rights", WithAttributes(map[string]string{"custom:a": `Roles[type eq "x"].value`}), "mapping of attributes: custom:a: the path is taken by the service itself"},
		{"a name without its part", WithAttributes(map[string]string{"custom:a": "Name"}), "mapping of attributes: custom:a: the path does not fit the attribute: want name.part, or emails[type eq \"work\"].value, and a title as it is"},
		{"a list without its entry", WithAttributes(map[string]string{"custom:a": "emails"}), "mapping of attributes: custom:a: the path does not fit the attribute: want name.part, or emails[type eq \"work\"].value, and a title as it is"},
		{"a list's part without its entry", WithAttributes(map[string]string{"custom:a": "emails.value"}), "mapping of attributes: custom:a: the path does not fit the attribute: want name.part, or emails[type eq \"work\"].value, and a title as it is"},
		{"a part of what has none", WithAttributes(map[string]string{"custom:a": "title.value"}), "mapping of attributes: custom:a: the path does not fit the attribute: want name.part, or emails[type eq \"work\"].value, and a title as it is"},
		{"a password", WithAttributes(map[string]string{"custom:a": "PASSWORD"}), "mapping of attributes: custom:a: the path is taken by the service itself"},
	} {
		_, err := NewMapping(Generic, tt.option)
		if !errors.Is(err, ErrMapping) || err.Error() != tt.want {
			t.Errorf("%s: error %q, want %q", tt.name, err, tt.want)
		}
	}
}

// TestRead shows what a resource says of a user in the pool's terms.
func TestRead(t *testing.T) {
	yes, no := true, false
	for _, tt := range []struct {
		name string
		from UserName
		in   string
		want Inbound
	}{
		{"nothing", FromUsername, `{}`, Inbound{Attributes: map[string]string{}}},
		{"everything", FromUsername, `{"userName":"jane","externalId":"e","active":false,"displayName":"Jane","name":{"formatted":"Jane Q","givenName":"J"},
			"emails":[{"type":"work","value":"jane@example.com"}],"phoneNumbers":[{"type":"work","value":"+15550100"}],"profileUrl":"https://example.com"}`,
			Inbound{"jane", "e", &no, map[string]string{"name": "Jane", "given_name": "J", "email": "jane@example.com", "email_verified": "true", "phone_number": "+15550100", "profile": "https://example.com"}}},
		{"the formatted name alone", FromUsername, `{"name":{"formatted":"Jane Q"}}`, Inbound{Attributes: map[string]string{"name": "Jane Q"}}},
		{"active as text", FromUsername, `{"active":"True"}`, Inbound{Active: &yes, Attributes: map[string]string{}}},
		{"active as nonsense", FromUsername, `{"active":"maybe"}`, Inbound{Attributes: map[string]string{}}},
		{"the address as user name", FromEmail, `{"userName":"jane@example.com"}`, Inbound{UserName: "jane@example.com", Attributes: map[string]string{"email": "jane@example.com", "email_verified": "true"}}},
		{"the preferred name", FromPreferred, `{"userName":"jane"}`, Inbound{UserName: "jane", Attributes: map[string]string{"preferred_username": "jane"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, newMapping(t, Generic, WithUserName(tt.from)).Read(read(t, tt.in))); diff != "" {
				t.Errorf("Read: -want +got\n%s", diff)
			}
		})
	}
}

// TestInOutIn reads random resources, shows the users that they make, and reads those
// again: nothing may be lost, added or changed.
func TestInOutIn(t *testing.T) {
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 0))
		from := []UserName{FromUsername, FromEmail, FromPreferred}[random.IntN(3)]
		m := newMapping(t, Generic, WithUserName(from), WithAttributes(map[string]string{
			"custom:department": EnterpriseSchema + ":department", "custom:mobile": `phoneNumbers[type eq "mobile"].value`, "custom:title": "title",
		}))
		in := m.Read(randomUser(random, m))
		out, err := m.Values(directory.User{Sub: in.ExternalID, Username: in.UserName, Enabled: *in.Active, Attributes: in.Attributes})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		again := NewUser()
		for _, v := range out {
			if v.Content != nil {
				again.Set(v.Path, v.Content)
			}
		}
		if diff := cmp.Diff(in, m.Read(again)); diff != "" {
			t.Fatalf("seed %d: in, out and in again: -first +second\n%s", seed, diff)
		}
	}
}

// randomUser returns a resource with some of the values that a mapping reads.
func randomUser(random *rand.Rand, m Mapping) Resource {
	r := NewUser()
	r.Set(PathUserName, fmt.Sprintf("user-%d@example.com", random.IntN(1000)))
	r.Set(PathExternalID, fmt.Sprint("sub-", random.IntN(1000)))
	r.Set(PathActive, random.IntN(2) == 0)
	for _, f := range m.fields {
		if random.IntN(2) == 0 {
			continue
		}
		n := random.IntN(1000)
		text := fmt.Sprint("Text ", n)
		switch f.path {
		case PathEmail:
			// A user name that is an address is the address.
			if text = fmt.Sprintf("mail-%d@example.com", n); m.userName == FromEmail {
				text = r.Text(PathUserName)
			}
		case pathPhone:
			text = fmt.Sprint("+1555", n)
		case pathProfile:
			text = fmt.Sprint("https://example.com/", n)
		case pathTimezone:
			text = []string{"Europe/Berlin", "UTC", "Etc/GMT+1"}[n%3]
		}
		r.Set(f.path, text)
	}
	return r
}

// TestProfiles shows that each profile can be named, and that a mapping has a fallback for
// all that it requires.
func TestProfiles(t *testing.T) {
	for name, p := range Profiles() {
		if p.Name != name || p.PerSecond <= 0 || p.PageSize <= 0 {
			t.Errorf("%s: %+v", name, p)
		}
		got := shown(t, newMapping(t, p), directory.User{Sub: "sub-1", Username: "jane"})
		for _, required := range p.Required {
			if got[required.String()] == nil {
				t.Errorf("%s: nothing stands for %s", name, required)
			}
		}
	}
}
