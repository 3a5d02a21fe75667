package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// lookAtCallers compares the policy of each function with what the template permits:
// all of that and nothing else, each for one caller. A permission that an earlier
// deployment was to leave behind may be there too, also if that deployment failed.
func (t *trial) lookAtCallers(ctx context.Context) error {
	var failure error
	permitted := map[string]bool{}
	for id, declared := range t.stands.template.Resources {
		if declared.Type == permission {
			permitted[t.made[id]] = true
		}
	}
	for _, function := range t.functions() {
		statements, err := t.statements(ctx, function)
		if err != nil {
			return err
		}
		for _, s := range statements {
			if !permitted[s.Sid] && !t.leftBehind(s) {
				failure = errors.Join(failure, fmt.Errorf("%s lets somebody call it who is not in the template: %v", function, s))
			}
			if len(s.Condition) == 0 {
				failure = errors.Join(failure, fmt.Errorf("%s lets everybody of a service call it: %v", function, s))
			}
			delete(permitted, s.Sid)
		}
	}
	for sid := range permitted {
		failure = errors.Join(failure, fmt.Errorf("no function has the permission %s", sid))
	}
	return failure
}

const permission = "AWS::Lambda::Permission"

// remember notes which permissions a template leaves behind.
func (t *trial) remember(next template) {
	for id, declared := range next.Resources {
		if declared.Type == permission && declared.stays() {
			t.kept = append(t.kept, id)
		}
	}
}

// leftBehind reports whether a statement is a permission that was to stay.
// CloudFormation names statements <stack>-<logical id>-<something>.
func (t *trial) leftBehind(s statement) bool {
	return slices.ContainsFunc(t.kept, func(id string) bool { return strings.HasPrefix(s.Sid, t.stands.stack+"-"+id+"-") })
}
