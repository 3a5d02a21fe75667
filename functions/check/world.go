package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// world is all that poolsync depends on. The checks do no harm: they read, they
// remove what they write, and everything else is about [directory.Nobody].
type world struct {
	pool interface {
		Estimate(context.Context) (int, error)
		Page(ctx context.Context, size int, token string) ([]directory.User, string, error)
		User(ctx context.Context, sub string) (directory.User, bool, error)
		CheckFilter(context.Context) error
		Triggers(context.Context) (cognito.Triggers, error)
	}
	account interface {
		// Unreserved returns how many instances of functions the account lets run at once.
		Unreserved(context.Context) (int, error)
	}
	targets []served

	postauth    string // the ARN of our trigger
	manual      bool   // the pool's owner sets the triggers
	concurrency int    // how many instances queues and runs may need at once
}

// checks returns all checks, in the order in which their findings are shown: what is
// shared, and then what is each target's own.
func (w world) checks() []check {
	all := []check{
		{name: "pool readable", test: w.poolReadable},
		{name: "filter by sub", test: w.filterBySub},
		{name: "triggers", test: w.triggers},
		{name: "concurrency", test: w.enoughConcurrency},
	}
	for _, t := range w.targets {
		for _, c := range t.checks() {
			c.target = t.name
			if len(w.targets) > 1 {
				c.name = t.name + ": " + c.name
			}
			all = append(all, c)
		}
	}
	return all
}

// poolReadable describes the pool and lists one user.
func (w world) poolReadable(ctx context.Context) finding {
	_, err := w.pool.Estimate(ctx)
	if err == nil {
		_, _, err = w.pool.Page(ctx, 1, "")
	}
	return verdict(err, "Make sure that the user pool exists in this Region, and that no policy "+
		"denies cognito-idp:DescribeUserPool and cognito-idp:ListUsers.")
}

// filterBySub looks a user up as a delivery does, and splits the pool as a run
// does. A run can do without the latter.
func (w world) filterBySub(ctx context.Context) finding {
	if _, _, err := w.pool.User(ctx, directory.Nobody); err != nil {
		return verdict(err, "Users cannot be looked up until the pool can be listed by sub: see the check \"pool readable\".")
	}
	err := w.pool.CheckFilter(ctx)
	if errors.Is(err, reconcile.ErrFilterRefused) {
		return finding{warning, err, "Nothing to do: a full sync reads the pool in one part, which takes longer."}
	}
	return verdict(err, "See the check \"pool readable\".")
}

// triggers compares the functions that the pool calls with ours. An owner who sets
// them can only do so once our function exists, so then a difference is a warning.
func (w world) triggers(ctx context.Context) finding {
	held, err := w.pool.Triggers(ctx)
	if err != nil {
		return verdict(err, "See the check \"pool readable\".")
	}
	err = errors.Join(w.compare("PostAuthentication", held.PostAuthentication), w.compare("PostConfirmation", held.PostConfirmation))
	if err != nil && w.manual {
		return finding{warning, err, "Set both triggers of the pool to " + w.postauth + ": with pool.triggers=manual, you set them."}
	}
	return verdict(err, "Deploy again, with another pool.triggersRevision if the pool is not the stack's own. If the stack that owns the pool clears our triggers, set pool.triggers to manual and set them there.")
}

// compare returns what is wrong with a trigger.
func (w world) compare(trigger, held string) error {
	switch held {
	case w.postauth:
		return nil
	case "":
		return fmt.Errorf("%s calls nothing", trigger)
	}
	return fmt.Errorf("%s calls %s", trigger, held)
}

// spare is how many instances the account should have besides ours for what has no
// queue in front: sign-ins, and the owner's own functions.
const spare = 20

// enoughConcurrency compares what our functions may need with what the account allows. A
// new account is often allowed ten instances at once. If ours used them up, Lambda would
// refuse the trigger, and Cognito the sign-in.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
func (w world) enoughConcurrency(ctx context.Context) finding {
	allowed, err := w.account.Unreserved(ctx)
	switch {
	case err != nil:
		return finding{warning, err, "Make sure that no policy denies lambda:GetAccountSettings."}
	case allowed < w.concurrency+spare:
		return finding{warning, fmt.Errorf("queues and full syncs may need %d instances at once, and the account allows %d in this Region", w.concurrency, allowed),
			"Ask AWS for more: Service Quotas, AWS Lambda, Concurrent executions. If they run out, sign-ins fail."}
	}
	return finding{result: passed}
}

// unusable returns the check of settings that are not usable.
func unusable(errs ...error) []check {
	return []check{{name: "settings", test: func(context.Context) finding {
		return verdict(errors.Join(errs...), "Deploy again: the template sets the function's environment variables.")
	}}}
}
