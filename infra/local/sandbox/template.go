package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/poolsync/poolsync/shared/targets"
)

// Template is a synthesised CloudFormation template.
type Template struct {
	Resources map[string]Resource
}

// Resource is one resource as the template declares it.
type Resource struct {
	Type       string
	Properties map[string]any
}

// ReadTemplate reads a template from a file.
func ReadTemplate(path string) (Template, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Template{}, fmt.Errorf("read template: %w", err)
	}
	var t Template
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // so that 180 is written as 180
	if err := decoder.Decode(&t); err != nil {
		return Template{}, fmt.Errorf("read template %s: %w", path, err)
	}
	return t, nil
}

// ids returns the logical ids of the resources of one type, in order. If the type is
// empty, it returns all.
func (t Template) ids(resourceType string) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(t.Resources)) {
		if resourceType == "" || t.Resources[id].Type == resourceType {
			ids = append(ids, id)
		}
	}
	return ids
}

// variable returns the value of an environment variable in the first function of the
// template that has it. The value must be plain text.
func (t Template) variable(name string) string {
	for _, id := range t.ids("AWS::Lambda::Function") {
		environment, _ := t.Resources[id].Properties["Environment"].(map[string]any)
		variables, _ := environment["Variables"].(map[string]any)
		if value, ok := variables[name].(string); ok {
			return value
		}
	}
	return ""
}

// userHub returns what a function that delivers to UserHub is told of it; zero if there is
// none.
func (t Template) userHub() targets.UserHub {
	for target := range t.targets() {
		if target.UserHub != nil {
			return *target.UserHub
		}
	}
	return targets.UserHub{}
}

// bus returns the name or the ARN of the bus of a target that is one, or "".
func (t Template) bus() string {
	for target := range t.targets() {
		if target.Bus != nil {
			return target.Bus.Bus
		}
	}
	return ""
}

// service returns what a function that delivers to a SCIM service is told of it; zero if
// there is none.
func (t Template) service() targets.SCIM {
	for target := range t.targets() {
		if target.SCIM != nil {
			return *target.SCIM
		}
	}
	return targets.SCIM{}
}

// targets ranges over what functions that deliver are told of their targets.
func (t Template) targets() iter.Seq[targets.Settings] {
	return func(yield func(targets.Settings) bool) {
		for _, id := range t.ids("AWS::Lambda::Function") {
			environment, _ := t.Resources[id].Properties["Environment"].(map[string]any)
			variables, _ := environment["Variables"].(map[string]any)
			text, _ := variables["TARGET"].(string)
			if target, err := targets.Parse([]byte(text)); err == nil && !yield(target) {
				return
			}
		}
	}
}

// replace returns the template with r applied to every text in it.
func (t Template) replace(r *strings.Replacer) Template {
	replaced := Template{Resources: make(map[string]Resource, len(t.Resources))}
	for id, resource := range t.Resources {
		properties, _ := replaceIn(resource.Properties, r).(map[string]any)
		replaced.Resources[id] = Resource{Type: resource.Type, Properties: properties}
	}
	return replaced
}

func replaceIn(v any, r *strings.Replacer) any {
	switch v := v.(type) {
	case map[string]any:
		members := make(map[string]any, len(v))
		for name, member := range v {
			members[name] = replaceIn(member, r)
		}
		return members
	case []any:
		members := make([]any, len(v))
		for i, member := range v {
			members[i] = replaceIn(member, r)
		}
		return members
	case string:
		return r.Replace(v)
	}
	return v
}
