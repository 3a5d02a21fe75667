// Package schema describes events as JSON Schemas, one for each detail type, for those
// who generate code from them or check what they receive. The files of this folder are
// what [For] returns, and a test holds them to it.
//
// A schema does not forbid members that it does not know: there may be new ones.
package schema

import (
	"reflect"
	"strings"
	"time"

	"github.com/poolsync/poolsync/shared/eventbus"
)

// dialect is the version of JSON Schema.
// https://json-schema.org/draft/2020-12
const dialect = "https://json-schema.org/draft/2020-12/schema"

// Schema is a JSON Schema, as far as events need it. Its members are in the order of
// their names.
type Schema struct {
	Dialect              string             `json:"$schema,omitempty"`
	Title                string             `json:"title,omitempty"`
	Description          string             `json:"description,omitempty"`
	Type                 string             `json:"type"`
	Const                any                `json:"const,omitempty"`
	Format               string             `json:"format,omitempty"`
	Pattern              string             `json:"pattern,omitempty"`
	MinLength            int                `json:"minLength,omitempty"`
	Items                *Schema            `json:"items,omitempty"`
	Properties           map[string]*Schema `json:"properties,omitempty"`
	Required             []string           `json:"required,omitempty"`
	AdditionalProperties *Schema            `json:"additionalProperties,omitempty"`
}

// FileName returns the name of a detail type's file, such as user-created.schema.json.
func FileName(t eventbus.DetailType) string {
	return strings.ToLower(strings.ReplaceAll(string(t), " ", "-")) + ".schema.json"
}

// For returns the schema of events of a detail type, as the target of a rule gets them.
func For(t eventbus.DetailType) *Schema {
	s := object(reflect.TypeFor[eventbus.Event]())
	s.Dialect, s.Title = dialect, string(t)
	s.Properties["detail-type"].Const = t
	s.Properties["source"].Const = eventbus.Source
	detail := s.Properties["detail"]
	detail.Properties["version"].Const = eventbus.Version
	if t == eventbus.UserDeleted { // nothing is left to show
		delete(detail.Properties, "user")
	} else {
		detail.Required = append(detail.Required, "user")
	}
	return s
}

// object returns the schema of a struct. A field is required unless it is left out when
// it is empty.
func object(of reflect.Type) *Schema {
	s := &Schema{Type: "object", Properties: make(map[string]*Schema)}
	for field := range of.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		member := value(field.Type)
		member.Description = field.Tag.Get("doc")
		switch field.Tag.Get("form") {
		case "id":
			member.Pattern = "^[0-9a-f]{32}$"
		case "text":
			member.MinLength = 1
		}
		s.Properties[name] = member
		if options != "omitempty" {
			s.Required = append(s.Required, name)
		}
	}
	return s
}

// value returns the schema of a value.
func value(of reflect.Type) *Schema {
	if of == reflect.TypeFor[time.Time]() {
		return &Schema{Type: "string", Format: "date-time"}
	}
	switch of.Kind() {
	case reflect.Pointer:
		return value(of.Elem())
	case reflect.Struct:
		return object(of)
	case reflect.Map:
		return &Schema{Type: "object", AdditionalProperties: value(of.Elem())}
	case reflect.Slice:
		return &Schema{Type: "array", Items: value(of.Elem())}
	case reflect.Bool:
		return &Schema{Type: "boolean"}
	case reflect.Int:
		return &Schema{Type: "integer"}
	}
	return &Schema{Type: "string"}
}
