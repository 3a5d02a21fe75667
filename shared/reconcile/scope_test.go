package reconcile_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestGroupsAreWalkedOnce shows that the members of groups are one partition, however
// large the pool is: to split them would walk all of them once for each part.
func TestGroupsAreWalkedOnce(t *testing.T) {
	for _, groups := range [][]string{{"staff"}, {"staff", "beta"}} {
		for _, estimate := range []int{100, 2_001, 10_000_000} {
			bubble(t, fmt.Sprint(len(groups), " groups of a pool of ", estimate), func(t *testing.T) {
				w := newWorld(t, cognitotest.New(cognitotest.Users(100), cognitotest.Estimate(estimate)))
				w.settings.Groups = groups
				for _, group := range groups {
					w.join(group, w.subs()[:70]...)
				}
				_, lanes, err := w.engine().Start(t.Context(), reconcile.Request{DryRun: true})
				if err != nil || len(lanes) != 1 || lanes[0].Digits != 0 || lanes[0].End != 1 || lanes[0].Rate != w.settings.Rate {
					t.Errorf("got lanes %+v, %v; want one of one partition at the whole rate", lanes, err)
				}
				if _, err := w.run(reconcile.Request{ID: "first"}); err != nil {
					t.Fatal(err)
				}
				if len(w.queued) != 70 {
					t.Errorf("%d changes for 70 members, want one each", len(w.queued))
				}
			})
		}
	}
}

// TestDoubtIsNotPresence shows that a look-up which fails says nothing of a user who
// was missed: neither that they are gone nor that they are there.
func TestDoubtIsNotPresence(t *testing.T) {
	tests := []struct {
		name, failing string
		groups        []string
		want          reconcile.Counts
	}{
		{"pool", "pool.AdminGetUser", nil, reconcile.Counts{Tally: plan.Tally{Known: 40, Walked: 39, Missing: 1}, Doubtful: 1}},
		{"groups", "pool.AdminListGroupsForUser", []string{"staff"},
			reconcile.Counts{Tally: plan.Tally{Known: 40, Walked: 39, Missing: 1}, Doubtful: 1}},
	}
	for _, tt := range tests {
		bubble(t, tt.name, func(t *testing.T) {
			w := newWorld(t, cognitotest.New(cognitotest.Users(40)))
			w.settings.Groups = tt.groups
			subs := w.subs()
			for _, group := range tt.groups {
				w.join(group, subs...)
			}
			w.sync(reconcile.Request{ID: "first"})
			if tt.groups == nil {
				w.pool.Delete(subs[3])
			} else {
				w.leave(subs[3])
			}
			w.strike(failCall(tt.failing))
			got, err := w.run(reconcile.Request{ID: "second"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.Counts); diff != "" {
				t.Errorf("counts: -want +got\n%s", diff)
			}
			if len(w.queued) != 0 {
				t.Errorf("queued %v, want nothing", w.queued)
			}
		})
	}
}
