package form

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/decode"
)

// garden has a field of each kind that a struct may have.
type garden struct {
	Name   string          `json:"name" form:"word" required:"true" doc:"What it's called." want:"a word" example:"eden"`
	Kind   string          `json:"kind" oneOf:"park yard" default:"yard" doc:"'park' or 'yard', the owner's choice; see [kinds](kinds.md)."`
	Open   bool            `json:"open" default:"true" doc:"Whether one may enter."`
	Shut   bool            `json:"shut" default:"false" doc:"Whether one may not."`
	Gates  int             `json:"gates" range:"1 9" default:"2" doc:"How many."`
	Days   int             `json:"days" oneOf:"1 7 30" default:"7" doc:"How long."`
	Depth  *int64          `json:"depth" doc:"How deep."`
	Trees  []string        `json:"trees" form:"word" range:"1 3" doc:"Which." example:"oak,ash"`
	Tools  []string        `json:"tools" oneOf:"rake hoe" default:"rake hoe" doc:"By what."`
	Labels map[string]text `json:"labels" form:"word" doc:"Words by name."`
	Beds   map[string]bed  `json:"beds" names:"word" range:"1 2" def:"bed" doc:"What grows where." example:"{\"east\": {\"plant\": \"rose\"}}"`
	Pond   *pond           `json:"pond" doc:"There may be none."`
	Shed   shed            `json:"shed" file:"true" def:"shed" doc:"What is in it." example:"shed.json"`
}

type text = string

type bed struct {
	Plant string `json:"plant" required:"true" doc:"The plant."`
	Rows  int    `json:"rows" range:"0 5" default:"1" doc:"In rows."`
}

type pond struct {
	Fish string `json:"fish" oneOf:"carp koi" required:"true" doc:"The fish."`
}

type shed struct {
	Key  string `json:"key" doc:"Where the key is."`
	Lamp lamp   `json:"lamp"`
}

type lamp struct {
	Watts int `json:"watts" range:"1 100" default:"40" doc:"How bright."`
}

var words = Texts{"word": {
	Pattern:   `^[A-Za-z]+$`,
	Complaint: "is not a word",
	Mistake: func(text string) string {
		if strings.HasSuffix(text, "s") {
			return "is a plural: give the singular"
		}
		return ""
	},
	Check: func(text string) error {
		if len(text) > 5 {
			return errors.New("is longer than 5")
		}
		return nil
	},
	Clean: strings.ToLower,
}}

// parsed returns JSON as [Texts.Fill] takes it.
func parsed(t *testing.T, in string) any {
	t.Helper()
	value, _, err := decode.Value([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestFill(t *testing.T) {
	depth := int64(-3)
	defaults := garden{Name: "eden", Kind: "yard", Open: true, Gates: 2, Days: 7, Tools: []string{"rake", "hoe"}, Shed: shed{Lamp: lamp{Watts: 40}}}
	for _, tt := range []struct {
		name, in string
		change   func(*garden)
	}{
		{"defaults", `{"name": "eden"}`, func(*garden) {}},
		{"a text as it is kept", `{"name": "EDEN"}`, func(*garden) {}},
		{"scalars", `{"name": "eden", "kind": "park", "open": false, "gates": 9, "days": 30, "depth": -3}`, func(g *garden) {
			g.Kind, g.Open, g.Gates, g.Days, g.Depth = "park", false, 9, 30, &depth
		}},
		{"lists", `{"name": "eden", "trees": ["Oak"], "tools": []}`, func(g *garden) { g.Trees, g.Tools = []string{"oak"}, []string{} }},
		{"maps", `{"name": "eden", "labels": {"a b": "Red"}, "beds": {"east": {"plant": "rose"}}}`, func(g *garden) {
			g.Labels, g.Beds = map[string]string{"a b": "red"}, map[string]bed{"east": {Plant: "rose", Rows: 1}}
		}},
		{"sections", `{"name": "eden", "pond": {"fish": "koi"}, "shed": {"lamp": {"watts": 5}}}`, func(g *garden) {
			g.Pond, g.Shed.Lamp.Watts = &pond{Fish: "koi"}, 5
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := defaults
			tt.change(&want)
			var got garden
			if problems := words.Fill(parsed(t, tt.in), &got); problems != nil {
				t.Fatal(problems)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestFillRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"no object", `[]`, "is not an object: {...}"},
		{"missing", `{}`, "name is missing"},
		{"everything at once", `{"kind": "lawn", "gates": 10}`, "name is missing\nkind is not park or yard\ngates is not a whole number from 1 to 9"},
		{"pattern", `{"name": "e-d"}`, "name is not a word"},
		{"mistake", `{"name": "edens"}`, "name is a plural: give the singular"},
		{"check", `{"name": "gardena"}`, "name is longer than 5"},
		{"blank", `{"name": " "}`, "name is empty: give it a value, or leave it out"},
		{"null", `{"name": "a", "open": null, "pond": null, "beds": null, "shed": null}`,
			"open is null: give it a value, or leave it out\nbeds is null: give it a value, or leave it out\npond is null: give it a value, or leave it out\nshed is null: give it a value, or leave it out"},
		{"number for a text", `{"name": 1}`, "name is not a text: put quotes round it"},
		{"true for a text", `{"name": true}`, "name is not a text: put quotes round it"},
		{"list for a text", `{"name": ["a"]}`, `name is not a text: "..."`},
		{"text for true", `{"name": "a", "open": "true"}`, "open is a text, not true or false: leave out the quotes"},
		{"word for true", `{"name": "a", "open": "on"}`, "open is neither true nor false"},
		{"number for true", `{"name": "a", "open": 1}`, "open is neither true nor false"},
		{"text for a number", `{"name": "a", "gates": "2"}`, "gates is a text, not a number: leave out the quotes"},
		{"word for a number", `{"name": "a", "gates": "two"}`, "gates is not a whole number, in digits"},
		{"fraction", `{"name": "a", "gates": 2.5, "depth": 1e2}`, "gates is not a whole number, in digits\ndepth is not a whole number, in digits"},
		{"beyond all", `{"name": "a", "depth": 9223372036854775808}`, "depth is not a whole number from -9223372036854775808 to 9223372036854775807"},
		{"number that is not offered", `{"name": "a", "days": 8}`, "days is not 1, 7 or 30"},
		{"text for a list", `{"name": "a", "trees": "oak"}`, `trees is a text, not a list: put brackets round it, ["..."]`},
		{"object for a list", `{"name": "a", "trees": {}}`, "trees is not a list: [...]"},
		{"empty list", `{"name": "a", "trees": []}`, "trees is empty: give it an entry, or leave it out"},
		{"long list", `{"name": "a", "trees": ["a", "b", "c", "d"]}`, "trees has 4 entries; the most is 3"},
		{"in a list", `{"name": "a", "trees": ["oak", "e-d", 1, "OAK"]}`, "trees has 4 entries; the most is 3\ntrees[1] is not a word\ntrees[2] is not a text: put quotes round it\ntrees[3] is in the list twice"},
		{"choice in a list", `{"name": "a", "tools": ["saw"]}`, "tools[0] is not rake or hoe"},
		{"list for a map", `{"name": "a", "beds": []}`, "beds is not an object: {...}"},
		{"empty map", `{"name": "a", "beds": {}}`, "beds is empty: give it an entry, or leave it out"},
		{"name in a map", `{"name": "a", "beds": {"e-d": {"plant": "rose"}}}`, "beds.e-d is not a word"},
		{"in a map", `{"name": "a", "beds": {"b": {"rows": 6}, "a": {}}, "labels": {"x": "e-d"}}`,
			"labels.x is not a word\nbeds.a.plant is missing\nbeds.b.plant is missing\nbeds.b.rows is not a whole number from 0 to 5"},
		{"in a section that may be absent", `{"name": "a", "pond": {}}`, "pond.fish is missing"},
		{"true for a section", `{"name": "a", "pond": true}`, "pond is not an object: {...}"},
		{"misspelt", `{"name": "a", "gate": 1}`, "gate is not known; did you mean gates?"},
		{"unknown", `{"name": "a", "pond": {"fish": "koi", "weather": 1}}`, "pond.weather is not known; pond has fish"},
		{"another case", `{"Name": "a", "name": "a"}`, "Name is not known; did you mean name?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := words.Fill(parsed(t, tt.in), new(garden)).Error()
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// TestFillRefusedIsDefault shows that what is refused counts as left out.
func TestFillRefusedIsDefault(t *testing.T) {
	got := garden{}
	words.Fill(parsed(t, `{"name": 1, "kind": 1, "open": 1, "gates": 0, "tools": 1, "shed": 1}`), &got)
	want := garden{Kind: "yard", Open: true, Gates: 2, Days: 7, Tools: []string{"rake", "hoe"}, Shed: shed{Lamp: lamp{Watts: 40}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestSet(t *testing.T) {
	for _, tt := range []struct{ name, path, text, want string }{
		{"text", "name", "a", `{"name":"a"}`},
		{"text of digits", "name", "1", `{"name":"1"}`},
		{"true", "open", "true", `{"open":true}`},
		{"false", "open", "false", `{"open":false}`},
		{"number", "gates", "12", `{"gates":12}`},
		{"negative number", "depth", "-3", `{"depth":-3}`},
		{"list", "trees", "oak, ash", `{"trees":["oak","ash"]}`},
		{"list of one", "trees", "oak", `{"trees":["oak"]}`},
		{"in a new map", "beds.east.rows", "3", `{"beds":{"east":{"rows":3}}}`},
		{"text in a map", "labels.a", "b", `{"labels":{"a":"b"}}`},
		{"in a new section", "pond.fish", "koi", `{"pond":{"fish":"koi"}}`},
		{"a file", "shed", "shed.json", `{"shed":"shed.json"}`},

		{"not true", "open", "on", "open is neither true nor false"},
		{"fraction", "gates", "1.5", "gates is not a whole number, in digits"},
		{"hyphen", "gates", "-", "gates is not a whole number, in digits"},
		{"empty", "name", "", "name is empty: give it a value, or leave it out"},
		{"section", "pond", "koi", "pond is a section: put it into the file, or give its settings one by one"},
		{"map", "beds", "east", "beds is a section: put it into the file, or give its settings one by one"},
		{"misspelt", "pond.fisch", "koi", "pond.fisch is not known; did you mean pond.fish?"},
		{"unknown", "moon", "full", "moon is not known; there are name, kind, open, shut, gates, days, depth, trees, tools, labels, beds, pond, shed"},
		{"below a text", "name.first", "a", "name.first is not known; name is a setting, and has no parts"},
		{"nothing", "", "a", "is not known; there are name, kind, open, shut, gates, days, depth, trees, tools, labels, beds, pond, shed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			object := map[string]any{}
			problem := Set(object, reflect.TypeFor[garden](), tt.path, tt.text)
			encoded, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			got := string(encoded)
			if problem != nil {
				if len(object) > 0 {
					t.Errorf("the object is changed in spite of a problem: %s", got)
				}
				got = problem.String()
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestSetLeavesTheRestAlone shows that one value is replaced, and what is no object is
// kept for whoever reads it to refuse.
func TestSetLeavesTheRestAlone(t *testing.T) {
	object := parsed(t, `{"name": "a", "pond": {"fish": "carp"}, "shed": 5}`).(map[string]any)
	for path, value := range map[string]string{"pond.fish": "koi", "shed.key": "b"} {
		if problem := Set(object, reflect.TypeFor[garden](), path, value); problem != nil {
			t.Error(problem)
		}
	}
	if diff := cmp.Diff(parsed(t, `{"name": "a", "pond": {"fish": "koi"}, "shed": 5}`), any(object)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
