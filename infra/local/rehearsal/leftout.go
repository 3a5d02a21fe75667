package main

import (
	"slices"
	"strings"
)

// What the emulator (ministack 1.5.33) does as CloudFormation does; the steps rely on
// it, and TestEmulatorAsksCustomResourcesInThisOrder holds the first three:
//
//   - What changes in place is changed in the order of dependence. A replacement is
//     created before anything else depends on it, and its predecessor deleted once all
//     else has been updated; then come the resources that left the template, dependents
//     first.
//   - A custom resource gets Update, with the old properties, and where that answers
//     another physical id, Delete for the former one after the update; its own failure
//     to delete does not fail the update.
//   - A failed update goes back: in-place changes by another update each, custom
//     resources included, then the deletion of what was created. Predecessors still stand.
//   - What did not change is left alone, though the events say that it is updated.
//   - DeletionPolicy and UpdateReplacePolicy are kept to.
//   - IAM: functions and the CDK's roles are refused what their policies do not allow.
//
// What it does otherwise, or as nobody can say CloudFormation does, so that a step
// proves nothing about it:
//
//   - A custom resource that answered another physical id gets, when the update goes
//     back, only the Delete for that id, and no Update to the former properties.
//   - After a Create that failed it sends a custom resource no Delete.
//   - One resource after the other, where CloudFormation takes independent ones at once.
//   - An asynchronous invocation of a custom resource's function is not tried again.
//   - CloudFormation itself needs no permission.
//   - Cognito calls none of the triggers that the pool has here, and checks no
//     iam:PassRole; a pool without SmsConfiguration shows an empty one.

// omission is something that a template declares and that is not deployed.
type omission struct {
	name, why string
	// takes reports whether a resource is left out. It may also take something out
	// of the resource's properties.
	takes func(kind string, properties map[string]any) bool
}

// leftOut is all that is not deployed, because the emulator has no such thing.
var leftOut = []omission{
	{
		name: "alarms with metric math", why: "it refuses AWS::CloudWatch::Alarm with Metrics",
		takes: func(kind string, p map[string]any) bool {
			return kind == "AWS::CloudWatch::Alarm" && p["Metrics"] != nil
		},
	},
	{
		name: "statements of queues and topics that refuse requests without TLS", why: "it has none, and keeps to them",
		takes: func(_ string, p map[string]any) bool { return withoutTLS(p) },
	},
}

// withoutTLS takes out of a resource's policy what refuses requests without TLS, and
// reports whether nothing is left of the policy.
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

// adapt returns a template without what is left out. What refers to it finds a text
// that names it.
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

// withoutReferences replaces what refers to a resource that is gone.
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

// referent returns the logical id that {"Ref":id} or {"Fn::GetAtt":[id,name]} names,
// or nothing.
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

// template is as much of a template as is looked at.
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
