package setting

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// theTarget is the target of [minimal] in a file.
const theTarget = `"targets": {"userhub": {"type": "userhub", "connectionId": "conn_x", "keySecretArn": "` + secret + `"}}`

// files writes files into a folder of their own, and returns that folder.
func files(t *testing.T, texts map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range texts {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(folder, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func TestRead(t *testing.T) {
	folder := files(t, map[string]string{
		"minimal.json":          `{"$schema": "settings.schema.json", ` + theTarget + `}`,
		"all.json":              `{` + theTarget + `, "sync": {"rate": 20, "schedule": "rate(2 hours)"}, "events": {"cloudTrail": false}, "pool": {"triggersRevision": "2"}}`,
		"env/pool.json":         `{` + theTarget + `, "pool": {"new": "parts/strict.json"}}`,
		"env/none.json":         `{` + theTarget + `, "pool": {"new": "parts/none.json"}}`,
		"env/inline.json":       `{` + theTarget + `, "pool": {"new": {"mfa": {"mode": "required"}}}}`,
		"env/parts/strict.json": `{"mfa": {"mode": "required"}, "password": {"minLength": 16}}`,
		"loose.json":            `{"mfa": {"mode": "off"}}`,
	})
	t.Chdir(folder)
	for _, tt := range []struct {
		name, file string
		overrides  map[string]string
		want       func(*Settings)
	}{
		{"minimal", "minimal.json", nil, func(*Settings) {}},
		{"the file is said in full", filepath.Join(folder, "minimal.json"), nil, func(*Settings) {}},
		{"more", "all.json", nil, func(s *Settings) {
			s.Sync.Rate, s.Sync.Schedule, s.Events.CloudTrail, s.Pool.TriggersRevision = 20, "rate(2 hours)", false, "2"
		}},
		{"the command line wins", "all.json", map[string]string{"sync.rate": "5", "events.cloudTrail": "true"}, func(s *Settings) {
			s.Sync.Rate, s.Sync.Schedule, s.Pool.TriggersRevision = 5, "rate(2 hours)", "2"
		}},
		{"a path is seen from the file's folder", "env/pool.json", nil, func(s *Settings) {
			s.Pool.New.MFA.Mode, s.Pool.New.Password.MinLength = "required", 16
		}},
		{"the command line changes what is in that file", "env/pool.json", map[string]string{"pool.new.password.minLength": "20"}, func(s *Settings) {
			s.Pool.New.MFA.Mode, s.Pool.New.Password.MinLength = "required", 20
		}},
		{"another file, seen from the current folder", "env/inline.json", map[string]string{"pool.new": "loose.json"}, func(s *Settings) {
			s.Pool.New.MFA.Mode = "off"
		}},
		{"another file, and a change to it", "env/pool.json", map[string]string{"pool.new": "loose.json", "pool.new.selfSignUp": "true"}, func(s *Settings) {
			s.Pool.New.MFA.Mode, s.Pool.New.SelfSignUp = "off", true
		}},
		{"a file that another one replaces is not read", "env/none.json", map[string]string{"pool.new": "loose.json"}, func(s *Settings) {
			s.Pool.New.MFA.Mode = "off"
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := minimal()
			tt.want(&want)
			got, err := Read(tt.file, tt.overrides)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	folder := files(t, map[string]string{
		"comma.json":      "{\n  \"pool\": {},\n}",
		"list.json":       "[]",
		"schema.json":     `{"$schema": 1, ` + theTarget + `}`,
		"deeper.json":     `{"pool": {"$schema": "a"}, ` + theTarget + `}`,
		"twice.json":      `{` + theTarget + `, "pool": {"new": {"mfa": {"mode": "off", "mode": "required"}}}}`,
		"typed.json":      `{` + theTarget + `, "events": {"cloudTrail": "true"}}`,
		"number.json":     `{` + theTarget + `, "pool": {"triggersRevision": 2}}`,
		"pool-5.json":     `{` + theTarget + `, "pool": 5}`,
		"new-5.json":      `{` + theTarget + `, "pool": {"new": 5}}`,
		"both.json":       `{` + theTarget + `, "pool": {"id": "us-east-1_EXAMPLE01", "new": {}}}`,
		"both-2.json":     `{` + theTarget + `, "pool": {"id": "us-east-1_EXAMPLE01", "new": "pool.json"}}`,
		"none.json":       `{` + theTarget + `, "pool": {"new": "nowhere.json"}}`,
		"bad.json":        `{` + theTarget + `, "pool": {"new": "comma.json"}}`,
		"blank.json":      `{` + theTarget + `, "pool": {"new": " "}}`,
		"to-list.json":    `{` + theTarget + `, "pool": {"new": "list.json"}}`,
		"to-wrong.json":   `{` + theTarget + `, "pool": {"new": "wrong.json"}}`,
		"to-twice.json":   `{` + theTarget + `, "pool": {"new": "pool-twice.json"}}`,
		"pool.json":       `{}`,
		"wrong.json":      `{"mfa": {"mode": "always"}}`,
		"pool-twice.json": `{"plan": "plus", "plan": "lite"}`,
		"no-target.json":  `{}`,
		"targets.json":    `{"targets": {}}`,
	})
	t.Chdir(folder)
	for _, tt := range []struct {
		file      string
		overrides map[string]string
		want      string
	}{
		{"nowhere.json", nil, "config names a file that cannot be read: no such file or directory; looked for it in " + folder},
		{"env/prod.json", nil, "config names a file that cannot be read: no such file or directory; looked for it in " + filepath.Join(folder, "env")},
		{".", nil, "config names a file that cannot be read: is a directory"},
		{"nowhere.json", map[string]string{"sync.rate": "x"}, "config names a file that cannot be read"}, // the rest would only confuse
		{"comma.json", nil, "config names a file that is not JSON: line 3, column 1: invalid character '}' looking for beginning of object key string; leave out the comma before it"},
		{"list.json", nil, "config names a file that is not an object: {...}"},
		{"schema.json", nil, "$schema is not a text"},
		{"deeper.json", nil, "pool.$schema is not known; pool has id, triggers,"},
		{"twice.json", nil, "pool.new.mfa.mode is in the file twice"},
		{"typed.json", nil, "events.cloudTrail is a text, not true or false: leave out the quotes"},
		{"number.json", nil, "pool.triggersRevision is not a text: put quotes round it"},
		{"pool-5.json", nil, "pool is not an object: {...}"},
		{"pool-5.json", map[string]string{"pool.id": existingID}, "pool is not an object: {...}"},
		{"new-5.json", nil, "pool.new is not an object: {...}"},
		{"both.json", nil, "pool.new describes a new pool, but pool.id names an existing one"},
		{"both-2.json", nil, "pool.new describes a new pool, but pool.id names an existing one"},
		{"none.json", nil, "pool.new names a file that cannot be read: no such file or directory; looked for it in " + folder},
		{"bad.json", nil, "pool.new names a file that is not JSON: line 3, column 1"},
		{"blank.json", nil, "pool.new is empty: give it a value, or leave it out"},
		{"to-list.json", nil, "pool.new is not an object: {...}"},
		{"to-wrong.json", nil, "pool.new.mfa.mode is not off, optional or required"},
		{"to-twice.json", nil, "pool.new.plan is in the file twice"},
		{"no-target.json", nil, "targets is missing"},
		{"targets.json", nil, "targets is empty: give it an entry"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			_, err := Read(tt.file, tt.overrides)
			wantOneProblem(t, err, tt.want)
		})
	}
}

// TestParseRefuses shows what is wrong with a text that came from no file.
func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", ``, "is not JSON: line 1, column 1: it ends too early"},
		{"text", `"a"`, "is not an object: {...}"},
		{"two values", `{} {}`, "is not JSON: line 1, column 4: text after the end"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.in))
			wantOneProblem(t, err, tt.want)
		})
	}
}
