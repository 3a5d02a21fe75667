package scim

import (
	"maps"
	"slices"
	"strings"
)

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

// declare lists an extension among the resource's schemas.
func (r Resource) declare(schema string) {
	list, _ := r["schemas"].([]any)
	if !slices.ContainsFunc(list, func(s any) bool { text, _ := s.(string); return strings.EqualFold(text, schema) }) {
		r["schemas"] = append(list, schema)
	}
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

func anys(list []map[string]any) []any {
	out := make([]any, len(list))
	for i, entry := range list {
		out[i] = entry
	}
	return out
}
