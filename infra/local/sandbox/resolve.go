package sandbox

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/poolsync/poolsync/infra/local/emulator"
)

// ErrUnresolved is returned for a reference that has no value here. The error that
// wraps it says which.
var ErrUnresolved = errors.New("cannot resolve")

// pseudo are CloudFormation's pseudo parameters
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html).
var pseudo = map[string]string{
	"AWS::AccountId": emulator.AccountID,
	"AWS::Partition": "aws",
	"AWS::Region":    emulator.Region,
	"AWS::StackName": "poolsync",
	"AWS::URLSuffix": "amazonaws.com",
}

// made is a resource that exists: what Ref and Fn::GetAtt yield for it.
type made struct {
	ref        string
	attributes map[string]string
}

// resolver replaces the intrinsic functions in a template's values.
type resolver struct {
	// resource returns a resource by its logical id.
	resource func(id string) (made, error)
}

// value returns v with every intrinsic function in it replaced.
func (r resolver) value(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		for name, argument := range v {
			if len(v) == 1 && (name == "Ref" || strings.HasPrefix(name, "Fn::")) {
				return r.call(name, argument)
			}
		}
		resolved := make(map[string]any, len(v))
		for name, member := range v {
			value, err := r.value(member)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			resolved[name] = value
		}
		return resolved, nil
	case []any:
		resolved := make([]any, len(v))
		for i, member := range v {
			value, err := r.value(member)
			if err != nil {
				return nil, err
			}
			resolved[i] = value
		}
		return resolved, nil
	default:
		return v, nil
	}
}

// call evaluates an intrinsic function.
func (r resolver) call(function string, argument any) (any, error) {
	switch function {
	case "Ref":
		if id, ok := argument.(string); ok {
			return r.ref(id)
		}
	case "Fn::GetAtt":
		if id, attribute, ok := texts(argument); ok {
			return r.attribute(id, attribute)
		}
	case "Fn::Join":
		if parts, ok := argument.([]any); ok && len(parts) == 2 {
			return r.join(parts[0], parts[1])
		}
	case "Fn::Sub":
		if text, ok := argument.(string); ok {
			return r.substitute(text)
		}
	}
	return nil, fmt.Errorf("%w: %s of this form", ErrUnresolved, function)
}

// texts splits a list of two strings.
func texts(argument any) (first, second string, ok bool) {
	list, _ := argument.([]any)
	if len(list) != 2 {
		return "", "", false
	}
	first, ok1 := list[0].(string)
	second, ok2 := list[1].(string)
	return first, second, ok1 && ok2
}

func (r resolver) ref(id string) (string, error) {
	if value, ok := pseudo[id]; ok {
		return value, nil
	}
	m, err := r.resource(id)
	return m.ref, err
}

func (r resolver) attribute(id, name string) (string, error) {
	m, err := r.resource(id)
	if err != nil {
		return "", err
	}
	value, ok := m.attributes[name]
	if !ok {
		return "", fmt.Errorf("%w: attribute %s of %s", ErrUnresolved, name, id)
	}
	return value, nil
}

func (r resolver) join(separator, list any) (string, error) {
	between, ok := separator.(string)
	resolved, err := r.value(list)
	if err != nil {
		return "", err
	}
	members, isList := resolved.([]any)
	if !ok || !isList {
		return "", fmt.Errorf("%w: Fn::Join of this form", ErrUnresolved)
	}
	parts := make([]string, len(members))
	for i, member := range members {
		parts[i] = fmt.Sprint(member)
	}
	return strings.Join(parts, between), nil
}

var placeholder = regexp.MustCompile(`\$\{([^!}][^}]*)\}`)

// substitute replaces ${LogicalId}, ${LogicalId.Attribute} and ${AWS::Pseudo}.
func (r resolver) substitute(text string) (string, error) {
	var failure error
	replaced := placeholder.ReplaceAllStringFunc(text, func(match string) string {
		id, attribute, isAttribute := strings.Cut(match[2:len(match)-1], ".")
		value, err := "", error(nil)
		if isAttribute {
			value, err = r.attribute(id, attribute)
		} else {
			value, err = r.ref(id)
		}
		failure = errors.Join(failure, err)
		return value
	})
	return strings.ReplaceAll(replaced, "${!", "${"), failure
}
