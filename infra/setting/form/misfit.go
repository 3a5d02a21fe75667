package form

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/poolsync/poolsync/shared/decode"
)

// misfit says what is wrong with a value that is of another kind than it has to be,
// and what to do if it is one that is easily mistaken.
func misfit(value any, want reflect.Kind) string {
	text, isText := value.(string)
	_, isNumber := value.(json.Number)
	_, isBool := value.(bool)
	switch {
	case want == reflect.Bool && (text == "true" || text == "false"):
		return "is a text, not true or false: leave out the quotes"
	case want == reflect.Bool:
		return "is neither true nor false"
	case want == reflect.Int && isText && digits(text):
		return "is a text, not a number: leave out the quotes"
	case want == reflect.Int:
		return "is not a whole number, in digits"
	case want == reflect.String && (isNumber || isBool):
		return "is not a text: put quotes round it"
	case want == reflect.String:
		return `is not a text: "..."`
	case want == reflect.Slice && isText:
		return `is a text, not a list: put brackets round it, ["..."]`
	case want == reflect.Slice:
		return "is not a list: [...]"
	}
	return "is not an object: {...}"
}

// digits reports whether a text is a number in digits.
func digits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// unknown says that an object at a path has no such name: with the one that was meant,
// if one is near, or else with all that there are.
func unknown(path, name string, known []string) string {
	if near, ok := decode.Near(name, known); ok {
		return "is not known; did you mean " + Join(path, near) + "?"
	}
	if path == "" {
		return "is not known; there are " + strings.Join(known, ", ")
	}
	return "is not known; " + path + " has " + strings.Join(known, ", ")
}
