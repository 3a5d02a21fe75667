package scim

import (
	"maps"
	"slices"
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

// Set puts a value at a path, and makes what it takes: the object around it, the list with
// an entry of that type, the extension. The first entry of a list becomes its primary.
func (r Resource) Set(p Path, value any) {
	object := map[string]any(r)
	if p.Schema != "" {
		object = child(object, p.Schema)
		r.declare(p.Schema)
	}
	switch name := key(object, p.Attribute); {
	case p.Type != "":
		list := r.Entries(p)
		entry, _ := entryOf(object[name], p.Type).(map[string]any)
		if entry == nil {
			entry = NewEntry(p.Type, len(list) == 0)
			list = append(list, entry)
		}
		entry[key(entry, p.Part)] = value
		object[name] = anys(list)
	case p.Part != "":
		inner := child(object, name)
		inner[key(inner, p.Part)] = value
	default:
		object[name] = value
	}
}

// Clear takes away what stands at a path: of a list the whole entry, for without its value
// it says nothing. Nothing empty is left around it.
func (r Resource) Clear(p Path) {
	object := r.extension(p.Schema)
	if object == nil {
		return
	}
	clearIn(object, p)
	if p.Schema != "" && len(object) == 0 {
		delete(r, key(r, p.Schema))
	}
}

// clearIn clears a path within the object that holds its attribute.
func clearIn(object map[string]any, p Path) {
	name := key(object, p.Attribute)
	switch {
	case p.Type != "":
		left := slices.DeleteFunc(entriesOf(object[name]), func(e map[string]any) bool { return isType(e, p.Type) })
		if object[name] = anys(left); len(left) == 0 {
			delete(object, name)
		}
	case p.Part != "":
		inner, isObject := object[name].(map[string]any)
		delete(inner, key(inner, p.Part))
		if isObject && len(inner) == 0 {
			delete(object, name)
		}
	default:
		delete(object, name)
	}
}

// NewEntry returns an entry of a list without its value.
func NewEntry(kind string, primary bool) map[string]any {
	entry := map[string]any{"type": kind}
	if primary {
		entry["primary"] = true
	}
	return entry
}

// Clone returns a copy that shares nothing with r which Set and Clear touch.
func (r Resource) Clone() Resource { return copied(map[string]any(r)).(map[string]any) }

func copied(value any) any {
	switch v := value.(type) {
	case map[string]any:
		out := maps.Clone(v)
		for name, inner := range out {
			out[name] = copied(inner)
		}
		return out
	case []any:
		out := slices.Clone(v)
		for i, inner := range out {
			out[i] = copied(inner)
		}
		return out
	}
	return value
}

// extension returns the object that holds a schema's attributes; nil if there is none.
func (r Resource) extension(schema string) map[string]any {
	if schema == "" {
		return r
	}
	inner, _ := member(r, schema).(map[string]any)
	return inner
}

// declare lists an extension among the resource's schemas.
func (r Resource) declare(schema string) {
	list, _ := r["schemas"].([]any)
	if !slices.ContainsFunc(list, func(s any) bool { text, _ := s.(string); return strings.EqualFold(text, schema) }) {
		r["schemas"] = append(list, schema)
	}
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

// child returns the object at a name, which it makes if there is none.
func child(object map[string]any, name string) map[string]any {
	name = key(object, name)
	inner, ok := object[name].(map[string]any)
	if !ok {
		inner = map[string]any{}
		object[name] = inner
	}
	return inner
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

func anys(list []map[string]any) []any {
	out := make([]any, len(list))
	for i, entry := range list {
		out[i] = entry
	}
	return out
}
