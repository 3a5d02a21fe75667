package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/smithy-go"
)

// look compares the account with the template: each resource, who may call each function,
// and the pool's triggers.
func (t *trial) look(ctx context.Context) error {
	if err := t.listResources(ctx); err != nil {
		return err
	}
	var failure error
	for _, id := range slices.Sorted(maps.Keys(t.stands.template.Resources)) {
		declared := t.stands.template.Resources[id]
		if err := t.lookAt(ctx, t.made[id], declared); err != nil {
			failure = errors.Join(failure, fmt.Errorf("%s (%s): %w", id, declared.Type, err))
		}
	}
	return errors.Join(failure, t.lookAtCallers(ctx), t.lookAtTriggers(ctx))
}

// listResources asks CloudFormation for the stack's resources, and returns an error unless
// they are exactly the template's, with nothing under way.
func (t *trial) listResources(ctx context.Context) error {
	t.made = map[string]string{}
	pages := cloudformation.NewListStackResourcesPaginator(cloudformation.NewFromConfig(t.Config()),
		&cloudformation.ListStackResourcesInput{StackName: &t.stands.stack})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, r := range page.StackResourceSummaries {
			id := aws.ToString(r.LogicalResourceId)
			if !strings.HasSuffix(string(r.ResourceStatus), "_COMPLETE") {
				return fmt.Errorf("%s is in %s", id, r.ResourceStatus)
			}
			t.made[id] = aws.ToString(r.PhysicalResourceId)
		}
	}
	for id := range allKeys(t.stands.template.Resources, t.made) {
		_, declared := t.stands.template.Resources[id]
		if _, made := t.made[id]; made != declared {
			return fmt.Errorf("%s: in the template %t, in the stack %t", id, declared, made)
		}
	}
	return nil
}

// lookAt asks the service about one resource, if there is a looker for its kind. For other
// kinds it trusts CloudFormation.
func (t *trial) lookAt(ctx context.Context, physicalID string, declared resource) error {
	if look, ok := lookers[declared.Type]; ok {
		return look(ctx, t, physicalID, declared.Properties)
	}
	return nil
}

// lookAtRemains returns an error for each resource that is gone and should have stayed, or
// the reverse.
func (t *trial) lookAtRemains(ctx context.Context) error {
	var failure error
	for _, id := range slices.Sorted(maps.Keys(t.made)) {
		declared := t.stands.template.Resources[id]
		if _, ok := lookers[declared.Type]; !ok {
			continue
		}
		err := t.lookAt(ctx, t.made[id], declared)
		switch {
		case declared.stays() && err != nil:
			failure = errors.Join(failure, fmt.Errorf("%s (%s) should have stayed: %w", id, declared.Type, err))
		case !declared.stays() && !gone(err):
			failure = errors.Join(failure, fmt.Errorf("%s (%s) should be gone, and is still there (%v)", id, declared.Type, err))
		}
	}
	return failure
}

// gone reports whether an error means "not found". Services have different codes for it.
func gone(err error) bool {
	var refusal smithy.APIError
	if !errors.As(err, &refusal) {
		return false
	}
	for _, part := range []string{"NotFound", "NonExistent", "DoesNotExist"} {
		if strings.Contains(refusal.ErrorCode(), part) {
			return true
		}
	}
	return false
}

// output returns an output of the stack.
func (t *trial) output(ctx context.Context, key string) (string, error) {
	out, err := cloudformation.NewFromConfig(t.Config()).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &t.stands.stack})
	if err != nil {
		return "", err
	}
	for _, output := range out.Stacks[0].Outputs {
		if aws.ToString(output.OutputKey) == key {
			return aws.ToString(output.OutputValue), nil
		}
	}
	return "", fmt.Errorf("the stack has no output %s", key)
}

// functions returns the names of the stack's functions.
func (t *trial) functions() []string {
	var names []string
	for id, declared := range t.stands.template.Resources {
		if declared.Type == "AWS::Lambda::Function" {
			names = append(names, t.made[id])
		}
	}
	return names
}

// allKeys yields each key of either map, once.
func allKeys[A, B any](a map[string]A, b map[string]B) iter.Seq[string] {
	all := map[string]bool{}
	for key := range a {
		all[key] = true
	}
	for key := range b {
		all[key] = true
	}
	return maps.Keys(all)
}

// name returns the last part of an ARN, a URL or a name, so that the three can be compared.
func name(id string) string { return id[strings.LastIndexAny(id, ":/")+1:] }
