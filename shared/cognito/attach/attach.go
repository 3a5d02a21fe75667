// Package attach sets our triggers on a user pool that another stack owns, and
// changes nothing else in it.
//
// CloudFormation cannot add a trigger to a pool of another stack, and the only
// operation that can, UpdateUserPool, resets every setting that the request leaves
// out to its default. So the whole pool is read and sent back with two triggers
// changed, and then read again: a setting that differs is put back, and the
// attachment fails and names it.
//
// Cognito offers no condition on an update. If somebody changes a setting between our
// reading and our update, a fraction of a second, Cognito refuses the change or it is
// lost; deploy when nobody works on the pool.
package attach

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

const (
	// updateTimeout and rereadTimeout bound one update and the reading after it. A
	// call that hangs must not take the time that putting the pool back needs.
	updateTimeout = 10 * time.Second
	rereadTimeout = 10 * time.Second
	// reserve is the time that must be left when an update begins: for the update,
	// reading it back, and both once more to undo it.
	reserve = 2 * (updateTimeout + rereadTimeout)
)

// Cognito is the part of [cognitoidentityprovider.Client] that attaching uses. It
// must obey the options of a call: they keep the answers as they came.
type Cognito interface {
	DescribeUserPool(context.Context, *cognitoidentityprovider.DescribeUserPoolInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.DescribeUserPoolOutput, error)
	GetUserPoolMfaConfig(context.Context, *cognitoidentityprovider.GetUserPoolMfaConfigInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.GetUserPoolMfaConfigOutput, error)
	UpdateUserPool(context.Context, *cognitoidentityprovider.UpdateUserPoolInput, ...func(*cognitoidentityprovider.Options)) (*cognitoidentityprovider.UpdateUserPoolOutput, error)
}

// Attacher attaches a function to pools.
type Attacher struct {
	cognito Cognito
	lambda  Lambda
}

// New returns an attacher that works through cognito and, to put a trigger back,
// looks at functions through lambda.
func New(cognito Cognito, lambda Lambda) *Attacher { return &Attacher{cognito, lambda} }

// Attach makes the pool call function after each sign-in and each confirmation. A
// trigger may call nothing, function, or what replaceable has for it. If both
// triggers call function already, the pool is not updated.
func (a *Attacher) Attach(ctx context.Context, poolID, function string, replaceable Triggers) error {
	return a.set(ctx, poolID, func(p *pool) (Triggers, error) {
		now := p.triggers()
		var foreign []string
		for name, arn := range now.replace(function, Triggers{}).without(replaceable).all() {
			if arn != "" {
				foreign = append(foreign, name+" calls "+arn)
			}
		}
		if len(foreign) > 0 {
			return now, fmt.Errorf("%w: in pool %s %s. A pool calls one function for each trigger: "+
				"clear that trigger and deploy again, or name it in pool.replaceTriggers if %s takes its place, "+
				"or set pool.triggers to manual and let that function invoke %[4]s with the event it got",
				ErrForeignTrigger, poolID, strings.Join(foreign, " and "), function)
		}
		return Triggers{function, function}, nil
	})
}

// Move makes each of the pool's triggers that calls former call function. Other
// triggers stay, so if there is nothing to move nothing can fail.
func (a *Attacher) Move(ctx context.Context, poolID, former, function string) error {
	if former == "" || former == function {
		return nil
	}
	return a.set(ctx, poolID, func(p *pool) (Triggers, error) {
		return p.triggers().replace(former, Triggers{function, function}), nil
	})
}

// Detach sets each trigger of the pool that calls function to what putBack has for
// it, or clears it: a function that is gone, or that the pool may not call any more,
// would refuse every sign-in, and is not put back. Other triggers stay, and a pool
// that is gone needs nothing.
func (a *Attacher) Detach(ctx context.Context, poolID, function string, putBack Triggers) error {
	err := a.set(ctx, poolID, func(p *pool) (Triggers, error) {
		return a.detached(ctx, p, function, putBack)
	})
	if _, gone := errors.AsType[*types.ResourceNotFoundException](err); gone {
		return nil
	}
	return err
}

// detached returns the triggers of a pool without function.
func (a *Attacher) detached(ctx context.Context, p *pool, function string, putBack Triggers) (Triggers, error) {
	now := p.triggers()
	for trigger, former := range putBack.all() {
		if former == "" || !now.holds(trigger, function) {
			continue
		}
		callable, err := a.callable(ctx, aws.ToString(p.known.Arn), former)
		if err != nil {
			return now, err
		}
		if !callable {
			putBack = putBack.without(Triggers{former, former})
		}
	}
	return now.replace(function, putBack), nil
}

// set changes the triggers of a pool to what edit makes of them, and retries.
func (a *Attacher) set(ctx context.Context, poolID string, edit func(*pool) (Triggers, error)) error {
	err := retry(ctx, transient, func() error { return a.try(ctx, poolID, edit) })
	if _, busy := errors.AsType[*types.UserImportInProgressException](err); busy {
		return fmt.Errorf("%w in pool %s: wait until it has ended, or stop it with StopUserImportJob, and try again", ErrImporting, poolID)
	}
	return err
}

// try changes the triggers of a pool once:
//
//  1. Read the pool. If its triggers need no change there is nothing to do.
//  2. Refuse a pool that an update would harm, or that could not be put back in time.
//  3. Update it with every setting as it was read. If Cognito refused that, the
//     pool is as it was; any other failure may hide a success.
//  4. Read it again. If anything but the triggers differs, put it back.
func (a *Attacher) try(ctx context.Context, poolID string, edit func(*pool) (Triggers, error)) error {
	before, err := a.read(ctx, poolID)
	if err != nil {
		return err
	}
	want, err := edit(before)
	if err != nil || want == before.triggers() {
		return err
	}

	if err := before.updatable(ctx); err != nil {
		return err
	}

	updated := a.update(ctx, before.request(want))
	if refused(updated) {
		return before.refusal(updated)
	}

	after, err := a.reread(ctx, poolID)
	if err != nil {
		return a.restore(ctx, before, fmt.Errorf("%w, perhaps: they cannot be read: %w", ErrChanged, err))
	}
	lost := after.differences(before, want)
	switch {
	case len(lost) == 0:
		return nil // whatever happened to the answer
	case updated != nil && len(after.differences(before, before.triggers())) == 0:
		return updated // the update did not happen
	}
	return a.restore(ctx, before, fmt.Errorf("%w: %s", ErrChanged, list(lost)))
}

// updatable returns why the pool cannot be updated safely, or nil.
func (p *pool) updatable(ctx context.Context) error {
	if unknown := p.unknown(); len(unknown) > 0 {
		return fmt.Errorf("%w: pool %s shows %s, which an update would reset: use a newer poolsync, "+
			"or change the triggers PostAuthentication and PostConfirmation by hand, and try again",
			ErrUnknownSetting, p.id(), list(unknown))
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < reserve {
		return fmt.Errorf("%w of pool %s, which was not touched: try again", ErrNoTime, p.id())
	}
	return nil
}

// restore puts the pool back as it was before an update and returns cause with the
// outcome. Sending the same settings twice does no harm, so it retries until Cognito
// refuses them.
func (a *Attacher) restore(ctx context.Context, before *pool, cause error) error {
	unrefused := func(err error) bool { return transient(err) || !refused(err) }
	err := retry(ctx, unrefused, func() error { return a.update(ctx, before.request(before.triggers())) })
	if err != nil {
		return fmt.Errorf("%w; putting the pool back failed, compare its settings with your records: %w", cause, err)
	}
	after, err := a.reread(ctx, before.id())
	if err != nil {
		return fmt.Errorf("%w; the pool was put back, compare its settings with your records, because they cannot be read: %w", cause, err)
	}
	if left := after.differences(before, before.triggers()); len(left) > 0 {
		return fmt.Errorf("%w; putting the pool back did not restore %s: set that by hand", cause, list(left))
	}
	return fmt.Errorf("%w; everything is back as it was: change the triggers by hand", cause)
}
