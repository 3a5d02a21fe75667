package decode

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"
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
// takes the last. The error names the line.
func Value(text []byte) (value any, repeated []string, err error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err = decoder.Decode(&value); err == nil {
		if _, err = decoder.Token(); errors.Is(err, io.EOF) {
			return value, repeats(json.NewDecoder(bytes.NewReader(text)), ""), nil
		}
		err = errors.New("text after the end")
	}
	at := decoder.InputOffset()
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = syntax.Offset
	}
	return nil, nil, fmt.Errorf("is not JSON: line %d: %w", 1+bytes.Count(text[:at], []byte("\n")), err)
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
