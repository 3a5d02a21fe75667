package form

import (
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// decoder copies parsed JSON into a struct. Unlike encoding/json it goes on after a
// problem, with the default in place of what it refuses, and says where each one is.
type decoder struct {
	texts    Texts
	problems Problems
}

// Fill fills the struct that to points to from parsed JSON (objects are
// map[string]any, numbers [encoding/json.Number]), with the defaults of the tags where
// it has nothing.
func (t Texts) Fill(value any, to any) Problems {
	d := decoder{texts: t}
	d.object("", value, reflect.ValueOf(to).Elem())
	return d.problems
}

func (d *decoder) complain(path, format string, args ...any) {
	d.problems = append(d.problems, Problem{Path: path, Text: fmt.Sprintf(format, args...)})
}

// object fills a struct from an object: first with the defaults, then with what
// the object has.
func (d *decoder) object(path string, value any, to reflect.Value) {
	given, ok := value.(map[string]any)
	if !ok {
		d.complain(path, "%s", misfit(value, reflect.Struct))
		setDefault(to, "")
		return
	}
	kind, _ := given[discriminator].(string)
	d.fields(path, given, to, kind)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		d.known(path, name, to.Type(), kind)
	}
}

// fields fills the fields of a struct, and of the variant that it is.
func (d *decoder) fields(path string, given map[string]any, to reflect.Value, kind string) {
	for field, at := range to.Fields() {
		switch of := variant(field); of {
		case "":
			member, ok := given[field.Tag.Get("json")]
			d.field(Join(path, field.Tag.Get("json")), member, ok, at, field.Tag)
		case kind:
			at.Set(reflect.New(at.Type().Elem()))
			d.fields(path, given, at.Elem(), "")
		}
	}
}

// known refuses a name that an object of this variant cannot have. Of an object that is
// no variant at all only that is said.
func (d *decoder) known(path, name string, of reflect.Type, kind string) {
	all := names(of, "")
	if !slices.Contains(all, name) {
		d.complain(Join(path, name), "%s", unknown(path, name, all))
		return
	}
	if slices.Contains(variants(of), kind) && !slices.Contains(names(of, kind), name) {
		d.problems = append(d.problems, Problem{Path: Join(path, name), SaysAll: true,
			Text: "is of " + discriminator + " " + alternatives(variantsWith(of, name)) + " only"})
	}
}

// field fills a field of a struct from the member of that name, if there is one.
func (d *decoder) field(path string, member any, given bool, to reflect.Value, tag reflect.StructTag) {
	switch {
	case given:
		d.value(path, member, to, tag)
	case tag.Get("required") != "":
		d.complain(path, "is missing")
		setDefault(to, tag.Get("default"))
	default:
		setDefault(to, tag.Get("default"))
	}
}

// value fills whatever is in a struct.
func (d *decoder) value(path string, value any, to reflect.Value, tag reflect.StructTag) {
	if value == nil {
		d.complain(path, "is null: give it a value, or leave it out")
		setDefault(to, tag.Get("default"))
		return
	}
	switch to.Kind() {
	case reflect.Struct:
		d.object(path, value, to)
	case reflect.Map:
		d.named(path, value, to, tag)
	case reflect.Slice:
		d.list(path, value, to, tag)
	case reflect.Bool:
		d.boolean(path, value, to, tag)
	case reflect.String:
		d.text(path, value, to, tag)
	case reflect.Int, reflect.Int64:
		d.number(path, value, to, tag)
	case reflect.Pointer:
		to.Set(reflect.New(to.Type().Elem()))
		d.value(path, value, to.Elem(), tag)
	}
}

// named fills a map from an object whose names are the owner's.
func (d *decoder) named(path string, value any, to reflect.Value, tag reflect.StructTag) {
	members, ok := value.(map[string]any)
	if !ok {
		d.complain(path, "%s", misfit(value, reflect.Map))
		return
	}
	d.entries(path, len(members), tag)
	to.Set(reflect.MakeMap(to.Type()))
	for name, member := range Sorted(members) {
		if form := tag.Get("names"); form != "" {
			if _, err := d.texts[form].read(name); err != nil {
				d.complain(Join(path, name), "%v", err)
			}
		}
		element := reflect.New(to.Type().Elem()).Elem()
		d.value(Join(path, name), member, element, reflect.StructTag(entryTag(tag)))
		to.SetMapIndex(reflect.ValueOf(name), element)
	}
}

// entryTag returns what the tag of a map says of each entry.
func entryTag(tag reflect.StructTag) string {
	if form := tag.Get("form"); form != "" {
		return fmt.Sprintf("form:%q", form)
	}
	return ""
}

// entries holds the number of entries of a list or a map to its range.
func (d *decoder) entries(path string, n int, tag reflect.StructTag) {
	low, high, ok := bounds(tag)
	switch {
	case !ok:
	case n < low && tag.Get("required") != "":
		d.complain(path, "is empty: give it an entry")
	case n < low:
		d.complain(path, "is empty: give it an entry, or leave it out")
	case n > high:
		d.complain(path, "has %d entries; the most is %d", n, high)
	}
}

// list fills a list of texts, each of which may stand there once.
func (d *decoder) list(path string, value any, to reflect.Value, tag reflect.StructTag) {
	elements, ok := value.([]any)
	if !ok {
		d.complain(path, "%s", misfit(value, reflect.Slice))
		setDefault(to, tag.Get("default"))
		return
	}
	d.entries(path, len(elements), tag)
	texts := []string{} // empty is not the same as left out
	for i, element := range elements {
		at := fmt.Sprintf("%s[%d]", path, i)
		text, ok := d.word(at, element, tag)
		switch {
		case ok && slices.Contains(texts, text):
			d.complain(at, "is in the list twice")
		case ok:
			texts = append(texts, text)
		}
	}
	to.Set(reflect.ValueOf(texts))
}

// Sorted ranges over a map in the order of its names, so that the same value gives
// the same problems.
func Sorted[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, name := range slices.Sorted(maps.Keys(m)) {
			if !yield(name, m[name]) {
				return
			}
		}
	}
}

// alternatives returns words as a choice: "a, b or c".
func alternatives(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
