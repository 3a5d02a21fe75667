// Package decode reads JSON where encoding/json says too much or accepts too much.
//
// [Problem] says what is wrong with what others send us without repeating any of it:
// it may be personal data, and errors end up in logs. [Strict] and [Value] read what
// people write, and accept it only exactly as written; their errors repeat names
// only.
package decode

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// Problem describes an error of encoding/json by the field at fault, or by where the
// text stops being JSON.
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
