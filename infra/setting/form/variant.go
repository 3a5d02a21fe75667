package form

import (
	"iter"
	"reflect"
	"slices"
)

// discriminator is the name of the field that says which variant an object is.
const discriminator = "type"

// variant returns which value of the field type has an object of this field's fields, or
// "" if it is an ordinary field.
func variant(field reflect.StructField) string { return field.Tag.Get("of") }

// member is a field of a struct or of one of its variants.
type member struct {
	reflect.StructField
	// of is the variant that alone has the field; empty: every object has it.
	of string
}

func (m member) name() string { return m.Tag.Get("json") }

// members ranges over the fields that objects of a struct have, those of its variants
// among them.
func members(of reflect.Type) iter.Seq[member] {
	return func(yield func(member) bool) {
		for field := range of.Fields() {
			kind := variant(field)
			if kind == "" {
				if !yield(member{field, ""}) {
					return
				}
				continue
			}
			for inner := range field.Type.Elem().Fields() {
				if !yield(member{inner, kind}) {
					return
				}
			}
		}
	}
}

// names returns the names that an object of a struct may have, each once. An empty kind
// is every variant's.
func names(of reflect.Type, kind string) []string {
	var all []string
	for m := range members(of) {
		if (m.of == "" || kind == "" || m.of == kind) && !slices.Contains(all, m.name()) {
			all = append(all, m.name())
		}
	}
	return all
}

// variantsWith returns the variants of a struct that have a field of a name.
func variantsWith(of reflect.Type, name string) []string {
	var all []string
	for m := range members(of) {
		if m.of != "" && m.name() == name {
			all = append(all, m.of)
		}
	}
	return all
}

// variants returns all variants of a struct.
func variants(of reflect.Type) []string {
	var all []string
	for field := range of.Fields() {
		if kind := variant(field); kind != "" {
			all = append(all, kind)
		}
	}
	return all
}
