package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// retarget changes what a run is told of its targets.
func (w world) retarget(change func(targets []map[string]any) []map[string]any) {
	w.t.Helper()
	f, err := w.stack.Functions.Describe("fullsync")
	w.check(err)
	var targets []map[string]any
	w.check(json.Unmarshal([]byte(f.Environment["TARGETS"]), &targets))
	text, err := json.Marshal(change(targets))
	w.check(err)
	f.Environment["TARGETS"] = string(text)
	w.check(w.stack.Functions.Deploy(f))
}

// starts notes the executions that state machines ask for, and answers in AWS's place, so
// that the test can carry them out one after the other.
type starts struct {
	mu     sync.Mutex // guards inputs
	inputs []string
}

func (s *starts) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".StartExecution") {
			next.ServeHTTP(w, r)
			return
		}
		var in struct{ StateMachineArn, Input string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || !strings.HasSuffix(in.StateMachineArn, "FullsyncStateMachine") {
			http.Error(w, fmt.Sprint("start of ", in.StateMachineArn, ": ", err), http.StatusBadRequest)
			return
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.inputs = append(s.inputs, in.Input)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		fmt.Fprint(w, `{"executionArn":"`+strings.Replace(in.StateMachineArn, ":stateMachine:", ":execution:", 1)+`:next","startDate":1700000000.0}`)
	})
}

// take returns what was asked for since the last time.
func (s *starts) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	inputs := s.inputs
	s.inputs = nil
	return inputs
}

// TestRunFollowsRun shows that the template's state machine waits until what a run has
// queued is delivered, and asks for the next run, until nothing is left.
func TestRunFollowsRun(t *testing.T) {
	var next starts
	s := start(t, WithWait(time.Second), WithGate(next.gate))
	w := newWorld(t, s)
	w.create("a", 25)
	w.retarget(func(targets []map[string]any) []map[string]any {
		targets[1]["sixHours"] = 10
		return targets[1:] // UserHub alone
	})
	input := "{}"
	for _, want := range []reconcile.Counts{
		{Tally: plan.Tally{Walked: 25}, New: 10, Left: 15},
		{Tally: plan.Tally{Walked: 25, Known: 10}, New: 10, Left: 5},
		{Tally: plan.Tally{Walked: 25, Known: 20}, New: 5},
	} {
		if got := w.counts(input); got != want {
			t.Errorf("run with the input %s: got %+v, want %+v", input, got, want)
		}
		inputs, follows := next.take(), []string(nil)
		if want.Left > 0 {
			follows = []string{`{"targets":["userhub"]}`}
		}
		if diff := cmp.Diff(follows, inputs); diff != "" {
			t.Fatalf("runs that follow, by their inputs: -want +got\n%s", diff)
		}
		input = strings.Join(inputs, "")
	}
	w.disagree()
}

// TestTwoTargets takes two targets, one limited to a group, through the state machine.
func TestTwoTargets(t *testing.T) {
	s := start(t)
	w := newWorld(t, s)
	users := w.create("a", 5)
	_, err := w.pools.CreateGroup(t.Context(), &cognitoidentityprovider.CreateGroupInput{UserPoolId: &w.pool, GroupName: aws.String("staff")})
	w.check(err)
	for _, username := range users[:2] {
		_, err := w.pools.AdminAddUserToGroup(t.Context(), &cognitoidentityprovider.AdminAddUserToGroupInput{
			UserPoolId: &w.pool, Username: &username, GroupName: aws.String("staff"),
		})
		w.check(err)
	}
	w.retarget(func(targets []map[string]any) []map[string]any {
		targets[0]["groups"] = []string{"staff"}
		return targets
	})
	output, err := w.run(`{"dryRun":true}`)
	w.check(err)
	var summary reconcile.Summary
	w.check(json.Unmarshal([]byte(output), &summary))
	if a, b := summary.ByTarget["userhub"], summary.ByTarget["feed"]; a.New != 5 || b.New != 2 || len(b.Sample) != 2 {
		t.Errorf("got %s, want 5 new users for one and 2 for the other", output)
	}

	if got := w.counts(`{"targets":["userhub"]}`); got.New != 5 {
		t.Errorf("a run for one target: got %+v, want 5 new users", got)
	}
	_, err = w.run(`{"targets":["third"]}`)
	if want := `there is no target`; !errors.Is(err, ErrExecution) || !strings.Contains(err.Error(), want) {
		t.Errorf("a run for a target that there is not: got error %v, want %q", err, want)
	}
	w.retarget(func(targets []map[string]any) []map[string]any {
		targets[0]["groups"] = []string{"misspelt"}
		return targets
	})
	_, err = w.run(`{}`)
	if want := `TargetOut: feed: group misspelt`; !errors.Is(err, ErrExecution) || !strings.Contains(err.Error(), want) {
		t.Errorf("a run with a group that there is not: got error %v, want %q", err, want)
	}
	w.disagree()
}
