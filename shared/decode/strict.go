package decode

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

// Strict reads a JSON object that a person wrote into the struct that to points to.
//
// encoding/json accepts a name in any case, the same name twice, an unknown name, and
// null for anything. In what people write each of these is a slip, and a costly one:
// {"dryRun":true,"DRYRUN":false} would start a real run. So names must be spelt as in
// the tags, each once, and null is no value. The error lists everything that is
// wrong, one line each, by names alone.
func Strict(text []byte, to any) error {
	value, repeated, err := Value(text)
	if err != nil {
		return err
	}
	var problems []error
	for _, path := range repeated {
		problems = append(problems, fmt.Errorf("%s appears twice", path))
	}
	problems = append(problems, names("", value, reflect.TypeOf(to).Elem())...)
	if len(problems) > 0 {
		return errors.Join(problems...)
	}
	if err := json.Unmarshal(text, to); err != nil {
		return errors.New(Problem(err))
	}
	return nil
}

// names returns what is wrong with the names in a value that is read into a type.
func names(path string, value any, into reflect.Type) []error {
	if value == nil {
		return []error{fmt.Errorf("%s is null: leave it out, or give it a value", cmp.Or(path, "the input"))}
	}
	if into.Kind() == reflect.Pointer {
		into = into.Elem()
	}
	object, ok := value.(map[string]any)
	if !ok || into.Kind() != reflect.Struct {
		return nil // json.Unmarshal says what does not fit
	}
	fields := map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(into) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
			fields[name] = field.Type
		}
	}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(object)) {
		field, known := fields[name]
		if !known {
			nearest := Nearest(name, slices.Sorted(maps.Keys(fields)))
			problems = append(problems, fmt.Errorf("%q is not known; the nearest is %q", join(path, name), nearest))
			continue
		}
		problems = append(problems, names(join(path, name), object[name], field)...)
	}
	return problems
}

// Value parses one JSON value: objects become map[string]any, numbers json.Number. It
// also returns the path of each name that an object has twice; encoding/json silently
// takes the last. The error names the line and the column.
func Value(text []byte) (value any, repeated []string, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err = decoder.Decode(&value); err != nil {
		return nil, nil, notJSON(text, err)
	}
	end := int(decoder.InputOffset())
	if rest := bytes.TrimLeft(text[end:], " \t\r\n"); len(rest) > 0 {
		return nil, nil, notJSONAt(text, len(text)-len(rest), "text after the end")
	}
	return value, repeats(json.NewDecoder(bytes.NewReader(text)), ""), nil
}

// notJSON says where a text ceases to be JSON, and what is wrong there.
func notJSON(text []byte, err error) error {
	syntax, ok := errors.AsType[*json.SyntaxError](err)
	if !ok {
		return notJSONAt(text, len(text), "it ends too early")
	}
	at := max(0, min(int(syntax.Offset), len(text))-1)
	return notJSONAt(text, at, syntax.Error()+remedy(text, at))
}

func notJSONAt(text []byte, at int, problem string) error {
	line := bytes.LastIndexByte(text[:at], '\n') + 1
	return fmt.Errorf("is not JSON: line %d, column %d: %s", 1+bytes.Count(text[:at], []byte("\n")), 1+utf8.RuneCount(text[line:at]), problem)
}

// remedy says what to do about what other notations allow and JSON does not.
func remedy(text []byte, at int) string {
	before := bytes.TrimRight(text[:at], " \t\r\n")
	switch {
	case text[at] == '/':
		return "; JSON has no comments"
	case text[at] == '\'':
		return "; JSON has double quotes only"
	case (text[at] == '}' || text[at] == ']') && bytes.HasSuffix(before, []byte(",")):
		return "; leave out the comma before it"
	}
	return ""
}

// repeats reads the next value of valid JSON, and returns the paths of the names that
// appear twice.
func repeats(decoder *json.Decoder, path string) []string {
	token, _ := decoder.Token()
	var found []string
	switch token {
	case json.Delim('{'):
		seen := map[string]bool{}
		for decoder.More() {
			key, _ := decoder.Token()
			name, _ := key.(string)
			at := join(path, name)
			if seen[name] {
				found = append(found, at)
			}
			seen[name] = true
			found = append(found, repeats(decoder, at)...)
		}
		decoder.Token() // the closing brace
	case json.Delim('['):
		for i := 0; decoder.More(); i++ {
			found = append(found, repeats(decoder, fmt.Sprintf("%s[%d]", path, i))...)
		}
		decoder.Token()
	}
	return found
}

func join(path, name string) string { return strings.TrimPrefix(path+"."+name, ".") }
