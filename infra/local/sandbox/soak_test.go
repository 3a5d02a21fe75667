package sandbox

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// flaky fails one request to UserHub in twenty, each time in another way.
func flaky(seed uint64) func(userhubtest.Request) userhubtest.Fault {
	faults := []userhubtest.Fault{
		userhubtest.Fail(http.StatusInternalServerError, "INTERNAL"),
		userhubtest.FailPlain(http.StatusBadGateway),
		userhubtest.Throttle("1"),
		userhubtest.Reset(),
		userhubtest.LoseAnswer(),
	}
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(seed, 0)) // guarded by mu
	return func(userhubtest.Request) userhubtest.Fault {
		mu.Lock()
		defer mu.Unlock()
		if random.IntN(20) > 0 {
			return nil
		}
		return faults[random.IntN(len(faults))]
	}
}

// An administrator's changes, and a sign-in with every tenth, reach a flaky UserHub,
// although ingest and deliver are killed on the way. The emulator's queues allow no more;
// functions/deliver has a soak test with ten thousand. The test spends most of its time
// waiting for retries.
func TestSoak(t *testing.T) {
	const (
		people  = 40
		changes = 150
		kills   = 4
	)
	s := start(t)
	w := newWorld(t, s)
	random := rand.New(rand.NewPCG(7, 0))
	// Nothing else happens to those who leave: if an event is about somebody who is gone
	// everywhere, ingest keeps looking for a minute.
	leaving, users := w.create("leaving", changes/5), w.create("staying", people)
	person := addUsers(t, s, "a@example.com")["a@example.com"]
	w.counts("{}")
	w.pools = cognitoidentityprovider.NewFromConfig(s.Console())
	s.UserHub.Decide(flaky(11))
	signIns, killed := 0, map[string]int{}
	for i := range changes {
		user := users[random.IntN(len(users))]
		switch i % 5 {
		case 0:
			w.remove(leaving[i/5])
		case 1:
			users = append(users, w.create(fmt.Sprintf("coming-%d", i), 1)...)
		case 2:
			w.disable(user)
		default:
			w.rename(user, fmt.Sprintf("Name %d", i))
		}
		if i%10 == 0 {
			signIn(t, s, "a@example.com")
			signIns++
		}
		if i%(changes/kills) == changes/kills/2 {
			for _, name := range []string{"ingest", "userhub-deliver"} {
				killed[name] += s.Functions.Kill(name)
			}
		}
	}
	s.UserHub.Decide(nil)
	awaitNone(t, s, s.Backlog)
	w.disagree()

	told := 0
	for _, event := range s.UserHub.Events() {
		if event.Kind == "SIGNIN" && event.ExternalID == person {
			told++
		}
	}
	if killed["ingest"] == 0 || killed["userhub-deliver"] == 0 {
		t.Errorf("killed %v, want some of each", killed)
	}
	if told < signIns {
		t.Errorf("UserHub was told of %d sign-ins, want at least %d", told, signIns)
	}
	for _, id := range []string{"UserhubDeadLetterQueue", "FeedDeadLetterQueue", "EventsDeadLetterQueue"} {
		dead := queue.NewSender(sqs.NewFromConfig(s.AWS.Config()), s.Ref(id))
		if n, err := dead.Backlog(t.Context()); n != 0 || err != nil {
			t.Errorf("%s: got %d messages and error %v, want none", id, n, err)
		}
	}
}
