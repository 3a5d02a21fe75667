package scim

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read returns the resource that a text is.
func read(t *testing.T, text string) Resource {
	t.Helper()
	var r Resource
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// path returns the path that a text is.
func path(t *testing.T, text string) Path {
	t.Helper()
	p, err := ParsePath(text)
	if err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return p
}

// TestLookup reads a user as services write one.
func TestLookup(t *testing.T) {
	const user = `{"ID":"7","username":"jane","nickName":"","title":null,"Name":{"GivenName":"Jane"},"active":"True",
		"emails":[{"value":"home@example.com","type":"home"},{"value":"jane@example.com","TYPE":"Work"}],
		"phoneNumbers":{"type":"work","value":"+15550100"},
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:user":{"department":"Sales","manager":{"value":"8"}}}`
	for _, tt := range []struct {
		path string
		want any
	}{
		{"id", "7"}, {"userName", "jane"}, {"nickName", nil}, {"title", nil}, {"displayName", nil}, {"active", "True"},
		{"name.givenName", "Jane"}, {"name.familyName", nil}, {"userName.value", nil},
		{`emails[type eq "work"].value`, "jane@example.com"}, {`emails[type eq "other"].value`, nil},
		{`phoneNumbers[type eq "work"].value`, "+15550100"}, {`addresses[type eq "work"].country`, nil}, {`userName[type eq "work"].value`, nil},
		{EnterpriseSchema + ":department", "Sales"}, {EnterpriseSchema + ":manager.value", "8"}, {"urn:example:none:a", nil},
	} {
		if got := read(t, user).Lookup(path(t, tt.path)); got != tt.want {
			t.Errorf("Lookup(%s) = %v, want %v", tt.path, got, tt.want)
		}
	}
}

// TestSetAndClear changes a user at one path.
func TestSetAndClear(t *testing.T) {
	const user = `{"schemas":["` + UserSchema + `"],"userName":"jane","Name":{"givenName":"Jane"},"emails":[{"type":"home","value":"home@example.com","primary":true}]}`
	for _, tt := range []struct {
		name, path, value, want string
	}{
		{"an attribute", "userName", "joe", `{"schemas":["` + UserSchema + `"],"userName":"joe","Name":{"givenName":"Jane"},"emails":[{"type":"home","value":"home@example.com","primary":true}]}`},
		{"a part, as the name is spelled", "name.familyName", "Doe", `{"schemas":["` + UserSchema + `"],"userName":"jane","Name":{"givenName":"Jane","familyName":"Doe"},"emails":[{"type":"home","value":"home@example.com","primary":true}]}`},
		{"another entry, which is not the primary one", `emails[type eq "work"].value`, "w@example.com", `{"schemas":["` + UserSchema + `"],"userName":"jane","Name":{"givenName":"Jane"},"emails":[{"type":"home","value":"home@example.com","primary":true},{"type":"work","value":"w@example.com"}]}`},
		{"the entry that is there", `emails[type eq "home"].value`, "h@example.com", `{"schemas":["` + UserSchema + `"],"userName":"jane","Name":{"givenName":"Jane"},"emails":[{"type":"home","value":"h@example.com","primary":true}]}`},
		{"an extension, which is declared", "urn:example:User:a", "x", `{"schemas":["` + UserSchema + `","urn:example:User"],"userName":"jane","Name":{"givenName":"Jane"},"emails":[{"type":"home","value":"home@example.com","primary":true}],"urn:example:User":{"a":"x"}}`},
		{"no attribute", "userName", "", `{"schemas":["` + UserSchema + `"],"Name":{"givenName":"Jane"},"emails":[{"type":"home","value":"home@example.com","primary":true}]}`},
		{"no part", "name.givenName", "", `{"schemas":["` + UserSchema + `"],"userName":"jane","emails":[{"type":"home","value":"home@example.com","primary":true}]}`},
		{"no entry, and so no list", `emails[type eq "home"].value`, "", `{"schemas":["` + UserSchema + `"],"userName":"jane","Name":{"givenName":"Jane"}}`},
		{"no such entry", `emails[type eq "work"].value`, "", user},
		{"no extension", "urn:example:User:a", "", user},
		{"no entry of an extension", `urn:example:User:a[type eq "b"].c`, "", user},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := read(t, user)
			got := before.Clone()
			if tt.value == "" {
				got.Clear(path(t, tt.path))
			} else {
				got.Set(path(t, tt.path), tt.value)
			}
			text, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(read(t, tt.want), read(t, string(text))); diff != "" {
				t.Errorf("the user differs: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(read(t, user), before); diff != "" {
				t.Errorf("what it was cloned from has changed: -was +is\n%s", diff)
			}
		})
	}
}
