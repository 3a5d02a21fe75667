package form

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
)

// Table returns places as a table in Markdown: what may stand there, what holds if it
// is left out, and what it means.
func Table(places []Place) string {
	var b strings.Builder
	b.WriteString("| setting | value | default | meaning |\n|---|---|---|---|\n")
	for _, p := range places {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Path, p.value(), p.fallback(), p.meaning())
	}
	return b.String()
}

// quotes are those round code. A tag cannot hold what Markdown marks code with.
var quotes = regexp.MustCompile(`(^|[\s(])'([^']+)'`)

func code(doc string) string { return quotes.ReplaceAllString(doc, "$1`$2`") }

// meaning says what a place means, and of which variant it is.
func (p Place) meaning() string {
	meaning := code(p.Tag.Get("doc"))
	if p.Of != "" {
		return "`" + p.Of + "` only. " + meaning
	}
	return meaning
}

// value says what may stand at a place.
func (p Place) value() string {
	choice := "`" + strings.Join(p.oneOf(), "`, `") + "`"
	low, high, _ := bounds(p.Tag)
	switch kind := p.kind(); {
	case p.Tag.Get("file") != "":
		return "object, or path of a JSON file with it"
	case kind == reflect.Struct:
		return "object"
	case kind == reflect.Map && p.Type.Elem().Kind() == reflect.String:
		return "texts by name"
	case kind == reflect.Map:
		return "objects by name"
	case kind == reflect.Slice && choice != "``":
		return "list of " + choice
	case kind == reflect.Slice:
		return "list of texts"
	case kind == reflect.Bool:
		return "`true`, `false`"
	case choice != "``":
		return choice
	case kind == reflect.Int:
		return fmt.Sprintf("%d to %d", low, high)
	case kind == reflect.Int64:
		return "number"
	}
	return "text"
}

// fallback says what holds where a place is left out.
func (p Place) fallback() string {
	text := p.Tag.Get("default")
	switch {
	case p.Tag.Get("required") != "":
		return "required"
	case text == "":
		return "none"
	case p.kind() == reflect.Slice:
		return "`[\"" + strings.Join(strings.Fields(text), `", "`) + "\"]`"
	}
	return "`" + text + "`"
}
