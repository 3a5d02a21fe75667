package form

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// Set puts a text from a command line at a path of a parsed object of a type, as the
// kind of the place wants it: true and false, a whole number, a list at its commas. A
// text that cannot be that is a problem, and nothing is changed.
func Set(object map[string]any, of reflect.Type, path, text string) *Problem {
	place, problem := Find(of, path)
	if problem != nil {
		return problem
	}
	if text == "" {
		// Most likely a shell's variable that is not set.
		return &Problem{Path: path, Text: "is empty: give it a value, or leave it out"}
	}
	value, complaint := place.convert(text)
	if complaint != "" {
		return &Problem{Path: path, Text: complaint}
	}
	put(object, strings.Split(path, "."), value)
	return nil
}

// convert returns a text as a value of the place's kind, or what is wrong with it.
func (p Place) convert(text string) (value any, complaint string) {
	switch p.kind() {
	case reflect.Bool:
		if text != "true" && text != "false" {
			return nil, "is neither true nor false"
		}
		return text == "true", ""
	case reflect.Int, reflect.Int64:
		if !digits(strings.TrimPrefix(text, "-")) {
			return nil, "is not a whole number, in digits"
		}
		return json.Number(text), ""
	case reflect.Slice:
		var entries []any
		for entry := range strings.SplitSeq(text, ",") {
			entries = append(entries, strings.TrimSpace(entry))
		}
		return entries, ""
	case reflect.String:
		return text, ""
	}
	if p.Tag.Get("file") != "" {
		return text, ""
	}
	return nil, "is a section: put it into the file, or give its settings one by one"
}

// put puts a value at a path of an object. Where something else than an object is in
// the way, it leaves that to be found by who reads the object.
func put(object map[string]any, path []string, value any) {
	for _, name := range path[:len(path)-1] {
		if object[name] == nil {
			object[name] = map[string]any{}
		}
		inner, ok := object[name].(map[string]any)
		if !ok {
			return
		}
		object = inner
	}
	object[path[len(path)-1]] = value
}

// Example returns an example of the place's value as JSON, in the objects that lead to
// it, and as an argument path=value, which is empty for what only a file can hold. Both
// are empty if the place has no example.
func (p Place) Example() (snippet, argument string) {
	text := p.example()
	if text == "" {
		return "", ""
	}
	value := text // an object's is JSON
	if converted, complaint := p.convert(text); complaint == "" {
		value, argument = encode(converted), p.Path+"="+text
	}
	names := strings.Split(p.Path, ".")
	for i := len(names) - 1; i >= 0; i-- {
		value = strconv.Quote(names[i]) + ": " + value
		if i > 0 {
			value = "{" + value + "}"
		}
	}
	return value, argument
}

// encode returns a value as JSON, in which < and > stand as they are.
func encode(value any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(value) // texts, numbers, true and false only, and a builder
	return strings.TrimSpace(b.String())
}

// example returns an example as a text: the tag's, or else one that the other tags
// allow.
func (p Place) example() string {
	fallback := p.Tag.Get("default")
	switch {
	case p.Tag.Get("example") != "":
		return p.Tag.Get("example")
	case p.kind() == reflect.Bool && fallback == "false":
		return "true"
	case p.kind() == reflect.Bool:
		return "false"
	case p.kind() == reflect.Slice && fallback != "":
		return strings.Join(strings.Fields(fallback), ",")
	case fallback != "":
		return fallback
	case len(p.oneOf()) > 0:
		return p.oneOf()[0]
	}
	return ""
}
