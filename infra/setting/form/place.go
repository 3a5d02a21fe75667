package form

import (
	"fmt"
	"reflect"
	"strings"
)

// Place is a place in a value, as its type and the tag there describe it.
type Place struct {
	Path string // a part that the owner names is <name> here
	Type reflect.Type
	Tag  reflect.StructTag
	// Of is the variant of the object around it that alone has it; empty: every one has.
	Of string
}

// Places returns every place of a struct where a value may stand, in its order. A
// section is one only if it may be absent, or be a file.
func Places(of reflect.Type) []Place { return places("", of) }

func places(path string, of reflect.Type) []Place {
	var all []Place
	for field := range members(of) {
		here := Place{Join(path, field.name()), field.Type, field.Tag, field.of}
		inside := section(field.Type)
		if inside == nil || field.Type.Kind() != reflect.Struct || field.Tag.Get("file") != "" {
			all = append(all, here)
		}
		switch {
		case inside == nil:
		case field.Type.Kind() == reflect.Map:
			all = append(all, places(here.Path+".<name>", inside)...)
		default:
			all = append(all, places(here.Path, inside)...)
		}
	}
	return all
}

// section returns the struct that a type is, points to, or holds by name, or nil.
func section(of reflect.Type) reflect.Type {
	if of.Kind() == reflect.Pointer || of.Kind() == reflect.Map {
		of = of.Elem()
	}
	if of.Kind() == reflect.Struct {
		return of
	}
	return nil
}

// Find returns the place of a struct at a path, in which names are the owner's own. If
// there is none, the problem is that of the first name that is not known.
func Find(of reflect.Type, path string) (Place, *Problem) {
	place := Place{Type: of}
	for name := range strings.SplitSeq(path, ".") {
		name, _, _ = strings.Cut(name, "[")
		next, problem := place.enter(name)
		if problem != nil {
			return Place{}, problem
		}
		place = next
	}
	return place, nil
}

// enter returns the place with a name inside another.
func (p Place) enter(name string) (Place, *Problem) {
	of, at := p.Type, Join(p.Path, name)
	if of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	switch of.Kind() {
	case reflect.Map:
		return Place{Path: at, Type: of.Elem(), Tag: reflect.StructTag(entryTag(p.Tag))}, nil
	case reflect.Struct:
		for field := range members(of) {
			if field.name() == name {
				return Place{at, field.Type, field.Tag, field.of}, nil
			}
		}
		return Place{}, &Problem{Path: at, Text: unknown(p.Path, name, names(of, ""))}
	}
	return Place{}, &Problem{Path: at, Text: "is not known; " + p.Path + " is a setting, and has no parts"}
}

// kind is what a value at the place is, whether or not it may be absent.
func (p Place) kind() reflect.Kind {
	if p.Type.Kind() == reflect.Pointer {
		return p.Type.Elem().Kind()
	}
	return p.Type.Kind()
}

func (p Place) oneOf() []string { return strings.Fields(p.Tag.Get("oneOf")) }

// Want says in words what a good value is.
func (p Place) Want() string {
	low, high, bounded := bounds(p.Tag)
	switch {
	case p.Tag.Get("want") != "":
		return p.Tag.Get("want")
	case p.kind() == reflect.Slice && len(p.oneOf()) > 0:
		return "a list of any of " + strings.Join(p.oneOf(), ", ")
	case len(p.oneOf()) > 0:
		return alternatives(p.oneOf())
	case p.kind() == reflect.Bool:
		return "true or false"
	case p.kind() == reflect.Int && bounded:
		return fmt.Sprintf("a whole number from %d to %d", low, high)
	case p.kind() == reflect.Int64:
		return "a whole number"
	case p.kind() == reflect.Slice:
		return "a list of texts"
	case p.kind() == reflect.String:
		return "a text"
	case p.kind() == reflect.Map && p.Type.Elem().Kind() == reflect.String:
		return "an object with texts by name"
	case p.kind() == reflect.Map:
		return "an object with objects by name"
	}
	return "an object with " + strings.Join(names(section(p.Type), ""), ", ")
}
