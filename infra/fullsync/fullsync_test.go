package fullsync

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/setting"
)

// TestRefusedInputIsNotRetried shows that the state machine gives up at once on an
// input that a retry would refuse too. functions/fullsync has the error.
func TestRefusedInputIsNotRetried(t *testing.T) {
	var machine struct {
		States struct {
			Start struct {
				Retry []struct {
					ErrorEquals []string
					MaxAttempts int
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(definition), &machine); err != nil {
		t.Fatal(err)
	}
	for _, retry := range machine.States.Start.Retry { // the first that fits counts
		if slices.Contains(retry.ErrorEquals, "RefusedInput") || slices.Contains(retry.ErrorEquals, "States.ALL") {
			if retry.MaxAttempts != 0 {
				t.Errorf("the error RefusedInput is retried %d times, want never", retry.MaxAttempts)
			}
			return
		}
	}
}

// TestReads shows that a run may make the calls that it makes, and that only a run
// that removes users may make a user billable.
func TestReads(t *testing.T) {
	for _, tt := range []struct {
		name    string
		removes bool
		groups  []string
		want    []string
	}{
		{"everybody", true, nil, []string{"ListUsers", "DescribeUserPool", "AdminGetUser"}},
		{"everybody, nobody removed", false, nil, []string{"ListUsers", "DescribeUserPool"}},
		{"members", true, []string{"a"}, []string{"ListUsersInGroup", "AdminGetUser", "AdminListGroupsForUser"}},
		{"members, nobody removed", false, []string{"a", "b"}, []string{"ListUsersInGroup"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			target := setting.Target{Removals: setting.Removals{InRuns: tt.removes}, Scope: setting.Scope{Groups: tt.groups}}
			for i := range tt.want {
				tt.want[i] = "cognito-idp:" + tt.want[i]
			}
			if diff := cmp.Diff(tt.want, reads(target)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}
