package main

import (
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/poolsync/poolsync/infra/local/cloudformation"
	"github.com/poolsync/poolsync/shared/cognito/attach/attachtest"
)

const exampleSMSRoleARN = "arn:aws:iam::111122223333:role/service-role/pool-sms"

// declared reads the template of a new pool's settings, with some in their place, once.
func declared(overrides map[string]string) func() cloudformation.Template {
	return sync.OnceValue(func() cloudformation.Template {
		return must(cloudformation.ReadTemplate(deployment(example("new-pool"), overrides)().file))
	})
}

// with returns the settings of an existing pool, with some more.
func with(pool string, more map[string]string) map[string]string {
	settings := map[string]string{"pool.id": pool, "pool.smsRoleArn": exampleSMSRoleARN}
	maps.Copy(settings, more)
	return settings
}

// The templates of the walks.
var (
	ofA        = declared(with(poolA, nil))
	ofAAgain   = declared(with(poolA, map[string]string{"pool.triggersRevision": "2"}))
	ofADenied  = declared(map[string]string{"pool.id": poolA, "pool.triggersRevision": "2"})
	ofAReplace = declared(with(poolA, map[string]string{
		"pool.replaceTriggers.PostAuthentication": userhubSignin, "pool.replaceTriggers.PostConfirmation": userhubSignin,
	}))
	ofAByHand = declared(map[string]string{"pool.id": poolA, "pool.triggers": "manual"})
	ofB       = declared(with(poolB, nil))
	ofBByHand = declared(map[string]string{"pool.id": poolB, "pool.triggers": "manual"})
	ofNewPool = declared(nil)
	ofABefore = sync.OnceValue(func() cloudformation.Template { return before(ofA()) })
)

// before returns the template of pool A as it was before its resources were named
// after the pool.
func before(t cloudformation.Template) cloudformation.Template {
	old := cloudformation.Template{Resources: map[string]cloudformation.Resource{}}
	var access any
	for id, r := range t.Resources {
		r.Properties = maps.Clone(r.Properties)
		if strings.HasPrefix(id, "UserPoolReattachment") || strings.HasPrefix(id, "Connectivity") {
			continue
		}
		if id == "AttachAccessPOOLA" {
			access = r.Properties["PolicyDocument"]
			continue
		}
		if id = strings.TrimSuffix(id, "POOLA"); id == "UserPoolAttachment" {
			r.Properties["FunctionArn"] = r.Properties["Function"]
			delete(r.Properties, "Function")
			r.DependsOn = []string{"AttachFunction", "AttachFunctionRole", "UserPoolInvokesPostauth"}
		}
		if id == "AttachFunction" {
			delete(r.Properties, "Environment")
		}
		r.DeletionPolicy, r.UpdateReplacePolicy = "", ""
		old.Resources[id] = r
	}
	role := old.Resources["AttachFunctionRole"].Properties
	role["Policies"] = append(slices.Clone(list(role["Policies"])), map[string]any{"PolicyDocument": access})
	return old
}

// step is one thing that the owner does with the stack, or with a pool.
type step struct {
	does func(*account, *cloudformation.Stack) error
	want error
	// a and b are the last parts of the names of the functions that the pools call then.
	a, b string
}

func deploy(t func() cloudformation.Template) func(*account, *cloudformation.Stack) error {
	return func(_ *account, s *cloudformation.Stack) error { return s.Deploy(t()) }
}

func remove(retain ...string) func(*account, *cloudformation.Stack) error {
	return func(_ *account, s *cloudformation.Stack) error { return s.Delete(retain...) }
}

// by has something happen in the account.
func by(does func(*account)) func(*account, *cloudformation.Stack) error {
	return func(a *account, _ *cloudformation.Stack) error { does(a); return nil }
}

// failing makes a step of CloudFormation's fail from now on.
func failing(step string, how failure) func(*account, *cloudformation.Stack) error {
	return by(func(a *account) { a.fail = map[string]failure{step: how} })
}

// allWell ends what failing began.
var allWell = by(func(a *account) { a.fail = nil })

// sets has a pool call a function for both triggers.
func sets(pool, function string) func(*account, *cloudformation.Stack) error {
	return by(func(a *account) {
		if function == "ours" {
			function = a.postauth
		}
		a.hold(pool, function)
	})
}

// imports begins or ends an import of users into a pool.
func imports(pool string, refuses func(attachtest.Call) *attachtest.Failure) func(*account, *cloudformation.Stack) error {
	return by(func(a *account) {
		a.pools[pool].Fail(func(c attachtest.Call) *attachtest.Failure {
			if c.Operation != "UpdateUserPool" || refuses == nil {
				return nil
			}
			return refuses(c)
		})
	})
}

// shows has a pool show a setting that the SDK does not know; nil hides it.
func shows(pool string, value any) func(*account, *cloudformation.Stack) error {
	return by(func(a *account) {
		a.pools[pool].Edit(func(settings map[string]any) {
			if settings["Novelty"] = value; value == nil {
				delete(settings, "Novelty")
			}
		})
	})
}

// short returns what both triggers of a pool call: "" for nothing, ours, or the function's
// name; "mixed" if they differ.
func (a *account) short(pool string) string {
	switch both := a.calls(pool); {
	case both[0] != both[1]:
		return "mixed"
	case strings.Contains(both[0], ":PostauthFunction-"):
		return "ours"
	default:
		return both[0][strings.LastIndex(both[0], ":")+1:]
	}
}

const checkID = "Connectivity" // its logical id goes on with a digest

// walks are what owners do with a stack, and what goes wrong meanwhile.
var walks = map[string][]step{
	"another pool, and back": {
		{deploy(ofA), nil, "ours", ""},
		{deploy(ofB), nil, "", "ours"},
		{deploy(ofA), nil, "ours", ""},
		{remove(), nil, "", ""},
	},
	"another pool, failing before it is attached": {
		{deploy(ofA), nil, "ours", ""},
		{failing("create UserPoolInvokesPostauthPOOLB", atOnce), nil, "ours", ""},
		{deploy(ofB), cloudformation.ErrRolledBack, "ours", ""},
		{failing("create AttachAccessPOOLB", atOnce), nil, "ours", ""},
		{deploy(ofB), cloudformation.ErrRolledBack, "ours", ""},
		{allWell, nil, "ours", ""},
		{deploy(ofB), nil, "", "ours"},
	},
	"another pool, failing when it is attached": {
		{sets(poolB, stranger), nil, "", "stranger"},
		{deploy(ofA), nil, "ours", "stranger"},
		{deploy(ofB), cloudformation.ErrRolledBack, "ours", "stranger"},
		{sets(poolB, ""), nil, "ours", ""},
		{failing("create UserPoolAttachmentPOOLB", unnoticed), nil, "ours", ""},
		{deploy(ofB), cloudformation.ErrRolledBack, "ours", ""},
		{allWell, nil, "ours", ""},
		{deploy(ofB), nil, "", "ours"},
	},
	"another pool, failing after it is attached": {
		{deploy(ofA), nil, "ours", ""},
		{failing("create "+checkID, atOnce), nil, "ours", ""},
		{deploy(ofB), cloudformation.ErrRolledBack, "ours", ""},
		{allWell, nil, "ours", ""},
		{deploy(ofB), nil, "", "ours"},
	},
	"another pool, while users are imported": {
		{deploy(ofA), nil, "ours", ""},
		{imports(poolA, importing), nil, "ours", ""},
		{deploy(ofB), cloudformation.ErrLeft, "ours", "ours"}, // the clean-up cannot clear A
		{remove(), nil, "ours", ""},
	},
	"another pool, rolled back while users are imported": {
		{deploy(ofA), nil, "ours", ""},
		{by(func(a *account) {
			a.fail = map[string]failure{"create " + checkID: atOnce, "delete UserPoolAttachmentPOOLB": atOnce}
		}), nil, "ours", ""},
		{deploy(ofB), cloudformation.ErrRolledBack, "ours", "ours"},
	},
	"removed": {
		{deploy(ofA), nil, "ours", ""},
		{remove(), nil, "", ""},
	},
	"removed after somebody else has taken the triggers": {
		{deploy(ofA), nil, "ours", ""},
		{sets(poolA, stranger), nil, "stranger", ""},
		{remove(), nil, "stranger", ""},
	},
	"removed while users are imported": {
		{deploy(ofA), nil, "ours", ""},
		{imports(poolA, importing), nil, "ours", ""},
		{remove(), cloudformation.ErrLeft, "ours", ""},
		{remove("UserPoolAttachmentPOOLA"), nil, "ours", ""}, // as the console offers
	},
	"a first deployment that fails": {
		{failing("create "+checkID, atOnce), nil, "", ""},
		{deploy(ofA), cloudformation.ErrRolledBack, "", ""},
		{allWell, nil, "", ""},
		{deploy(ofA), nil, "ours", ""},
	},
	"by hand, and back": {
		{deploy(ofA), nil, "ours", ""},
		{deploy(ofAByHand), nil, "", ""},
		{sets(poolA, "ours"), nil, "ours", ""},
		{deploy(ofA), nil, "ours", ""},
		{remove(), nil, "", ""},
	},
	"by hand, rolled back": {
		{deploy(ofA), nil, "ours", ""},
		{failing("create "+checkID, atOnce), nil, "ours", ""},
		{deploy(ofAByHand), cloudformation.ErrRolledBack, "ours", ""},
		{allWell, nil, "ours", ""},
		{deploy(ofAByHand), nil, "", ""},
		{sets(poolA, "ours"), nil, "ours", ""},
		{failing("create "+checkID, atOnce), nil, "ours", ""},
		{deploy(ofA), cloudformation.ErrRolledBack, "", ""}, // what was set by hand is not told from what we set
	},
	"by hand, then another pool, then removed": {
		{deploy(ofAByHand), nil, "", ""},
		{sets(poolA, "ours"), nil, "ours", ""},
		{deploy(ofBByHand), nil, "ours", ""},
		{deploy(ofB), nil, "ours", "ours"},
		{remove(), nil, "ours", ""},
	},
	"a new pool, then an existing one, then removed": {
		{deploy(ofNewPool), nil, "", ""},
		{deploy(ofA), nil, "ours", ""},
		{deploy(ofNewPool), nil, "", ""},
		{deploy(ofA), nil, "ours", ""},
		{remove(), nil, "", ""},
	},
	"set again": {
		{deploy(ofA), nil, "ours", ""},
		{sets(poolA, ""), nil, "", ""},
		{deploy(ofA), nil, "", ""}, // nothing differs
		{deploy(ofAAgain), nil, "ours", ""},
		{remove(), nil, "", ""},
	},
	"set again over a foreign trigger": {
		{deploy(ofA), nil, "ours", ""},
		{sets(poolA, stranger), nil, "stranger", ""},
		{deploy(ofAAgain), cloudformation.ErrRolledBack, "stranger", ""},
		{sets(poolA, ""), nil, "", ""},
		{deploy(ofAAgain), nil, "ours", ""},
	},
	"set again while users are imported": {
		{deploy(ofA), nil, "ours", ""},
		{sets(poolA, ""), nil, "", ""},
		{imports(poolA, importing), nil, "", ""},
		{deploy(ofAAgain), cloudformation.ErrRolledBack, "", ""},
		{imports(poolA, nil), nil, "", ""},
		{deploy(ofAAgain), nil, "ours", ""},
	},
	"set again with a setting that we do not know": {
		{deploy(ofA), nil, "ours", ""},
		{sets(poolA, ""), nil, "", ""},
		{shows(poolA, true), nil, "", ""},
		{deploy(ofAAgain), cloudformation.ErrRolledBack, "", ""},
		{shows(poolA, nil), nil, "", ""},
		{deploy(ofAAgain), nil, "ours", ""},
	},
	"set again without the role for text messages": {
		{deploy(ofA), nil, "ours", ""},
		{sets(poolA, ""), nil, "", ""},
		{deploy(ofADenied), cloudformation.ErrRolledBack, "", ""},
		{deploy(ofAAgain), nil, "ours", ""},
	},
	"set again, and failing afterwards": {
		{deploy(ofA), nil, "ours", ""},
		{sets(poolA, ""), nil, "", ""},
		{failing("create "+checkID, atOnce), nil, "", ""},
		{deploy(ofAAgain), cloudformation.ErrRolledBack, "ours", ""},
		{allWell, nil, "ours", ""},
		{deploy(ofAAgain), nil, "ours", ""},
	},
	"in place of UserHub's own function": {
		{sets(poolA, userhubSignin), nil, "userhubSignin", ""},
		{deploy(ofA), cloudformation.ErrRolledBack, "userhubSignin", ""},
		{failing("create "+checkID, atOnce), nil, "userhubSignin", ""},
		{deploy(ofAReplace), cloudformation.ErrRolledBack, "userhubSignin", ""},
		{allWell, nil, "userhubSignin", ""},
		{deploy(ofAReplace), nil, "ours", ""},
		{deploy(ofB), nil, "userhubSignin", "ours"},
		{deploy(ofAReplace), nil, "ours", ""},
		{remove(), nil, "userhubSignin", ""},
	},
	"in place of a function that is deleted meanwhile": {
		{sets(poolA, userhubSignin), nil, "userhubSignin", ""},
		{deploy(ofAReplace), nil, "ours", ""},
		{by(func(a *account) { a.functions.Remove(userhubSignin) }), nil, "ours", ""},
		{remove(), nil, "", ""},
	},
	"an upgrade from names that were not the pool's": {
		{deploy(ofABefore), nil, "ours", ""},
		{failing("create "+checkID, atOnce), nil, "ours", ""},
		{deploy(ofA), cloudformation.ErrRolledBack, "ours", ""},
		{allWell, nil, "ours", ""},
		{deploy(ofA), nil, "ours", ""},
		{deploy(ofB), nil, "", "ours"},
		{remove(), nil, "", ""},
	},
}

// TestNoPoolIsLockedOut walks through what can become of a stack, by the order in
// which CloudFormation does it. After every single step no pool calls a function
// that it may not call.
func TestNoPoolIsLockedOut(t *testing.T) {
	for name, steps := range walks {
		t.Run(name, func(t *testing.T) { walk(t, steps, nil, true) })
	}
}

// TestNoPoolIsLockedOutInAnyOrder holds the same for deletions in any order, in which
// it may well be that a pool's triggers are not cleared.
func TestNoPoolIsLockedOutInAnyOrder(t *testing.T) {
	for name, steps := range walks {
		if strings.HasPrefix(name, "an upgrade") {
			continue // what the former template says of deletions cannot be changed any more
		}
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(10) {
				random := rand.New(rand.NewPCG(seed, 0))
				shuffle := func(ids []string) {
					random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
				}
				walk(t, steps, shuffle, false)
			}
		})
	}
}

// walk takes steps and, if exact, holds each one's result against what is wanted.
func walk(t *testing.T, steps []step, order func([]string), exact bool) {
	t.Helper()
	for _, template := range []func() cloudformation.Template{ofA, ofAAgain, ofADenied, ofAReplace, ofAByHand, ofB, ofBByHand, ofNewPool} {
		template() // made outside of the bubble, for it needs a process of its own
	}
	synctest.Test(t, func(t *testing.T) {
		a := newAccount(t)
		s := cloudformation.New(a, order)
		for i, step := range steps {
			err := step.does(a, s)
			a.empty = ""
			a.look("the step")
			if !exact {
				continue
			}
			if !errors.Is(err, step.want) {
				t.Errorf("step %d: got error %v, want %v", i+1, err, step.want)
			}
			if got, want := [2]string{a.short(poolA), a.short(poolB)}, [2]string{step.a, step.b}; got != want {
				t.Errorf("step %d: the pools call %q, want %q", i+1, got, want)
			}
		}
	})
}
