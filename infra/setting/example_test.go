package setting

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/poolsync/poolsync/infra/setting/form"
)

// TestExamplesAreRead shows that the examples are good, and what they say.
func TestExamplesAreRead(t *testing.T) {
	read := map[string]Settings{}
	for _, file := range examples(t) {
		s, err := Read(file, nil)
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		read[file[strings.LastIndex(file, "/")+1:]] = s
	}
	want := minimal()
	changeTarget(&want, func(t *Target) { t.UserHub.ConnectionID = "conn_26yEiYymqy6ZmG" })
	if got := read["new-pool.json"]; !reflect.DeepEqual(got, want) {
		t.Errorf("new-pool.json: got %+v, want %+v", got, want)
	}
	want.Pool.ID = existingID
	if got := read["existing-pool.json"]; !reflect.DeepEqual(got, want) {
		t.Errorf("existing-pool.json: got %+v, want %+v", got, want)
	}
	if everything := read["everything.json"]; everything.Pool.Existing() || !everything.Providers.UserHub.Deletes() || len(everything.Pool.New.Clients) == 0 {
		t.Errorf("everything.json: got %+v", everything)
	}
	if existing := read["everything-existing.json"]; len(existing.Pool.ReplaceTriggers.Functions()) != 2 {
		t.Errorf("everything-existing.json: got %+v", existing)
	}
}

// TestExamplesSetEverything shows that together they set every setting, and each to
// something else than its default. No example can do both for those that are excepted.
func TestExamplesSetEverything(t *testing.T) {
	excepted := []string{
		"pool.triggers",     // manual would allow no replaced trigger
		"pool.new.mfa.totp", // off, the only second factor would be a text message
		"pool.new.recovery", // by phone it is not allowed where everybody has a second factor by text
	}
	var files []any
	for _, file := range examples(t) {
		files = append(files, jsonValue(t, readText(t, file)))
	}
	for _, place := range form.Places(reflect.TypeFor[Settings]()) {
		var said []any
		for _, file := range files {
			said = append(said, at(file, strings.Split(place.Path, "."))...)
		}
		if len(said) == 0 {
			t.Errorf("no example has %s", place.Path)
		}
		if changes := slices.ContainsFunc(said, func(value any) bool { return !isDefault(value, place) }); changes == slices.Contains(excepted, place.Path) {
			t.Errorf("%s: the examples say something else than its default: %t, %v", place.Path, changes, said)
		}
	}
}

// at returns the values that stand at a path, in which <name> is any name.
func at(value any, path []string) []any {
	if len(path) == 0 {
		return []any{value}
	}
	var found []any
	object, _ := value.(map[string]any)
	for name, member := range object {
		if path[0] == name || path[0] == "<name>" {
			found = append(found, at(member, path[1:])...)
		}
	}
	return found
}

// isDefault reports whether a value is what holds where nothing is said.
func isDefault(value any, place form.Place) bool {
	object := map[string]any{}
	path := strings.ReplaceAll(place.Path, "<name>", "a")
	text := place.Tag.Get("default")
	if place.Type.Kind() == reflect.Slice {
		text = strings.Join(strings.Fields(text), ",")
	}
	if text == "" || form.Set(object, reflect.TypeFor[Settings](), path, text) != nil {
		return false
	}
	return reflect.DeepEqual(value, at(object, strings.Split(path, "."))[0])
}

func readText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
