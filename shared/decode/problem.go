// Package decode says what is wrong with a piece of JSON without repeating any of
// it: what others send us may be personal data, and errors end in logs.
package decode

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Problem describes an error of encoding/json by the field that is at fault, or by
// the place where the text ceases to be JSON.
func Problem(err error) string {
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if t.Field == "" {
			return "want " + kind(t.Type.Kind())
		}
		return t.Field + ": want " + kind(t.Type.Kind())
	}
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("not JSON at byte %d", s.Offset)
	}
	return "not a JSON object of this form"
}

// kind names what a Go type is in JSON.
func kind(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	default:
		return "a number"
	}
}
