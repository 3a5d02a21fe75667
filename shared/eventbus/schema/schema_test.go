package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/schema"
)

var update = flag.Bool("update", false, "write the schemas from the types")

// TestFiles holds the schemas of this folder to the types.
func TestFiles(t *testing.T) {
	for _, kind := range eventbus.DetailTypes() {
		want, err := json.MarshalIndent(schema.For(kind), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, '\n')
		if *update {
			if err := os.WriteFile(schema.FileName(kind), want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(schema.FileName(kind))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")); diff != "" {
			t.Errorf("%s differs from the types; if that is right, update it with the flag -update: -types +file\n%s", schema.FileName(kind), diff)
		}
	}
	if files, err := os.ReadDir("."); err != nil || len(files) != len(eventbus.DetailTypes())+2 {
		t.Errorf("%d files, %v; want one for each detail type, and two of Go", len(files), err)
	}
}

// created is an event as EventBridge delivers it.
const created = `{
	"version": "0", "id": "11111111-1111-1111-1111-111111111111", "detail-type": "User Created", "source": "poolsync",
	"account": "111122223333", "time": "2026-05-01T12:00:01Z", "region": "us-east-1", "resources": [],
	"detail": {
		"version": 1, "id": "0123456789abcdef0123456789abcdef", "pool": "us-east-1_EXAMPLE01", "sub": "84e844c8-3041-70aa-1111-0123456789ab",
		"observedAt": "2026-05-01T12:00:01.25Z", "user": {"enabled": true, "attributes": {"name": "Jane"}}
	}
}`

// TestSchemas shows what the schemas accept and refuse.
func TestSchemas(t *testing.T) {
	deleted := strings.ReplaceAll(created, "User Created", "User Deleted")
	for _, tt := range []struct {
		name     string
		kind     eventbus.DetailType
		event    string
		old, new string
		valid    bool
	}{
		{"an event", eventbus.UserCreated, created, "", "", true},
		{"a new member", eventbus.UserCreated, created, `"version": 1,`, `"version": 1, "more": 7,`, true},
		{"no attributes", eventbus.UserCreated, created, `, "attributes": {"name": "Jane"}`, ``, true},
		{"of another type", eventbus.UserUpdated, created, "", "", false},
		{"from somebody else", eventbus.UserCreated, created, `"poolsync"`, `"somebody"`, false},
		{"of another version", eventbus.UserCreated, created, `"version": 1`, `"version": 2`, false},
		{"no id", eventbus.UserCreated, created, `"id": "0123456789abcdef0123456789abcdef",`, ``, false},
		{"an id of another form", eventbus.UserCreated, created, `0123456789abcdef0123456789abcdef`, `1`, false},
		{"no sub", eventbus.UserCreated, created, `84e844c8-3041-70aa-1111-0123456789ab`, ``, false},
		{"no date", eventbus.UserCreated, created, `2026-05-01T12:00:01.25Z`, `noon`, false},
		{"no user", eventbus.UserCreated, created, `"user"`, `"nobody"`, false},
		{"enabled or not", eventbus.UserCreated, created, `"enabled": true`, `"enabled": "yes"`, false},
		{"an attribute that is no text", eventbus.UserCreated, created, `"Jane"`, `["Jane"]`, false},
		{"gone", eventbus.UserDeleted, deleted, `"user"`, `"nobody"`, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			value, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.ReplaceAll(tt.event, tt.old, tt.new)))
			if tt.old == "" {
				value, err = jsonschema.UnmarshalJSON(strings.NewReader(tt.event))
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := compile(t, tt.kind).Validate(value); (err == nil) != tt.valid {
				t.Errorf("valid %t, want %t: %v", err == nil, tt.valid, err)
			}
		})
	}
}

func compile(t *testing.T, kind eventbus.DetailType) *jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile(schema.FileName(kind))
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("event.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("event.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}
