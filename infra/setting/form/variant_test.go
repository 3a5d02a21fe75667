package form

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// fleet holds objects of which each is one of two kinds.
type fleet struct {
	Things map[string]vehicle `json:"things" doc:"By name."`
}

type vehicle struct {
	Type  string `json:"type" oneOf:"car boat" required:"true" doc:"What it is."`
	Car   *car   `of:"car"`
	Boat  *boat  `of:"boat"`
	Seats int    `json:"seats" range:"1 9" default:"4" doc:"How many."`
}

type car struct {
	Doors int    `json:"doors" range:"2 5" default:"4" doc:"How many."`
	Plate string `json:"plate" required:"true" doc:"What stands on it."`
}

type boat struct {
	Sail  bool   `json:"sail" default:"true" doc:"Whether it has one."`
	Plate string `json:"plate" doc:"If it has one."`
}

// TestVariants shows that an object has the fields of its own type, and none of another,
// for the reader and the schema alike.
func TestVariants(t *testing.T) {
	schema, err := json.Marshal(words.Schema(reflect.TypeFor[fleet](), "A fleet"))
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := json.Unmarshal(schema, &document); err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("fleet.json", document); err != nil {
		t.Fatal(err)
	}
	compiled := compiler.MustCompile("fleet.json")
	for _, tt := range []struct {
		name, in string
		want     vehicle
		problems string
	}{
		{"one", `{"type": "car", "plate": "A"}`, vehicle{Type: "car", Car: &car{4, "A"}, Seats: 4}, ""},
		{"the other", `{"type": "boat", "seats": 2, "sail": false}`, vehicle{Type: "boat", Boat: &boat{}, Seats: 2}, ""},
		{"what both have", `{"type": "boat", "plate": "B"}`, vehicle{Type: "boat", Boat: &boat{true, "B"}, Seats: 4}, ""},
		{"what it needs", `{"type": "car"}`, vehicle{Type: "car", Car: &car{Doors: 4}, Seats: 4}, "things.a.plate is missing"},
		{"what only the other has", `{"type": "boat", "doors": 2}`, vehicle{Type: "boat", Boat: &boat{Sail: true}, Seats: 4}, "things.a.doors is of type car only"},
		{"a bad value", `{"type": "car", "plate": "A", "doors": 6}`, vehicle{Type: "car", Car: &car{4, "A"}, Seats: 4}, "things.a.doors is not a whole number from 2 to 5"},
		{"neither", `{"plate": "A"}`, vehicle{Seats: 4}, "things.a.type is missing"},
		{"no such", `{"type": "bike", "plate": "A", "sail": true}`, vehicle{Seats: 4}, "things.a.type is not car or boat"},
		{"a bad value of what both have", `{"type": "boat", "plate": 1}`, vehicle{Type: "boat", Boat: &boat{Sail: true}, Seats: 4}, "things.a.plate is not a text: put quotes round it"},
		{"misspelt", `{"type": "boat", "sial": true}`, vehicle{Type: "boat", Boat: &boat{Sail: true}, Seats: 4}, "things.a.sial is not known; did you mean things.a.sail?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in := `{"things": {"a": ` + tt.in + `}}`
			var got fleet
			problems := words.Fill(parsed(t, in), &got)
			if diff := cmp.Diff(tt.want, got.Things["a"]); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if problems.Error() != tt.problems {
				t.Errorf("problems %q, want %q", problems, tt.problems)
			}
			var value any
			if err := json.Unmarshal([]byte(in), &value); err != nil {
				t.Fatal(err)
			}
			if err := compiled.Validate(value); (err == nil) != (tt.problems == "") {
				t.Errorf("schema: %v, want it to agree", err)
			}
		})
	}
}

// TestVariantPlaces shows that what only some objects have is found and explained.
func TestVariantPlaces(t *testing.T) {
	want := "| setting | value | default | meaning |\n|---|---|---|---|\n" +
		"| `things` | objects by name | none | By name. |\n" +
		"| `things.<name>.type` | `car`, `boat` | required | What it is. |\n" +
		"| `things.<name>.doors` | 2 to 5 | `4` | `car` only. How many. |\n" +
		"| `things.<name>.plate` | text | required | `car` only. What stands on it. |\n" +
		"| `things.<name>.sail` | `true`, `false` | `true` | `boat` only. Whether it has one. |\n" +
		"| `things.<name>.plate` | text | none | `boat` only. If it has one. |\n" +
		"| `things.<name>.seats` | 1 to 9 | `4` | How many. |\n"
	if diff := cmp.Diff(want, Table(Places(reflect.TypeFor[fleet]()))); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	object := map[string]any{}
	if problem := Set(object, reflect.TypeFor[fleet](), "things.a.sail", "false"); problem != nil {
		t.Fatal(problem)
	}
	if diff := cmp.Diff(map[string]any{"things": map[string]any{"a": map[string]any{"sail": false}}}, object); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
