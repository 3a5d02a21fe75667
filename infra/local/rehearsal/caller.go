package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// lookAtCallers compares the policy of each function with what the template permits: it
// must permit exactly that, each permission for one caller. It may also have permissions
// that an earlier deployment had to leave behind, even one that failed.
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
				failure = errors.Join(failure, fmt.Errorf("%s has a caller that is not in the template: %v", function, s))
			}
			if len(s.Condition) == 0 {
				failure = errors.Join(failure, fmt.Errorf("%s may be called by a whole service: %v", function, s))
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

// remember notes which permissions a template would leave behind.
func (t *trial) remember(next template) {
	for id, declared := range next.Resources {
		if declared.Type == permission && declared.stays() {
			t.kept = append(t.kept, id)
		}
	}
}

// leftBehind reports whether a statement is a permission that had to stay.
// CloudFormation names statements <stack>-<logical id>-<something>.
func (t *trial) leftBehind(s statement) bool {
	return slices.ContainsFunc(t.kept, func(id string) bool { return strings.HasPrefix(s.Sid, t.stands.stack+"-"+id+"-") })
}
