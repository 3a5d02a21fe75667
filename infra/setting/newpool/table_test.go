package newpool

import (
	"fmt"
	"reflect"
	"strings"
)

// table returns every key of a file as a table in Markdown: what may stand there,
// what holds if it is left out, and what it means.
func table() string {
	var b strings.Builder
	b.WriteString("| key | value | default | meaning |\n|---|---|---|---|\n")
	for _, k := range keys("", reflect.TypeFor[Pool]()) {
		// A tag cannot hold what Markdown marks code with.
		meaning := strings.ReplaceAll(k.tag.Get("doc"), "'", "`")
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.path, k.value(), k.fallback(), meaning)
	}
	return b.String()
}

// key is a place in a file.
type key struct {
	path string // a part that the owner names stands there as <name>
	kind reflect.Type
	tag  reflect.StructTag
}

// keys returns the keys of a struct, and of what is in it.
func keys(path string, of reflect.Type) []key {
	var all []key
	for field := range of.Fields() {
		at := join(path, field.Tag.Get("json"))
		switch {
		case field.Type.Kind() == reflect.Struct:
			all = append(all, keys(at, field.Type)...)
		case field.Type.Kind() == reflect.Map && field.Type.Elem().Kind() == reflect.Struct:
			all = append(all, key{at, field.Type, field.Tag})
			all = append(all, keys(at+".<name>", field.Type.Elem())...)
		default:
			all = append(all, key{at, field.Type, field.Tag})
		}
	}
	return all
}

// value says what may stand at a key.
func (k key) value() string {
	kind := k.kind
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	choice := "`" + strings.Join(strings.Fields(k.tag.Get("oneOf")), "`, `") + "`"
	var low, high int
	fmt.Sscan(k.tag.Get("range"), &low, &high)
	switch {
	case kind.Kind() == reflect.Map && kind.Elem().Kind() == reflect.String:
		return "texts by name"
	case kind.Kind() == reflect.Map:
		return "objects by name"
	case kind.Kind() == reflect.Slice && choice != "``":
		return "list of " + choice
	case kind.Kind() == reflect.Slice:
		return "list of texts"
	case kind.Kind() == reflect.Bool:
		return "`true`, `false`"
	case kind.Kind() == reflect.Int:
		return fmt.Sprintf("%d to %d", low, high)
	case kind.Kind() == reflect.Int64:
		return "number"
	case choice != "``":
		return choice
	}
	return "text"
}

// fallback says what holds where a key is left out.
func (k key) fallback() string {
	text := k.tag.Get("default")
	switch {
	case k.tag.Get("required") != "":
		return "required"
	case text == "":
		return "none"
	case k.kind.Kind() == reflect.Slice:
		return "`[\"" + strings.Join(strings.Fields(text), `", "`) + "\"]`"
	}
	return "`" + text + "`"
}
