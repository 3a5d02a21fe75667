package privilege

import (
	"fmt"
	"path"
	"slices"

	"github.com/poolsync/poolsync/infra/local/sandbox"
)

// Role is the role of one function.
type Role struct {
	// ID is the function's name in the template, such as HubDeliverFunction, and Function
	// its name here, such as hub-deliver.
	ID, Function string
	// Policy is the statements of all its policies.
	Policy Policy
}

// Roles returns the role of every function of a stack, in the order of their names.
func Roles(s *sandbox.Stack) ([]Role, error) {
	var roles []Role
	for _, id := range s.IDs("AWS::Lambda::Function") {
		function, err := s.Properties(id)
		if err != nil {
			return nil, err
		}
		arn, _ := function["Role"].(string)
		policy, err := policyOf(s, path.Base(arn))
		if err != nil {
			return nil, fmt.Errorf("role of %s: %w", id, err)
		}
		roles = append(roles, Role{ID: id, Function: sandbox.FunctionName(id), Policy: policy})
	}
	return roles, nil
}

// policyOf returns the statements of a role's policies: its own, and the template's
// policies that are attached to it. It refuses other policies, which could state anything.
func policyOf(s *sandbox.Stack, roleID string) (Policy, error) {
	role, err := s.Properties(roleID)
	if err != nil {
		return nil, err
	}
	if role["ManagedPolicyArns"] != nil {
		return nil, fmt.Errorf("%s has a policy that is not in the template", roleID)
	}
	policies, _ := role["Policies"].([]any)
	for _, id := range s.IDs("AWS::IAM::Policy") {
		attached, err := s.Properties(id)
		if err != nil {
			return nil, err
		}
		if roles, _ := attached["Roles"].([]any); slices.Contains(roles, any(roleID)) {
			policies = append(policies, map[string]any(attached))
		}
	}
	var policy Policy
	for _, p := range policies {
		document, _ := p.(map[string]any)
		statements, err := ParsePolicy(document["PolicyDocument"])
		if err != nil {
			return nil, err
		}
		policy = append(policy, statements...)
	}
	return policy, nil
}
