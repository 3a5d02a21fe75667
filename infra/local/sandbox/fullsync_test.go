package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// world is the pool's owner. No event reports what the owner does.
type world struct {
	t     *testing.T
	stack *Stack
	pools *cognitoidentityprovider.Client
	pool  string
}

func newWorld(t *testing.T, s *Stack) world {
	return world{t, s, cognitoidentityprovider.NewFromConfig(s.AWS.Config()), s.Ref("UserPool")}
}

func (w world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// create adds users and returns their user names.
func (w world) create(prefix string, n int) []string {
	w.t.Helper()
	var names []string
	for i := range n {
		email := fmt.Sprintf("%s-%02d@example.com", prefix, i)
		created, err := w.pools.AdminCreateUser(w.t.Context(), &cognitoidentityprovider.AdminCreateUserInput{
			UserPoolId: &w.pool, Username: &email, MessageAction: types.MessageActionTypeSuppress,
			UserAttributes: []types.AttributeType{{Name: aws.String("email"), Value: &email}},
		})
		w.check(err)
		names = append(names, aws.ToString(created.User.Username))
	}
	return names
}

func (w world) rename(username, name string) {
	w.t.Helper()
	_, err := w.pools.AdminUpdateUserAttributes(w.t.Context(), &cognitoidentityprovider.AdminUpdateUserAttributesInput{
		UserPoolId: &w.pool, Username: &username, UserAttributes: []types.AttributeType{{Name: aws.String("name"), Value: &name}},
	})
	w.check(err)
}

func (w world) disable(username string) {
	w.t.Helper()
	_, err := w.pools.AdminDisableUser(w.t.Context(), &cognitoidentityprovider.AdminDisableUserInput{UserPoolId: &w.pool, Username: &username})
	w.check(err)
}

func (w world) remove(usernames ...string) {
	w.t.Helper()
	for _, username := range usernames {
		_, err := w.pools.AdminDeleteUser(w.t.Context(), &cognitoidentityprovider.AdminDeleteUserInput{UserPoolId: &w.pool, Username: &username})
		w.check(err)
	}
}

// run carries out a run and waits until its changes are delivered.
func (w world) run(input string) (output string, err error) {
	w.t.Helper()
	output, err = w.stack.Execute(w.t.Context(), "FullsyncStateMachine", input)
	awaitEmptyQueue(w.t, w.stack)
	return output, err
}

// counts carries out a run that must succeed and returns what it found.
func (w world) counts(input string) reconcile.Counts {
	w.t.Helper()
	output, err := w.run(input)
	w.check(err)
	var summary reconcile.Summary
	w.check(json.Unmarshal([]byte(output), &summary))
	if summary.ByTarget != nil {
		return summary.ByTarget["userhub"].Counts
	}
	return summary.Counts
}

// agree expects pool and the copy that a consumer keeps by the bus's events to agree.
func (w world) agree() {
	w.t.Helper()
	await(w.t, w.stack, "events of the bus", func() bool {
		differ, err := w.stack.FeedDisagreements(w.t.Context())
		w.check(err)
		return len(differ) == 0
	})
}

// disagree expects pool and UserHub to agree about all users except these.
func (w world) disagree(want ...string) {
	w.t.Helper()
	got, err := w.stack.Disagreements(w.t.Context())
	w.check(err)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("users that pool and UserHub disagree about (-want +got):\n%s", diff)
	}
}

// The state machine is the template's; its steps are the real binaries.
func TestFullSync(t *testing.T) {
	s := start(t)
	w := newWorld(t, s)
	users := w.create("a", 70)

	if got, want := w.counts("{}"), (reconcile.Counts{Tally: plan.Tally{Walked: 70}, New: 70}); got != want {
		t.Errorf("first run: got %+v, want %+v", got, want)
	}
	w.disagree()

	w.agree()
	requests, lists, writes := len(s.UserHub.Requests()), s.Called("fullsync", "ListUsers"), s.Called("userhub-deliver", "PutItem")
	w.counts("{}")
	if got := len(s.UserHub.Requests()) - requests; got != 0 {
		t.Errorf("idle run: got %d requests to UserHub, want none", got)
	}
	if got := s.Called("fullsync", "AdminGetUser"); got != 0 {
		t.Errorf("idle run: got %d calls of AdminGetUser, want none", got)
	}
	if got := s.Called("fullsync", "ListUsers") - lists; got < 2 || got > 3 {
		t.Errorf("idle run: got %d calls of ListUsers, want two pages of 60 and one for the partition at most", got)
	}
	if got := s.Called("userhub-deliver", "PutItem") - writes; got != 0 {
		t.Errorf("idle run: got %d users written to the ledger, want none", got)
	}

	w.rename(users[0], "Renamed")
	w.disable(users[1])
	w.remove(users[2])
	w.create("b", 1)
	got := w.counts("{}")
	if got.New != 1 || got.Changed != 2 || got.Removed != 1 {
		t.Errorf("repair: got %+v, want one new, two changed, one removed", got)
	}
	w.disagree()

	gone := users[3:13]
	w.remove(gone...)
	w.rename(users[0], "Renamed again")
	_, err := w.run("{}")
	const cause = "FAILED: RemovalsHeld: feed: removals held: 10 of 70 users (14.3 %) exceed the limit of 10 %; " +
		"userhub: removals held: 10 of 70 users (14.3 %) exceed the limit of 10 %"
	if !errors.Is(err, ErrExecution) || !strings.HasSuffix(err.Error(), cause) {
		t.Errorf("mass removal: got error %v, want %q", err, cause)
	}
	w.disagree(gone...)

	requests = len(s.UserHub.Requests())
	if got := w.counts(`{"dryRun":true}`); got.Missing != 10 || got.Removed != 0 {
		t.Errorf("dry run: got %+v, want 10 missing and none removed", got)
	}
	if got := len(s.UserHub.Requests()) - requests; got != 0 {
		t.Errorf("dry run: got %d requests to UserHub, want none", got)
	}

	if got := w.counts(`{"allowRemovals":true}`); got.Removed != 10 {
		t.Errorf("guard lifted: got %+v, want 10 removed", got)
	}
	w.disagree()
	w.agree()

	_, err = w.run(`{"dryRun":true,"DRYRUN":false}`)
	if want := `FAILED: RefusedInput`; !errors.Is(err, ErrExecution) || !strings.Contains(err.Error(), want) {
		t.Errorf("an input in another case: got error %v, want %q", err, want)
	}
	tries := 0
	for _, line := range s.Functions.Logs("fullsync") {
		if strings.Contains(line.Text, "DRYRUN") && strings.Contains(line.Text, "step failed") {
			tries++
		}
	}
	if tries != 1 {
		t.Errorf("an input in another case: read %d times, want once", tries)
	}
}

// The first run is held in the middle of its walk until the second has ended. If it
// retries a request meanwhile, because no answer came, the retry is held too.
func TestTwoRunsAtOnce(t *testing.T) {
	walking, walk := make(chan struct{}), make(chan struct{})
	var first sync.Once
	s := start(t, WithGate(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".ListUsers") {
				first.Do(func() { close(walking) })
				<-walk
			}
			next.ServeHTTP(w, r)
		})
	}))
	w := newWorld(t, s)
	w.create("a", 3)
	s.Pause() // so that nobody else lists users
	var run errgroup.Group
	run.Go(func() error {
		_, err := s.Execute(t.Context(), "FullsyncStateMachine", "{}")
		return err
	})
	<-walking
	skipped, err := s.Execute(t.Context(), "FullsyncStateMachine", "{}")
	close(walk)
	const want = "another run is under way"
	if err != nil || !strings.Contains(skipped, want) {
		t.Errorf("second run: got %s and error %v, want %q", skipped, err, want)
	}
	if err := run.Wait(); err != nil {
		t.Errorf("first run: got error %v", err)
	}
	s.Resume()
	awaitEmptyQueue(t, s)
	w.disagree()
}
