package fullsync

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/setting"
	"github.com/poolsync/poolsync/infra/target"
)

// retrier is what a state does about an error.
type retrier struct {
	ErrorEquals []string
	MaxAttempts int
}

// tries returns how often a state tries an error again: the first that fits counts.
func tries(retriers []retrier, name string) int {
	for _, r := range retriers {
		if slices.Contains(r.ErrorEquals, name) || slices.Contains(r.ErrorEquals, "States.ALL") {
			return r.MaxAttempts
		}
	}
	return 0
}

// TestHopelessStepsAreNotTriedAgain shows that the state machine gives up at once on what
// no second try would mend: an input that is not understood, and a run that another
// version began. functions/fullsync has the errors.
func TestHopelessStepsAreNotTriedAgain(t *testing.T) {
	type states map[string]struct {
		Parameters    struct{ Payload struct{ Step string } }
		Retry         []retrier
		ItemProcessor struct{ States json.RawMessage }
	}
	var machine struct{ States states }
	if err := json.Unmarshal([]byte(definition), &machine); err != nil {
		t.Fatal(err)
	}
	hopeless := map[string]string{"start": "RefusedInput"}
	for _, step := range []string{"groups", "walk", "conclude", "sweep", "finish", "await"} {
		hopeless[step] = "OtherVersion"
	}
	met := map[string]string{}
	var check func(states)
	check = func(all states) {
		for _, state := range all {
			if step := state.Parameters.Payload.Step; hopeless[step] != "" {
				met[step] = hopeless[step]
				if got := tries(state.Retry, hopeless[step]); got != 0 {
					t.Errorf("step %s: the error %s is tried again %d times, want never", step, hopeless[step], got)
				}
				if got := tries(state.Retry, "Lambda.Unknown"); got == 0 {
					t.Errorf("step %s: an error that may pass is not tried again", step)
				}
			}
			if state.ItemProcessor.States != nil {
				var inner states
				if err := json.Unmarshal(state.ItemProcessor.States, &inner); err != nil {
					t.Fatal(err)
				}
				check(inner)
			}
		}
	}
	check(machine.States)
	if diff := cmp.Diff(hopeless, met); diff != "" {
		t.Errorf("steps: -want +got\n%s", diff)
	}
}

// TestSixHours shows how many changes a run queues at most.
func TestSixHours(t *testing.T) {
	for _, tt := range []struct {
		name                 string
		perSecond, perMinute int
		want                 int
	}{
		{"the default", 20, 0, 432_000},
		{"a slower rate by the minute", 20, 150, 54_000},
		{"a faster rate by the minute", 20, 3000, 432_000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t1 := target.Target{PerSecond: tt.perSecond, PerMinute: tt.perMinute}
			if got := sixHours(t1); got != tt.want {
				t.Errorf("sixHours = %d, want %d", got, tt.want)
			}
		})
	}
}

// TestReads shows that a run may make the calls that it makes, and that only a run
// that removes users may make a user billable.
func TestReads(t *testing.T) {
	of := func(removes bool, groups ...string) target.Target {
		return target.Target{Target: setting.Target{Removals: setting.Removals{InRuns: removes}, Scope: setting.Scope{Groups: groups}}}
	}
	for _, tt := range []struct {
		name    string
		targets []target.Target
		want    []string
	}{
		{"everybody", []target.Target{of(true)}, []string{"ListUsers", "DescribeUserPool", "AdminGetUser"}},
		{"everybody, nobody removed", []target.Target{of(false)}, []string{"ListUsers", "DescribeUserPool"}},
		{"members", []target.Target{of(true, "a")}, []string{"ListUsersInGroup", "AdminGetUser", "AdminListGroupsForUser"}},
		{"members, nobody removed", []target.Target{of(false, "a", "b")}, []string{"ListUsersInGroup"}},
		{"both", []target.Target{of(true), of(true, "a")},
			[]string{"ListUsers", "DescribeUserPool", "ListUsersInGroup", "AdminGetUser", "AdminListGroupsForUser"}},
		{"both, members never removed", []target.Target{of(true), of(false, "a")},
			[]string{"ListUsers", "DescribeUserPool", "ListUsersInGroup", "AdminGetUser"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for i := range tt.want {
				tt.want[i] = "cognito-idp:" + tt.want[i]
			}
			if diff := cmp.Diff(tt.want, reads(tt.targets)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
