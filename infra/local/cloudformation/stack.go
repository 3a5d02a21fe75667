// Package cloudformation is a small model of the order in which CloudFormation
// creates, updates, replaces and deletes the resources of a stack, for tests that
// look at the world after every single step. It carries nothing out itself.
//
// The order is the documented one. An update creates new resources and updates changed
// ones, each after those that it depends on. If a property can only be set on creation, it
// creates a replacement. When all of that is done, it deletes what was replaced or left
// the template, in the reverse order. If a step fails, it updates back what it updated,
// and then deletes what it created. If a custom resource's update returns another physical
// id, the resource was replaced.
//
// Where the documentation is silent, the model assumes the worse: if a deletion fails, it
// still tries to delete what the resource depends on.
//
// Sources: CloudFormation user guide, "Update behaviors of stack resources", "Stack
// status codes", "DependsOn attribute", "DeletionPolicy attribute", "Custom resource
// request types"; docs/CLOUDFORMATION.md of the CDK.
package cloudformation

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// How an operation can fail.
var (
	// ErrRolledBack is returned when a deployment failed and everything is as before:
	// (UPDATE_)ROLLBACK_COMPLETE.
	ErrRolledBack = errors.New("rolled back")
	// ErrStuck is returned when the rollback failed too: UPDATE_ROLLBACK_FAILED. The
	// stack takes no further deployment.
	ErrStuck = errors.New("rollback failed")
	// ErrLeft is returned when something could not be deleted: DELETE_FAILED, or an
	// update that is complete except for its clean-up.
	ErrLeft = errors.New("not deleted")
)

// Request is what is asked of a resource.
type Request struct {
	LogicalID, Type string
	// PhysicalID is empty for a creation.
	PhysicalID string
	// Properties have their references resolved. Old are the properties before an update.
	Properties, Old map[string]any
}

// Provider carries out what happens to resources.
type Provider interface {
	// Create returns the physical id of the resource, even if it fails.
	Create(Request) (string, error)
	// Update returns the physical id: a new one if it replaced the resource.
	Update(Request) (string, error)
	Delete(Request) error
}

// Stack is a stack. It is not safe for concurrent use.
type Stack struct {
	provider Provider
	// order may change the order of deletions that belong together.
	order func([]string)
	now   map[string]existing
}

// existing is a resource that exists.
type existing struct {
	request  Request
	declared Resource
}

// New returns a stack without resources. Before deletions it calls order, unless nil, with
// the logical ids in the order of deletion.
func New(provider Provider, order func([]string)) *Stack {
	if order == nil {
		order = func([]string) {}
	}
	return &Stack{provider, order, map[string]existing{}}
}

// createOnly are the properties that cannot be updated, by type. For other types they do
// not matter here. Source: the resource types' schemas.
var createOnly = map[string][]string{
	"AWS::Lambda::Permission":         {"Action", "FunctionName", "Principal", "SourceAccount", "SourceArn"},
	"AWS::Lambda::EventInvokeConfig":  {"FunctionName", "Qualifier"},
	"AWS::Cognito::UserPoolClient":    {"UserPoolId", "GenerateSecret"},
	"AWS::Lambda::EventSourceMapping": {"EventSourceArn"},
}

// Deploy creates the stack, or updates it to a template.
func (s *Stack) Deploy(t Template) error {
	before := maps.Clone(s.now)
	var touched []string
	var obsolete []existing
	for _, id := range t.order() {
		was, existed := s.now[id]
		next := s.request(id, t.Resources[id])
		if existed && reflect.DeepEqual(was.request.Properties, next.Properties) {
			s.now[id] = existing{was.request, t.Resources[id]}
			continue
		}
		touched = append(touched, id)
		replaced, err := s.bring(next, t.Resources[id])
		if err != nil {
			return s.rollBack(before, touched, t, err)
		}
		if replaced {
			was.declared.DeletionPolicy = t.Resources[id].UpdateReplacePolicy
			obsolete = append(obsolete, was)
		}
	}
	for id, was := range s.now {
		if _, ok := t.Resources[id]; !ok {
			delete(s.now, id)
			obsolete = append(obsolete, was)
		}
	}
	_, err := s.delete(obsolete)
	return err
}

// request returns the request that a template makes for a resource.
func (s *Stack) request(id string, declared Resource) Request {
	properties, _ := resolve(declared.Properties, func(logical string) string {
		if r, ok := s.now[logical]; ok {
			return r.request.PhysicalID
		}
		return logical // a parameter
	}).(map[string]any)
	return Request{LogicalID: id, Type: declared.Type, Properties: properties}
}

// bring creates or updates a resource, and reports whether it replaced another one, which
// still exists.
func (s *Stack) bring(next Request, declared Resource) (replaced bool, err error) {
	was, existed := s.now[next.LogicalID]
	if !existed || needsReplacement(was.request, next) {
		next.PhysicalID, err = s.provider.Create(next)
		s.now[next.LogicalID] = existing{next, declared}
		return existed, err
	}
	next.PhysicalID, next.Old = was.request.PhysicalID, was.request.Properties
	id, err := s.provider.Update(next)
	if err != nil {
		return false, err
	}
	next.PhysicalID, next.Old = id, nil
	s.now[next.LogicalID] = existing{next, declared}
	return id != was.request.PhysicalID, nil
}

func needsReplacement(was, next Request) bool {
	return slices.ContainsFunc(createOnly[next.Type], func(name string) bool {
		return !reflect.DeepEqual(was.Properties[name], next.Properties[name])
	})
}

// rollBack goes back to the resources in before. touched are those that the deployment
// touched; the last one failed.
func (s *Stack) rollBack(before map[string]existing, touched []string, t Template, cause error) error {
	var created []existing
	for _, id := range touched {
		was, existed := before[id]
		is := s.now[id]
		switch {
		case !existed:
			created = append(created, is)
			continue
		case needsReplacement(was.request, s.request(id, t.Resources[id])):
			is.declared.DeletionPolicy = "Delete" // nothing else refers to it yet
			created = append(created, is)
			continue
		}
		back := was.request
		back.PhysicalID, back.Old = is.request.PhysicalID, s.request(id, t.Resources[id]).Properties
		physicalID, err := s.provider.Update(back)
		if err != nil {
			return fmt.Errorf("%w: %s: %w, after: %w", ErrStuck, id, err, cause)
		}
		if physicalID != is.request.PhysicalID {
			created = append(created, is)
		}
	}
	s.now = before
	_, left := s.delete(created)
	return errors.Join(fmt.Errorf("%w: %w", ErrRolledBack, cause), left)
}

// Delete deletes the stack, except what is to be retained.
func (s *Stack) Delete(retain ...string) error {
	var all []existing
	for id, r := range s.now {
		if slices.Contains(retain, id) {
			r.declared.DeletionPolicy = "Retain"
		}
		all = append(all, r)
	}
	left, err := s.delete(all)
	s.now = map[string]existing{}
	for _, r := range left {
		s.now[r.request.LogicalID] = r
	}
	return err
}

// delete deletes resources, dependents first, and continues if one cannot be deleted. It
// returns what is left.
func (s *Stack) delete(resources []existing) (left []existing, err error) {
	declared := Template{Resources: map[string]Resource{}}
	byID := map[string][]existing{}
	for _, r := range resources {
		declared.Resources[r.request.LogicalID] = r.declared
		byID[r.request.LogicalID] = append(byID[r.request.LogicalID], r)
	}
	order := declared.order()
	slices.Reverse(order)
	s.order(order)
	for _, id := range order {
		for _, r := range byID[id] {
			if r.declared.DeletionPolicy == "Retain" {
				continue
			}
			if failed := s.provider.Delete(r.request); failed != nil {
				left = append(left, r)
				err = errors.Join(err, fmt.Errorf("%w: %s: %w", ErrLeft, id, failed))
			}
		}
	}
	return left, err
}
