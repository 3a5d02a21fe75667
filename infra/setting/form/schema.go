package form

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// dialect is the version of JSON Schema.
// https://json-schema.org/draft/2020-12
const dialect = "https://json-schema.org/draft/2020-12/schema"

// Schema is a JSON Schema, as far as tags need it.
type Schema struct {
	Dialect              string    `json:"$schema,omitempty"`
	Title                string    `json:"title,omitempty"`
	Ref                  string    `json:"$ref,omitempty"`
	Description          string    `json:"description,omitempty"`
	Type                 string    `json:"type,omitempty"`
	AnyOf                []*Schema `json:"anyOf,omitempty"`
	AllOf                []*Schema `json:"allOf,omitempty"`
	If                   *Schema   `json:"if,omitempty"`
	Then                 *Schema   `json:"then,omitempty"`
	Not                  *Schema   `json:"not,omitempty"`
	Const                any       `json:"const,omitempty"`
	Enum                 []any     `json:"enum,omitempty"`
	Default              any       `json:"default,omitempty"`
	Examples             []any     `json:"examples,omitempty"`
	Minimum              *int      `json:"minimum,omitempty"`
	Maximum              *int      `json:"maximum,omitempty"`
	Pattern              string    `json:"pattern,omitempty"`
	Items                *Schema   `json:"items,omitempty"`
	MinItems             int       `json:"minItems,omitempty"`
	MaxItems             int       `json:"maxItems,omitempty"`
	UniqueItems          bool      `json:"uniqueItems,omitempty"`
	Properties           Members   `json:"properties,omitempty"`
	Required             []string  `json:"required,omitempty"`
	PropertyNames        *Schema   `json:"propertyNames,omitempty"`
	MinProperties        int       `json:"minProperties,omitempty"`
	MaxProperties        int       `json:"maxProperties,omitempty"`
	AdditionalProperties any       `json:"additionalProperties,omitempty"` // false or a *Schema
	Defs                 Members   `json:"$defs,omitempty"`
}

// Members are schemas by name, in an order.
type Members []Member

// Member is a schema with its name.
type Member struct {
	Name   string
	Schema *Schema
}

// have reports whether there is a member of a name.
func (m Members) have(name string) bool {
	return slices.ContainsFunc(m, func(other Member) bool { return other.Name == name })
}

// MarshalJSON writes an object in the order of the members.
func (m Members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, member := range m {
		if i > 0 {
			b.WriteByte(',')
		}
		schema, err := json.Marshal(member.Schema)
		if err != nil {
			return nil, err
		}
		b.WriteString(strconv.Quote(member.Name) + ":")
		b.Write(schema)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// Schema returns the schema of a struct, which accepts all that [Texts.Fill] accepts.
// It does not know what Text.Check refuses, nor Text.Mistake.
func (t Texts) Schema(of reflect.Type, title string) *Schema {
	w := schemaWriter{texts: t}
	root := w.object(of)
	root.Dialect, root.Title, root.Defs = dialect, title, w.defs
	return root
}

// schemaWriter writes a schema, and collects the definitions to which it refers.
type schemaWriter struct {
	texts Texts
	defs  Members
}

// object returns the schema of a struct.
func (w *schemaWriter) object(of reflect.Type) *Schema {
	s := &Schema{Type: "object", AdditionalProperties: false}
	for field := range members(of) {
		switch shared := len(variantsWith(of, field.name())) > 1; {
		case !shared:
			s.Properties = append(s.Properties, Member{field.name(), w.place(Place{Type: field.Type, Tag: field.Tag})})
		case !s.Properties.have(field.name()):
			s.Properties = append(s.Properties, Member{field.name(), &Schema{}}) // each variant says what it is
		}
		if field.of == "" && field.Tag.Get("required") != "" {
			s.Required = append(s.Required, field.name())
		}
	}
	for _, kind := range variants(of) {
		s.AllOf = append(s.AllOf, &Schema{
			If:   &Schema{Properties: Members{{discriminator, &Schema{Const: kind}}}, Required: []string{discriminator}},
			Then: w.asVariant(of, kind),
		})
	}
	return s
}

// asVariant returns what an object of a struct requires and excludes as one of its variants.
func (w *schemaWriter) asVariant(of reflect.Type, kind string) *Schema {
	s := &Schema{}
	its := names(of, kind)
	for field := range members(of) {
		switch shared := len(variantsWith(of, field.name())) > 1; {
		case !slices.Contains(its, field.name()) && !s.Properties.have(field.name()):
			s.Properties = append(s.Properties, Member{field.name(), &Schema{Not: &Schema{}}})
		case field.of == kind && shared:
			s.Properties = append(s.Properties, Member{field.name(), w.place(Place{Type: field.Type, Tag: field.Tag})})
		}
		if field.of == kind && field.Tag.Get("required") != "" {
			s.Required = append(s.Required, field.name())
		}
	}
	return s
}

// place returns the schema of what stands at a place, with what is said of it.
func (w *schemaWriter) place(p Place) *Schema {
	s := w.value(p)
	if p.Tag.Get("file") != "" {
		s = &Schema{AnyOf: []*Schema{s, {Type: "string", Pattern: notBlank, Description: "The path of a JSON file that holds it."}}}
	}
	s.Description = plain(p.Tag.Get("doc"))
	if fallback := p.Tag.Get("default"); fallback != "" {
		if p.kind() == reflect.Slice {
			fallback = strings.Join(strings.Fields(fallback), ",")
		}
		s.Default, _ = p.convert(fallback)
	}
	if example := p.Tag.Get("example"); example != "" && p.Tag.Get("file") == "" && section(p.Type) == nil {
		converted, _ := p.convert(example)
		s.Examples = []any{converted}
	}
	return s
}

// value returns the schema of the values of a place.
func (w *schemaWriter) value(p Place) *Schema {
	low, high, bounded := bounds(p.Tag)
	switch p.kind() {
	case reflect.Struct:
		return w.section(p)
	case reflect.Map:
		s := &Schema{Type: "object", MinProperties: low, MaxProperties: high}
		if names := p.Tag.Get("names"); names != "" {
			s.PropertyNames = &Schema{Pattern: w.texts[names].Pattern}
		}
		s.AdditionalProperties = w.value(p.entry())
		return s
	case reflect.Slice:
		return &Schema{Type: "array", Items: w.text(p), UniqueItems: true, MinItems: low, MaxItems: high}
	case reflect.Bool:
		return &Schema{Type: "boolean"}
	case reflect.Int, reflect.Int64:
		s := &Schema{Type: "integer", Enum: numbers(p.oneOf())}
		if bounded {
			s.Minimum, s.Maximum = &low, &high
		}
		return s
	}
	return w.text(p)
}

// entry returns the place of an entry of a map.
func (p Place) entry() Place {
	tag := entryTag(p.Tag)
	if def := p.Tag.Get("def"); def != "" {
		tag += " def:" + strconv.Quote(def)
	}
	return Place{Type: p.Type.Elem(), Tag: reflect.StructTag(strings.TrimSpace(tag))}
}

// section returns the schema of a struct, or a reference to its definition.
func (w *schemaWriter) section(p Place) *Schema {
	of := section(p.Type)
	def := p.Tag.Get("def")
	if def == "" {
		return w.object(of)
	}
	if !slices.ContainsFunc(w.defs, func(m Member) bool { return m.Name == def }) {
		w.defs = append(w.defs, Member{def, w.object(of)})
	}
	return &Schema{Ref: "#/$defs/" + def}
}

// notBlank is the pattern of a text that may be anything but blank.
const notBlank = `\S`

// text returns the schema of a text, or of one in a list.
func (w *schemaWriter) text(p Place) *Schema {
	if allowed := p.oneOf(); len(allowed) > 0 {
		s := &Schema{Type: "string"}
		for _, word := range allowed {
			s.Enum = append(s.Enum, word)
		}
		return s
	}
	if pattern := w.texts[p.Tag.Get("form")].Pattern; pattern != "" {
		return &Schema{Type: "string", Pattern: pattern}
	}
	return &Schema{Type: "string", Pattern: notBlank}
}

func numbers(words []string) []any {
	var all []any
	for _, word := range words {
		all = append(all, json.Number(word))
	}
	return all
}

// link is one in Markdown, of which an editor shows the words only.
var link = regexp.MustCompile(`\[([^\]]+)\]\([^)]+\)`)

func plain(doc string) string { return link.ReplaceAllString(doc, "$1") }
