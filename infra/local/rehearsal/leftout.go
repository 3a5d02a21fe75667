package main

import (
	"slices"
	"strings"
)

// What the emulator (ministack 1.5.33) does like CloudFormation. The steps rely on it, and
// TestEmulatorAsksCustomResourcesInThisOrder checks the first three:
//
//   - It makes changes in place in order of dependency. It creates a replacement before
//     anything that depends on it, and deletes the old resource after the rest is updated.
//     Then it deletes the resources that left the template, dependents first.
//   - A custom resource gets Update, with the old properties. If that returns another
//     physical id, the old one gets Delete after the update; if that Delete fails, the
//     update still succeeds.
//   - A failed update rolls back: it updates in-place changes back, including custom
//     resources, and then deletes what was created. Replaced resources still exist.
//   - It skips what did not change, although its events say "updated".
//   - It obeys DeletionPolicy and UpdateReplacePolicy.
//   - IAM denies functions and the CDK's roles what their policies do not allow.
//
// What it does differently, or where CloudFormation's behaviour is not documented, so that
// a step proves nothing about it:
//
//   - If a custom resource returned another physical id and the update rolls back, it
//     gets only the Delete for that id, and no Update back to the old properties.
//   - After a failed Create, a custom resource gets no Delete.
//   - It handles one resource at a time; CloudFormation handles independent ones at once.
//   - It does not retry an asynchronous invocation of a custom resource's function.
//   - CloudFormation itself needs no permission.
//   - Cognito calls none of the pool's triggers and checks no iam:PassRole, and a pool
//     without SmsConfiguration shows an empty one.

// omission is something that a template declares but the rehearsal does not deploy.
type omission struct {
	name, why string
	// takes reports whether a resource is left out. It may also remove something from
	// the resource's properties.
	takes func(kind string, properties map[string]any) bool
}

// leftOut is everything that is not deployed, because the emulator cannot.
var leftOut = []omission{
	{
		name: "alarms with metric math", why: "the emulator refuses AWS::CloudWatch::Alarm with Metrics",
		takes: func(kind string, p map[string]any) bool {
			return kind == "AWS::CloudWatch::Alarm" && p["Metrics"] != nil
		},
	},
	{
		name: "statements of queues and topics that refuse requests without TLS", why: "the emulator obeys them, but has no TLS",
		takes: func(_ string, p map[string]any) bool { return withoutTLS(p) },
	},
}

// withoutTLS removes from a resource's policy the statements that refuse requests without
// TLS, and reports whether that leaves the policy empty.
func withoutTLS(properties map[string]any) bool {
	policy, _ := properties["PolicyDocument"].(map[string]any)
	statements, isPolicy := policy["Statement"].([]any)
	if !isPolicy {
		return false
	}
	statements = slices.DeleteFunc(statements, func(s any) bool {
		return at(s, "Condition", "Bool", "aws:SecureTransport") == "false"
	})
	policy["Statement"] = statements
	return len(statements) == 0
}

// adapt returns a template without what is left out. A reference to such a resource
// becomes a text that names it.
func adapt(whole map[string]any) map[string]any {
	resources, _ := whole["Resources"].(map[string]any)
	gone := map[string]bool{}
	for id, declared := range resources {
		kind, _ := at(declared, "Type").(string)
		properties, _ := at(declared, "Properties").(map[string]any)
		if slices.ContainsFunc(leftOut, func(o omission) bool { return o.takes(kind, properties) }) {
			gone[id] = true
			delete(resources, id)
		}
	}
	return withoutReferences(whole, gone).(map[string]any)
}

// withoutReferences replaces references to resources that are gone.
func withoutReferences(v any, gone map[string]bool) any {
	switch v := v.(type) {
	case map[string]any:
		if id := referent(v); gone[id] {
			return "left-out:" + id
		}
		for name, member := range v {
			v[name] = withoutReferences(member, gone)
		}
	case []any:
		kept := v[:0]
		for _, member := range v {
			if id, ok := member.(string); !ok || !gone[id] { // in DependsOn
				kept = append(kept, withoutReferences(member, gone))
			}
		}
		return kept
	}
	return v
}

// referent returns the logical id that {"Ref":id} or {"Fn::GetAtt":[id,name]} names, or
// "".
func referent(v map[string]any) string {
	if id, ok := v["Ref"].(string); ok && len(v) == 1 {
		return id
	}
	if path, ok := v["Fn::GetAtt"].([]any); ok && len(v) == 1 && len(path) == 2 {
		id, _ := path[0].(string)
		return id
	}
	return ""
}

// template is the part of a template that the rehearsal looks at.
type template struct {
	Resources map[string]resource
}

type resource struct {
	Type                string
	Properties          map[string]any
	DeletionPolicy      string
	UpdateReplacePolicy string
}

// stays reports whether the resource outlives its stack.
func (r resource) stays() bool { return strings.HasPrefix(r.DeletionPolicy, "Retain") }
