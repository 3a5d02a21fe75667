package decode

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// written is what a person might write.
type written struct {
	DryRun bool     `json:"dryRun,omitempty"`
	Lists  []string `json:"lists"`
	Inner  struct {
		Count int `json:"count"`
	} `json:"inner"`
	Other *struct {
		Size int `json:"size"`
	} `json:"other"`
	Internal string // has no tag, so nobody can write it
}

func TestStrictReads(t *testing.T) {
	var got written
	if err := Strict([]byte(`{"dryRun":true,"lists":["a"],"inner":{"count":3}}`), &got); err != nil {
		t.Fatal(err)
	}
	want := written{DryRun: true, Lists: []string{"a"}}
	want.Inner.Count = 3
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if err := Strict([]byte(`{}`), &got); err != nil {
		t.Errorf("an empty object: %v", err)
	}
}

// TestStrictRefuses shows that Strict refuses whatever it would not read exactly as
// written.
func TestStrictRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"another case", `{"DRYRUN":true}`, `"DRYRUN" is not known; the nearest is "dryRun"`},
		{"two cases", `{"dryRun":true,"DryRun":false}`, `"DryRun" is not known; the nearest is "dryRun"`},
		{"twice", `{"dryRun":true,"dryRun":false}`, "dryRun appears twice"},
		{"twice, written otherwise", `{"dryRun":true,"dry\u0052un":false}`, "dryRun appears twice"},
		{"unknown", `{"dry_run":true}`, `"dry_run" is not known; the nearest is "dryRun"`},
		{"without a tag", `{"Internal":"a"}`, `"Internal" is not known; the nearest is "inner"`},
		{"deeper", `{"inner":{"Count":1,"count":2,"count":3}}`, "inner.count appears twice\n" + `"inner.Count" is not known; the nearest is "count"`},
		{"in what may be absent", `{"other":{"sise":1}}`, `"other.sise" is not known; the nearest is "size"`},
		{"null", `{"dryRun":null}`, "dryRun is null: leave it out, or give it a value"},
		{"all of it null", `null`, "the input is null: leave it out, or give it a value"},
		{"a list", `[]`, "want an object"},
		{"another type", `{"dryRun":"true"}`, "dryRun: want true or false"},
		{"two values", `{} {}`, "is not JSON: line 1, column 4: text after the end"},
		{"no JSON", "{\n\"dryRun\":}", "is not JSON: line 2, column 10: invalid character '}' looking for beginning of value"},
		{"nothing", ``, "is not JSON: line 1, column 1: it ends too early"},
		{"cut off", "{\"é\":\n {", "is not JSON: line 2, column 3: it ends too early"},
		{"after letters of two bytes", `{"é":x}`, "is not JSON: line 1, column 6: invalid character 'x' looking for beginning of value"},
		{"deep", strings.Repeat("[", 20_000), "is not JSON: line 1, column 10001: invalid character '[' exceeded max depth"},
		{"a comment", "{\n  // all of it\n}", "is not JSON: line 2, column 3: invalid character '/' looking for beginning of object key string; JSON has no comments"},
		{"a comma at the end", "{\"dryRun\":true,\n}", "is not JSON: line 2, column 1: invalid character '}' looking for beginning of object key string; leave out the comma before it"},
		{"single quotes", `{'dryRun':true}`, "is not JSON: line 1, column 2: invalid character '\\'' looking for beginning of object key string; JSON has double quotes only"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := Strict([]byte(tt.in), new(written))
			if err == nil {
				t.Fatal("Strict accepts it")
			}
			if diff := cmp.Diff(tt.want, err.Error()); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestValueFindsRepeats(t *testing.T) {
	_, got, err := Value([]byte(`{"a":1,"a":2,"b":[{"c":1},{"c":1,"d":{},"c":{"e":1,"e":2}}],"A":3}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a", "b[1].c", "b[1].c.e"}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestNearest(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"dryrun", "dryRun"}, {"dry-run", "dryRun"}, {"allowRemoval", "allowRemovals"}, {"", "dryRun"},
	} {
		if got := Nearest(tt.in, []string{"allowRemovals", "dryRun"}); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

// TestNear shows that a name is only recommended that may well have been meant.
func TestNear(t *testing.T) {
	known := []string{"id", "by", "totp", "pool", "sync", "connectionId", "perSecond", "allowRemovals"}
	for _, tt := range []struct{ in, want string }{
		{"conectionid", "connectionId"}, {"topt", "totp"}, {"otp", "totp"}, {"pools", "pool"}, {"Sync", "sync"}, {"persec", "perSecond"},
		{"allow-removals", "allowRemovals"},
		{"foo", ""}, {"it", "id"}, {"at", ""}, {"x", ""}, {"userPoolId", ""}, {"rate", ""}, {"", ""},
	} {
		got, ok := Near(tt.in, known)
		if ok != (tt.want != "") || ok && got != tt.want {
			t.Errorf("Near(%q) = %q, %t, want %q", tt.in, got, ok, tt.want)
		}
	}
}
