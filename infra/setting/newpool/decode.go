package newpool

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/poolsync/poolsync/shared/decode"
)

// decoder copies parsed JSON into the types of this package. Unlike encoding/json
// it goes on after a problem, with the default in place of what it refuses, and
// says where each one is.
type decoder struct{ problems Problems }

// fill fills the struct to from value, with the defaults of the tags where value has
// nothing.
func fill(value any, to any) Problems {
	var d decoder
	d.object("", value, reflect.ValueOf(to).Elem())
	return d.problems
}

func (d *decoder) complain(path, format string, args ...any) {
	d.problems = append(d.problems, Problem{Path: path, Text: fmt.Sprintf(format, args...)})
}

// object fills a struct from an object: first with the defaults, then with what
// the object has.
func (d *decoder) object(path string, value any, to reflect.Value) {
	members, ok := value.(map[string]any)
	if !ok {
		d.complain(path, "is not an object: {...}")
	}
	var known []string
	for field, at := range to.Fields() {
		name := field.Tag.Get("json")
		known = append(known, name)
		member, given := members[name]
		switch {
		case given:
			d.value(join(path, name), member, at, field.Tag)
		case field.Type.Kind() == reflect.Struct:
			d.object(join(path, name), map[string]any{}, at)
		case field.Tag.Get("required") != "" && ok:
			d.complain(join(path, name), "is missing; want %s", alternatives(field.Tag))
		default:
			setDefault(at, field.Tag.Get("default"))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(known, name) {
			d.complain(join(path, name), "is not known; the nearest key is %s", decode.Nearest(name, known))
		}
	}
}

// value fills whatever is in a struct.
func (d *decoder) value(path string, value any, to reflect.Value, tag reflect.StructTag) {
	switch to.Kind() {
	case reflect.Struct:
		d.object(path, value, to)
	case reflect.Map:
		d.named(path, value, to)
	case reflect.Slice:
		d.list(path, value, to, tag)
	case reflect.Bool:
		b, ok := value.(bool)
		if !ok {
			d.complain(path, "is neither true nor false")
			setDefault(to, tag.Get("default"))
			return
		}
		to.SetBool(b)
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
func (d *decoder) named(path string, value any, to reflect.Value) {
	members, ok := value.(map[string]any)
	if !ok {
		d.complain(path, "is not an object: {...}")
	}
	to.Set(reflect.MakeMap(to.Type()))
	for name, member := range sorted(members) {
		element := reflect.New(to.Type().Elem()).Elem()
		d.value(join(path, name), member, element, "")
		to.SetMapIndex(reflect.ValueOf(name), element)
	}
}

// list fills a list of texts, each of which may stand there once.
func (d *decoder) list(path string, value any, to reflect.Value, tag reflect.StructTag) {
	elements, ok := value.([]any)
	if !ok {
		d.complain(path, "is not a list: [...]")
		setDefault(to, tag.Get("default"))
		return
	}
	texts := []string{} // empty is not the same as left out
	for i, element := range elements {
		at := path + "[" + strconv.Itoa(i) + "]"
		text, ok := d.word(at, element, tag)
		switch {
		case slices.Contains(texts, text):
			d.complain(at, "stands there twice")
		case ok:
			texts = append(texts, text)
		}
	}
	to.Set(reflect.ValueOf(texts))
}

// text fills a text.
func (d *decoder) text(path string, value any, to reflect.Value, tag reflect.StructTag) {
	text, ok := d.word(path, value, tag)
	if !ok {
		text = tag.Get("default")
	}
	to.SetString(text)
}

// word returns a text, and whether it may stand there. A blank one is no way to
// leave it out.
func (d *decoder) word(path string, value any, tag reflect.StructTag) (string, bool) {
	text, ok := value.(string)
	allowed := strings.Fields(tag.Get("oneOf"))
	switch {
	case !ok:
		d.complain(path, "is not a text: \"...\"")
	case strings.TrimSpace(text) == "":
		d.complain(path, "is empty")
	case len(allowed) > 0 && !slices.Contains(allowed, text):
		d.complain(path, "is not %s", alternatives(tag))
	default:
		return text, true
	}
	return "", false
}

// number fills a whole number. Those that have no range are Cognito's to bound, whose
// documentation states no bound for the values of an attribute.
func (d *decoder) number(path string, value any, to reflect.Value, tag reflect.StructTag) {
	text, _ := value.(json.Number)
	number, err := strconv.ParseInt(string(text), 10, 64)
	var low, high int64 = math.MinInt64, math.MaxInt64
	fmt.Sscan(tag.Get("range"), &low, &high)
	switch {
	case errors.Is(err, strconv.ErrRange) || err == nil && (number < low || number > high):
		d.complain(path, "is not from %d to %d", low, high)
	case err != nil:
		d.complain(path, "is not a whole number, in digits")
	default:
		to.SetInt(number)
		return
	}
	setDefault(to, tag.Get("default"))
}

// setDefault sets a value from the text in a tag.
func setDefault(to reflect.Value, text string) {
	switch to.Kind() {
	case reflect.Bool:
		to.SetBool(text == "true")
	case reflect.Int, reflect.Int64:
		n, _ := strconv.Atoi(text) // a test decodes every default
		to.SetInt(int64(n))
	case reflect.String:
		to.SetString(text)
	case reflect.Slice:
		if text != "" {
			to.Set(reflect.ValueOf(strings.Fields(text)))
		}
	}
}

// alternatives returns what a text may be: "a, b or c".
func alternatives(tag reflect.StructTag) string {
	allowed := strings.Fields(tag.Get("oneOf"))
	last := len(allowed) - 1
	return strings.Join(allowed[:last], ", ") + " or " + allowed[last]
}

func join(path, name string) string {
	return strings.TrimPrefix(path+"."+name, ".")
}
