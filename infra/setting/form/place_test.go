package form

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func TestTable(t *testing.T) {
	want := "| setting | value | default | meaning |\n|---|---|---|---|\n" +
		"| `name` | text | required | What it's called. |\n" +
		"| `kind` | `park`, `yard` | `yard` | `park` or `yard`, the owner's choice; see [kinds](kinds.md). |\n" +
		"| `open` | `true`, `false` | `true` | Whether one may enter. |\n" +
		"| `shut` | `true`, `false` | `false` | Whether one may not. |\n" +
		"| `gates` | 1 to 9 | `2` | How many. |\n" +
		"| `days` | `1`, `7`, `30` | `7` | How long. |\n" +
		"| `depth` | number | none | How deep. |\n" +
		"| `trees` | list of texts | none | Which. |\n" +
		"| `tools` | list of `rake`, `hoe` | `[\"rake\", \"hoe\"]` | By what. |\n" +
		"| `labels` | texts by name | none | Words by name. |\n" +
		"| `beds` | objects by name | none | What grows where. |\n" +
		"| `beds.<name>.plant` | text | required | The plant. |\n" +
		"| `beds.<name>.rows` | 0 to 5 | `1` | In rows. |\n" +
		"| `pond` | object | none | There may be none. |\n" +
		"| `pond.fish` | `carp`, `koi` | required | The fish. |\n" +
		"| `shed` | object, or path of a JSON file with it | none | What is in it. |\n" +
		"| `shed.key` | text | none | Where the key is. |\n" +
		"| `shed.lamp.watts` | 1 to 100 | `40` | How bright. |\n"
	if diff := cmp.Diff(want, Table(Places(reflect.TypeFor[garden]()))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestHelp(t *testing.T) {
	for _, tt := range []struct{ path, want, snippet, argument string }{
		{"name", "a word", `"name": "eden"`, "name=eden"},
		{"kind", "park or yard", `"kind": "yard"`, "kind=yard"},
		{"open", "true or false", `"open": false`, "open=false"},
		{"shut", "true or false", `"shut": true`, "shut=true"},
		{"gates", "a whole number from 1 to 9", `"gates": 2`, "gates=2"},
		{"days", "1, 7 or 30", `"days": 7`, "days=7"},
		{"depth", "a whole number", "", ""},
		{"trees", "a list of texts", `"trees": ["oak","ash"]`, "trees=oak,ash"},
		{"trees[1]", "a list of texts", `"trees": ["oak","ash"]`, "trees=oak,ash"},
		{"tools", "a list of any of rake, hoe", `"tools": ["rake","hoe"]`, "tools=rake,hoe"},
		{"labels.x", "a text", "", ""},
		{"beds", "an object with objects by name", `"beds": {"east": {"plant": "rose"}}`, ""},
		{"beds.west", "an object with plant, rows", "", ""},
		{"beds.west.rows", "a whole number from 0 to 5", `"beds": {"west": {"rows": 1}}`, "beds.west.rows=1"},
		{"pond.fish", "carp or koi", `"pond": {"fish": "carp"}`, "pond.fish=carp"},
		{"labels", "an object with texts by name", "", ""},
		{"pond", "an object with fish", "", ""},
		{"shed", "an object with key, lamp", `"shed": "shed.json"`, "shed=shed.json"},
	} {
		t.Run(tt.path, func(t *testing.T) {
			place, problem := Find(reflect.TypeFor[garden](), tt.path)
			if problem != nil {
				t.Fatal(problem)
			}
			snippet, argument := place.Example()
			if diff := cmp.Diff([]string{tt.want, tt.snippet, tt.argument}, []string{place.Want(), snippet, argument}); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// compileSchema returns the schema of a garden. The compiler first holds it against the
// metaschema of its dialect.
func compileSchema(t *testing.T) (compiled *jsonschema.Schema, text string) {
	t.Helper()
	encoded, err := json.MarshalIndent(words.Schema(reflect.TypeFor[garden](), "A garden"), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("garden.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err = compiler.Compile("garden.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled, string(encoded)
}

// TestSchemaAgrees shows that the schema takes what is read, and refuses what is not.
func TestSchemaAgrees(t *testing.T) {
	schema, _ := compileSchema(t)
	for _, tt := range []struct {
		in string
		ok bool
	}{
		{`{"name": "eden"}`, true},
		{`{"name": "eden", "kind": "park", "open": false, "gates": 9, "days": 30, "depth": -3, "trees": ["oak"], "tools": [],
			"labels": {"a b": "red"}, "beds": {"east": {"plant": "rose"}}, "pond": {"fish": "koi"}, "shed": {"lamp": {"watts": 5}}}`, true},
		{`[]`, false},
		{`{}`, false},
		{`{"name": "e-d"}`, false},
		{`{"name": " "}`, false},
		{`{"name": 1}`, false},
		{`{"name": "a", "kind": "lawn"}`, false},
		{`{"name": "a", "open": "true"}`, false},
		{`{"name": "a", "open": null}`, false},
		{`{"name": "a", "gates": 10}`, false},
		{`{"name": "a", "gates": 0}`, false},
		{`{"name": "a", "gates": "2"}`, false},
		{`{"name": "a", "gates": 2.5}`, false},
		{`{"name": "a", "days": 8}`, false},
		{`{"name": "a", "trees": []}`, false},
		{`{"name": "a", "trees": ["a", "b", "c", "d"]}`, false},
		{`{"name": "a", "trees": ["a", "a"]}`, false},
		{`{"name": "a", "trees": ["e-d"]}`, false},
		{`{"name": "a", "tools": ["saw"]}`, false},
		{`{"name": "a", "labels": {"x": "e-d"}}`, false},
		{`{"name": "a", "beds": {}}`, false},
		{`{"name": "a", "beds": {"a": {"plant": "b"}, "b": {"plant": "b"}, "c": {"plant": "b"}}}`, false},
		{`{"name": "a", "beds": {"e-d": {"plant": "b"}}}`, false},
		{`{"name": "a", "beds": {"east": {}}}`, false},
		{`{"name": "a", "pond": {}}`, false},
		{`{"name": "a", "pond": true}`, false},
		{`{"name": "a", "shed": {"lamp": {"watts": 0}}}`, false},
		{`{"name": "a", "shed": {"key": " "}}`, false},
		{`{"name": "a", "gate": 1}`, false},
	} {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(tt.in)))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); (err == nil) != tt.ok {
			t.Errorf("schema, of %s: %v, want it to be good: %t", tt.in, err, tt.ok)
		}
		if problems := words.Fill(parsed(t, tt.in), new(garden)); (problems == nil) != tt.ok {
			t.Errorf("reader, of %s: %v, want it to be good: %t", tt.in, problems, tt.ok)
		}
	}
}

// TestSchemaExplains shows what an editor is told besides what may stand there.
func TestSchemaExplains(t *testing.T) {
	_, text := compileSchema(t)
	var got struct {
		Properties map[string]struct {
			Description string
			Default     any
			Examples    []any
		}
		Defs map[string]any `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	kind, tools, name := got.Properties["kind"], got.Properties["tools"], got.Properties["name"]
	if want := "'park' or 'yard', the owner's choice; see kinds."; kind.Description != want || kind.Default != "yard" {
		t.Errorf("kind is explained by %q, default %v; want %q", kind.Description, kind.Default, want)
	}
	if diff := cmp.Diff([]any{"rake", "hoe"}, tools.Default); diff != "" {
		t.Errorf("default of tools: -want +got\n%s", diff)
	}
	if diff := cmp.Diff([]any{"eden"}, name.Examples); diff != "" {
		t.Errorf("examples of name: -want +got\n%s", diff)
	}
	if got.Defs["bed"] == nil || got.Defs["shed"] == nil || len(got.Defs) != 2 {
		t.Errorf("definitions %v, want bed and shed", got.Defs)
	}
}
