package privilege

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Statement is one statement of a role's policy, with its references resolved.
type Statement struct {
	Sid       string // says nothing
	Effect    string
	Action    texts
	Resource  texts
	Condition map[string]map[string]texts
}

// Policy is the statements of all of a role's policies.
type Policy []Statement

// texts is a list of texts. A policy may state a single one without a list.
type texts []string

// UnmarshalJSON implements [json.Unmarshaler].
func (t *texts) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = texts{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

// Allows reports whether the policy lets a call be made: a statement allows it,
// and none denies it (IAM user guide, "Policy evaluation logic",
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
func (p Policy) Allows(c Call) bool {
	allowed := false
	for _, s := range p {
		if !s.covers(c) {
			continue
		}
		if s.Effect != "Allow" {
			return false
		}
		allowed = true
	}
	return allowed
}

// Grants returns every action that the policy allows, once each, with its resource and
// condition.
func (p Policy) Grants() []Grant {
	var grants []Grant
	for _, s := range p {
		for _, action := range s.Action {
			for _, resource := range s.Resource {
				grants = append(grants, Grant{action, resource, s})
			}
		}
	}
	return grants
}

// Grant is one action that a statement allows on one resource.
type Grant struct {
	Action, Resource string
	statement        Statement
}

// Covers reports whether the grant is for this call and nothing else. A grant with a
// pattern covers no call: it also allows what nobody called.
func (g Grant) Covers(c Call) bool {
	return g.statement.holds(c) && strings.EqualFold(g.Action, c.Action) && g.Resource == c.Resource
}

// covers reports whether the statement is about a call.
func (s Statement) covers(c Call) bool {
	return s.holds(c) &&
		slices.ContainsFunc(s.Action, func(pattern string) bool { return like(pattern, c.Action, true) }) &&
		slices.ContainsFunc(s.Resource, func(pattern string) bool { return like(pattern, c.Resource, false) })
}

// holds reports whether the statement's conditions hold for a call. A condition with an
// unknown operator does not hold.
func (s Statement) holds(c Call) bool {
	for operator, keys := range s.Condition {
		for key, wanted := range keys {
			if operator != "StringEquals" || !slices.Contains(wanted, c.Context[key]) {
				return false
			}
		}
	}
	return true
}

// like reports whether text matches a pattern in which * stands for anything and ? for
// one character. With fold, it ignores case, as IAM does for actions.
func like(pattern, text string, fold bool) bool {
	expression := regexp.QuoteMeta(pattern)
	expression = strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(expression)
	flags := "s"
	if fold {
		flags += "i"
	}
	return regexp.MustCompile("(?" + flags + ")^" + expression + "$").MatchString(text)
}

// ParsePolicy reads a policy document from JSON's basic types. An unknown element, such as
// NotAction, is an error.
func ParsePolicy(document any) (Policy, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	var d struct {
		Version   string
		Statement []Statement
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return d.Statement, nil
}
