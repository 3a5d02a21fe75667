package scim

import (
	"errors"
	"strings"
	"testing"
)

func TestParsePath(t *testing.T) {
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	for _, tt := range []struct {
		name, in string
		want     Path
	}{
		{"an attribute", "userName", Path{Attribute: "userName"}},
		{"a part", "name.givenName", Path{Attribute: "name", Part: "givenName"}},
		{"an entry", `emails[type eq "work"].value`, Path{Attribute: "emails", Type: "work", Part: "value"}},
		{"an entry, in capitals and blanks", `emails[ TYPE  Eq "work" ].value`, Path{Attribute: "emails", Type: "work", Part: "value"}},
		{"an extension", enterprise + ":department", Path{Schema: enterprise, Attribute: "department"}},
		{"a part in an extension", enterprise + ":manager.value", Path{Schema: enterprise, Attribute: "manager", Part: "value"}},
		{"an entry in an extension", `urn:example:2.0:User:badges[type eq "door"].code`, Path{Schema: "urn:example:2.0:User", Attribute: "badges", Type: "door", Part: "code"}},
		{"the schema of users", UserSchema + ":name.familyName", Path{Attribute: "name", Part: "familyName"}},
		{"the same, in capitals", strings.ToUpper(UserSchema) + ":title", Path{Attribute: "title"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParsePath(tt.in)
			if got != tt.want || err != nil {
				t.Fatalf("ParsePath(%q) = %+v, %v; want %+v", tt.in, got, err, tt.want)
			}
			if again, err := ParsePath(got.String()); again != got || err != nil {
				t.Errorf("ParsePath(%q) = %+v, %v; want the same path again", got, again, err)
			}
		})
	}
}

func TestParsePathRefuses(t *testing.T) {
	for _, in := range []string{
		"", ".", "a.", ".a", "a.b.c", "a b", "1a", "emails[work].value", `emails[type eq "work"]`, `emails[type eq work].value`,
		`emails[type eq "work"`, `emails]type eq "work"[.value`, `emails[value eq "x"].value`, `emails[type eq "a\"b"].value`,
		`emails[type eq "work"].`, `emails[type eq "work"]value`, "http://example.com:a", "urn::a", "urn:a:", ":a", "a\n", strings.Repeat("a", maxPath+1),
	} {
		if got, err := ParsePath(in); !errors.Is(err, ErrPath) {
			t.Errorf("ParsePath(%q) = %+v, %v; want ErrPath", in, got, err)
		}
	}
}

// FuzzParsePath looks for paths that do not come back from their own text.
func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"userName", "name.givenName", `emails[type eq "work"].value`, EnterpriseSchema + ":department"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePath(text)
		if err != nil {
			return
		}
		if again, err := ParsePath(p.String()); again != p || err != nil {
			t.Errorf("ParsePath(%q) = %+v, whose text %q gives %+v, %v", text, p, p.String(), again, err)
		}
	})
}
