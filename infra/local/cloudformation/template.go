package cloudformation

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

// Template is the part of a template that decides what is done, and in which order.
type Template struct {
	Resources map[string]Resource
}

// Resource is one resource as a template declares it.
type Resource struct {
	Type                string
	Properties          map[string]any
	DependsOn           ids
	DeletionPolicy      string
	UpdateReplacePolicy string
}

// ids are logical ids. A template may state a single one without a list.
type ids []string

// UnmarshalJSON implements [json.Unmarshaler].
func (i *ids) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*i = ids{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(i))
}

// ReadTemplate reads a template from a file.
func ReadTemplate(path string) (Template, error) {
	var t Template
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &t)
	}
	if err != nil {
		return t, fmt.Errorf("read template %s: %w", path, err)
	}
	return t, nil
}

// order returns the logical ids of the resources, each after those that it depends on. A
// template has no circular references: CloudFormation would refuse it.
func (t Template) order() []string {
	var sorted []string
	seen := map[string]bool{}
	var visit func(id string)
	visit = func(id string) {
		if seen[id] {
			return
		}
		seen[id] = true
		for _, other := range t.Resources[id].dependencies() {
			if _, ok := t.Resources[other]; ok {
				visit(other)
			}
		}
		sorted = append(sorted, id)
	}
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		visit(id)
	}
	return sorted
}

// dependencies returns what a resource depends on, by DependsOn or by a reference.
func (r Resource) dependencies() []string {
	return append(slices.Clone(r.DependsOn), references(r.Properties)...)
}

// placeholder is a reference within the text of Fn::Sub.
var placeholder = regexp.MustCompile(`\$\{([A-Za-z0-9]+)[.}]`)

// references returns the logical ids that a value refers to.
func references(v any) []string {
	var found []string
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			argument := v[name]
			switch {
			case name == "Ref":
				found = append(found, fmt.Sprint(argument))
			case name == "Fn::GetAtt":
				found = append(found, fmt.Sprint(argument.([]any)[0]))
			case name == "Fn::Sub":
				text, _ := argument.(string)
				for _, match := range placeholder.FindAllStringSubmatch(text, -1) {
					found = append(found, match[1])
				}
			default:
				found = append(found, references(argument)...)
			}
		}
	case []any:
		for _, member := range v {
			found = append(found, references(member)...)
		}
	}
	return found
}

// resolve returns a value with references replaced by what id returns for them. In this
// model the physical id stands for both the ARN and the value of Ref. The text of Fn::Sub
// stays as it is.
func resolve(v any, id func(logical string) string) any {
	switch v := v.(type) {
	case map[string]any:
		if logical, ok := v["Ref"].(string); ok {
			return id(logical)
		}
		if attribute, ok := v["Fn::GetAtt"].([]any); ok {
			return strings.TrimSuffix(id(fmt.Sprint(attribute[0]))+"."+fmt.Sprint(attribute[1]), ".Arn")
		}
		if join, ok := v["Fn::Join"].([]any); ok {
			var parts []string
			for _, part := range resolve(join[1], id).([]any) {
				parts = append(parts, fmt.Sprint(part))
			}
			return strings.Join(parts, fmt.Sprint(join[0]))
		}
		resolved := make(map[string]any, len(v))
		for name, member := range v {
			resolved[name] = resolve(member, id)
		}
		return resolved
	case []any:
		resolved := make([]any, len(v))
		for i, member := range v {
			resolved[i] = resolve(member, id)
		}
		return resolved
	}
	return v
}
