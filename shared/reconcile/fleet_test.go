package reconcile_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// fleet is several targets of one pool, each with a ledger, a queue and faults of its
// own. Runs are the first one's, and so are the pool's faults.
type fleet struct {
	*world
	all    []*world
	groups map[string]map[string]bool // subs by group
}

// newFleet returns targets a, b, c and so on.
func newFleet(t *testing.T, pool *cognitotest.Pool, n int) *fleet {
	f := &fleet{groups: make(map[string]map[string]bool)}
	for i := range n {
		w := newWorld(t, pool)
		w.settings.Name = string(rune('a' + i))
		w.settings.LedgerName = "test:" + w.settings.Name
		f.all = append(f.all, w)
	}
	f.world = f.all[0]
	f.beside = f.all[1:]
	pool.Fail(func(c cognitotest.Call) error {
		err, _ := f.call("pool." + c.Op)
		return err
	})
	return f
}

// move puts a user into a group or takes one out, and has every target know.
func (f *fleet) move(in bool, group string, subs ...string) {
	if f.groups[group] == nil {
		f.groups[group] = make(map[string]bool)
	}
	for _, sub := range subs {
		f.groups[group][sub] = in
	}
	if in {
		f.pool.AddToGroup(group, subs...)
	} else {
		f.pool.RemoveFromGroup(group, subs...)
	}
	for _, w := range f.all {
		for _, sub := range subs {
			w.members[sub] = slices.ContainsFunc(w.settings.Groups, func(g string) bool { return f.groups[g][sub] })
		}
	}
}

// scope limits the i-th target to groups, which there then are.
func (f *fleet) scope(i int, groups ...string) {
	f.all[i].settings.Groups = groups
	for _, group := range groups {
		f.pool.AddToGroup(group)
	}
}

// drainAll delivers what is queued for all targets.
func (f *fleet) drainAll() {
	for _, w := range f.all {
		w.drain()
	}
}

// sync carries out a run that must succeed, and delivers its changes.
func (f *fleet) sync(request reconcile.Request) reconcile.Summary {
	f.t.Helper()
	summary, err := f.run(request)
	if err != nil {
		f.t.Fatalf("run %s: %v", request.ID, err)
	}
	f.drainAll()
	return summary
}

// agreeAll fails the test if the pool and any of the targets do not hold the same users.
func (f *fleet) agreeAll(when string) {
	f.t.Helper()
	for _, w := range f.all {
		w.agree(fmt.Sprintf("%s, target %s", when, w.settings.Name))
	}
}

// succeeded reports whether a run was the last success of the i-th target.
func (f *fleet) succeeded(i int, run string) bool {
	f.t.Helper()
	last, _, err := f.all[i].ledger.LastSuccess(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return last == run
}
