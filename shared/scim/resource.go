package scim

import (
	"strings"
)

// Resource is a user, or any other resource, as JSON has it. Names of attributes have no
// case (RFC 7643, section 2.1), so read it by [Resource.Lookup].
type Resource map[string]any

// NewUser returns a user without attributes.
func NewUser() Resource { return Resource{"schemas": []any{UserSchema}} }

// ID is the service's own identifier of the resource.
func (r Resource) ID() string { return r.Text(Path{Attribute: "id"}) }

// Text returns the text at a path, or "" if there is none.
func (r Resource) Text(p Path) string {
	text, _ := r.Lookup(p).(string)
	return text
}

// Lookup returns what stands at a path, or nil. Blank text counts as nothing, as null
// does (RFC 7643, section 2.5).
func (r Resource) Lookup(p Path) any {
	object := r.extension(p.Schema)
	value := member(object, p.Attribute)
	if p.Type != "" {
		value = entryOf(value, p.Type)
	}
	if p.Part != "" {
		inner, _ := value.(map[string]any)
		value = member(inner, p.Part)
	}
	if value == "" {
		return nil
	}
	return value
}

// Entries returns the entries of the list at a path's attribute. A single object is a list
// of one, for some services.
func (r Resource) Entries(p Path) []map[string]any {
	return entriesOf(member(r.extension(p.Schema), p.Attribute))
}

func entriesOf(list any) []map[string]any {
	var all []map[string]any
	switch value := list.(type) {
	case map[string]any:
		return []map[string]any{value}
	case []any:
		for _, e := range value {
			if entry, ok := e.(map[string]any); ok {
				all = append(all, entry)
			}
		}
	}
	return all
}

// extension returns the object that holds a schema's attributes; nil if there is none.
func (r Resource) extension(schema string) map[string]any {
	if schema == "" {
		return r
	}
	inner, _ := member(r, schema).(map[string]any)
	return inner
}

// entryOf returns the entry of a type in a list, or nil.
func entryOf(list any, kind string) any {
	for _, entry := range entriesOf(list) {
		if isType(entry, kind) {
			return entry
		}
	}
	return nil
}

func isType(entry map[string]any, kind string) bool {
	text, _ := member(entry, "type").(string)
	return strings.EqualFold(text, kind)
}

func member(object map[string]any, name string) any { return object[key(object, name)] }

// key returns the name as the object spells it.
func key(object map[string]any, name string) string {
	if _, ok := object[name]; ok {
		return name
	}
	for spelled := range object {
		if strings.EqualFold(spelled, name) {
			return spelled
		}
	}
	return name
}
