package main

import (
	"context"
	"errors"
)

// errNotReached is the result of the steps after a needed step that failed.
var errNotReached = errors.New("not reached")

// trial is one configuration on its way through the steps.
type trial struct {
	*account
	cdk    *cdk
	given  settings // as deployed
	stands assembly // what is deployed now
	// made are the physical ids of the stack's resources, by logical id.
	made map[string]string
	kept []string // logical ids of the permissions that some deployment leaves behind
}

// rehearse takes a configuration through steps, in a new account, and calls tell as each
// ends. It returns an error only if it could not start the account.
func rehearse(ctx context.Context, c *cdk, name string, steps []step, tell func(string, error)) ([]error, error) {
	golden, err := readSettings(c.root, name)
	if err != nil {
		return nil, err
	}
	a, err := openAccount(ctx, golden.text(connectionID))
	if err != nil {
		return nil, err
	}
	defer a.close()
	t := &trial{account: a, cdk: c}
	if t.given, err = a.settle(ctx, golden); err != nil {
		return nil, err
	}
	var results []error
	stopped := false
	for _, step := range steps {
		if err = ctx.Err(); err != nil {
			return nil, err
		}
		if stopped {
			results = append(results, errNotReached)
			continue
		}
		err := errors.Join(step.do(ctx, t), t.nobodyLockedOut(ctx))
		tell(step.name, err)
		results = append(results, err)
		stopped = err != nil && step.needed
	}
	return results, nil
}
