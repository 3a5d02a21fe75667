package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/poolsync/poolsync/infra/local/golden"
	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/scim"
)

const scimDocument = "docs/scim.md"

// TestMappingIsListed holds the document's table of attributes against the default mapping:
// each value of a user, told apart from all others, is looked for in what a service is sent.
func TestMappingIsListed(t *testing.T) {
	mapping, err := scim.NewMapping(scim.Generic)
	if err != nil {
		t.Fatal(err)
	}
	u := directory.User{Sub: "the sub", Username: "jane", Enabled: true, Attributes: map[string]string{
		"given_name": "Jane", "family_name": "Doe", "middle_name": "Q", "name": "Jane Q Doe", "nickname": "J", "profile": "https://example.com/jane",
		"locale": "en-US", "zoneinfo": "Europe/Berlin", "email": "jane@example.com", "email_verified": "true", "phone_number": "+15550100",
		"preferred_username": "jd", "gender": "f", "birthdate": "2000-01-01", "website": "https://example.com/", "picture": "https://example.com/j.png",
		"address": "1 Main Street", "custom:department": "Sales",
	}}
	owner := map[any]string{u.Sub: "`sub`", u.Username: "user name", u.Enabled: "enabled or not"}
	for attribute, value := range u.Attributes {
		owner[value] = "`" + attribute + "`"
	}
	values, err := mapping.Values(u)
	if err != nil {
		t.Fatal(err)
	}
	table := "| pool | SCIM |\n|---|---|\n"
	for _, v := range values {
		if owner[v.Content] == "" {
			t.Errorf("%s has %v, which is none of the user's values", v.Path, v.Content)
		}
		table += fmt.Sprintf("| %s | `%s` |\n", owner[v.Content], v.Path)
	}
	golden.Section(t, scimDocument, "mapping", table)
}

// TestProfilesAreListed holds the document's table of profiles against what they are.
func TestProfilesAreListed(t *testing.T) {
	table := "| profile | requests a second | a minute | required of each user | longest user name | longest other text |\n|---|---|---|---|---|---|\n"
	profiles := scim.Profiles()
	for _, name := range slices.Sorted(maps.Keys(profiles)) {
		p := profiles[name]
		required := []string{"`userName`"}
		for _, path := range p.Required {
			required = append(required, "`"+path.String()+"`")
		}
		table += fmt.Sprintf("| `%s` | %v | %s | %s | %s | %s |\n", name, p.PerSecond, orNone(p.PerMinute),
			strings.Join(required, ", "), orNone(p.LongestUserName), orNone(p.Longest))
	}
	golden.Section(t, scimDocument, "profiles", table)
}

func orNone(limit int) string {
	if limit == 0 {
		return "no limit"
	}
	return fmt.Sprint(limit)
}

// TestTargetsOfDocumentAreAccepted shows that each example in the document can be deployed
// as it stands.
func TestTargetsOfDocumentAreAccepted(t *testing.T) {
	profiles, ways := map[string]bool{}, map[string]bool{}
	for _, b := range blocks(read(t, scimDocument)) {
		if b.language != "json" {
			continue
		}
		settings, err := setting.Parse([]byte(b.text))
		if err != nil {
			t.Errorf("%v, of\n%s", err, b.text)
		}
		for name, target := range settings.Targets {
			if target.SCIM == nil {
				t.Errorf("%s is no SCIM service", name)
				continue
			}
			profiles[target.SCIM.Profile], ways[target.SCIM.Auth] = true, true
		}
	}
	if len(profiles) != 3 || len(ways) != 3 {
		t.Errorf("the examples show %d profiles and %d ways to sign in, want each of three", len(profiles), len(ways))
	}
}
