package client_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
	"github.com/poolsync/poolsync/shared/scim/client"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
	"github.com/poolsync/poolsync/shared/scim/scimtest/reference"
)

var (
	seed      = flag.Uint64("seed", 0, "seed of the random histories, 0 for another each time")
	histories = flag.Int("histories", 30, "how many random histories")
)

// instances is how many functions deliver at once, each with a client of its own.
const instances = 10

// How long a change waits for its next try.
const (
	// hidden is for one whose instance was killed: the queue's visibility timeout.
	hidden = 3 * time.Minute
	// settled is for one of whose delivery the service may have been told: longer than
	// any request of these histories is on its way.
	settled = 30 * time.Second
)

// TestRandomHistories draws histories of a pool and a service that fails in every way at
// random, while ten instances deliver at once: requests and answers are lost, before and
// after their effect, an answer comes after its reader has given up, instances are killed,
// the ledger's writes get lost, and every change comes twice. Whatever happens,
//
//   - the service never has two users for one of the pool's,
//   - nobody is touched who was there before, and
//   - in the end, once nothing fails any more, the service is at the pool's state, and all
//     who left are inactive, or gone.
func TestRandomHistories(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	for i := range *histories {
		s := first + uint64(i)
		t.Run(fmt.Sprintf("seed %d", s), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { newHistory(t, s).play() })
			if t.Failed() {
				t.Fatalf("go test ./shared/scim/client -run TestRandomHistories -seed %d -histories 1", s)
			}
		})
		if t.Failed() {
			return
		}
	}
}

// history is one random history.
type history struct {
	t       *testing.T
	pool    *cognitotest.Pool
	ledger  *ledgertest.Memory
	service *scimtest.Server
	before  scimtest.User // who was there before
	each    []*reconcile.Deliverer
	leavers client.Leavers
	fenced  bool // the service has ETags

	mu       sync.Mutex // guards what follows
	rand     *rand.Rand
	queue    []directory.Change
	underWay int             // or to come back to the queue
	doubtful map[string]bool // subs of whom two states were told at the same time
	told     map[string]int  // by sub, how many deliveries are under way
	departed map[string]bool // subs of those who left
	vacant   []string        // their user names
	made     int
	again    int // of those who came under the name of another
	reused   int // of those who asked for a former user's account
}

func newHistory(t *testing.T, seed uint64) *history {
	h := &history{
		t: t, rand: rand.New(rand.NewPCG(seed, 0)), departed: map[string]bool{}, doubtful: map[string]bool{}, told: map[string]int{},
		pool: cognitotest.New(), ledger: ledgertest.New(),
	}
	kinds := []struct {
		profile   scim.Profile
		behaviour scimtest.Behaviour
	}{
		{scim.Generic, scimtest.Behaviour{}},
		{scim.Generic, scimtest.Behaviour{NoPatch: true, NoBody: true}},
		{scim.Generic, scimtest.Behaviour{LateIndex: 3, NoLocation: true}},
		{scim.OCI, scimtest.OCI},
		{scim.IdentityCenter, scimtest.IdentityCenter},
	}
	kind := kinds[h.rand.IntN(len(kinds))]
	h.leavers = []client.Leavers{client.Disable, client.Delete}[h.rand.IntN(2)]
	h.fenced = !kind.behaviour.NoETag
	server, transport := inMemory(t, kind.behaviour)
	h.service = server
	server.Add(`{"userName":"boss","active":true,"name":{"familyName":"Boss"},"emails":[{"type":"work","value":"boss@example.com"}]}`)
	h.before = server.Users()[0]
	for range instances {
		c := client.New(server.URL, client.Bearer(static(scimtest.Token)), kind.profile, mapping(t, kind.profile),
			client.WithTransport(transport), client.WithLeavers(h.leavers), client.WithReuse(h))
		h.each = append(h.each, reconcile.NewDeliverer(cognito.New(h.pool, cognitotest.ID), h.ledger, c, reconcile.Report, nil))
	}
	return h
}

// late reports whether a request may arrive when its sender has given up. Of a change that
// has no fence, because there are no ETags, it may not: it could undo a newer one.
func (h *history) late(r scimtest.Request) bool {
	switch r.Method {
	case http.MethodPatch:
		return h.fenced
	case http.MethodPut:
		return h.fenced && strings.HasPrefix(r.Path, "/Users/")
	}
	return true
}

// Vacant implements [client.Former].
func (h *history) Vacant(_ context.Context, sub string) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reused++
	return h.departed[sub], nil
}

func (h *history) play() {
	for range 6 {
		for range h.roll(12) {
			h.arriveOrChange()
		}
		h.drain(true)
		h.settle()
		for range h.roll(4) {
			h.leave()
		}
		h.drain(true)
		h.settle()
	}
}

func (h *history) roll(n int) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rand.IntN(n)
}

func (h *history) subs() []string {
	var subs []string
	for u := range h.pool.All() {
		subs = append(subs, u.Sub)
	}
	return slices.Sorted(slices.Values(subs))
}

// arriveOrChange changes something in the pool, and tells of it twice or thrice. One user
// has the address of somebody who was at the service before us.
func (h *history) arriveOrChange() {
	subs := h.subs()
	if len(subs) < 5 || h.roll(3) == 0 {
		sub := h.pool.Add(h.name(), map[string]string{"name": "Somebody New", "email": "boss@example.com", "email_verified": "true"})
		h.tell(sub)
		return
	}
	sub := subs[h.roll(len(subs))]
	h.pool.Edit(sub, func(u *directory.User) {
		switch h.roll(3) {
		case 0:
			u.Enabled = !u.Enabled
		case 1:
			u.Attributes["name"] = fmt.Sprint("Name ", h.roll(1e6))
		default:
			u.Attributes["email"] = fmt.Sprintf("mail-%d@example.com", h.roll(1e6))
		}
	})
	h.tell(sub)
}

// name returns a new user name, or one of somebody who has left.
func (h *history) name() string {
	if len(h.vacant) > 0 && h.roll(2) == 0 {
		name := h.vacant[0]
		h.vacant = h.vacant[1:]
		h.again++
		return name
	}
	h.made++
	return fmt.Sprint("user-", h.made)
}

// leave has somebody leave the pool.
func (h *history) leave() {
	subs := h.subs()
	if len(subs) == 0 {
		return
	}
	sub := subs[h.roll(len(subs))]
	u, _ := h.pool.User(sub)
	h.pool.Delete(sub)
	h.mu.Lock()
	h.departed[sub] = true
	h.vacant = append(h.vacant, u.Username)
	h.mu.Unlock()
	h.tell(sub)
}

// tell queues changes about a user, as events do.
func (h *history) tell(sub string) {
	time.Sleep(time.Millisecond) // the ledger tells observations apart by the millisecond
	for range 2 + h.roll(2) {
		h.put(h.observe(sub, directory.CloudTrail))
	}
}

// observe returns a change with what the pool shows now.
func (h *history) observe(sub string, origin directory.Origin) directory.Change {
	c := directory.Change{ID: directory.NewChangeID(), Kind: directory.Changed, Origin: origin, Sub: sub, ObservedAt: time.Now()}
	if u, there := h.pool.User(sub); there {
		c.Username, c.User = u.Username, &u
	} else {
		c.Kind, c.Gone = directory.Removed, true
	}
	return c
}

func (h *history) put(c directory.Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queue = append(h.queue, c)
}

// drain has all instances deliver until the queue is empty, while everything fails or not.
func (h *history) drain(failing bool) {
	h.service.Decide(func(r scimtest.Request) scimtest.Fault { return h.fault(r, failing) })
	if failing {
		for range h.roll(5) {
			h.ledger.Inject(ledgertest.Fault{Op: ledgertest.Confirm, Call: h.ledger.Calls(ledgertest.Confirm) + 1 + h.roll(10), Err: errTest, Lost: h.roll(2) == 0})
		}
	}
	var all sync.WaitGroup
	for _, d := range h.each {
		all.Go(func() {
			for h.deliver(d, failing) {
			}
		})
	}
	all.Wait()
}

// deliver takes a change from the queue and delivers it; if that fails, it comes back. It
// reports whether there may be more to do.
func (h *history) deliver(d *reconcile.Deliverer, failing bool) bool {
	c, waiting := h.takeOne()
	if c.ID == "" {
		time.Sleep(time.Second)
		return waiting
	}
	life := time.Minute
	if failing { // an instance may be killed at any moment
		life = time.Duration(1+h.roll(40_000)) * time.Millisecond
	}
	ctx, cancel := context.WithTimeout(h.t.Context(), life)
	defer cancel()
	_, err := d.Deliver(ctx, c)
	killed := ctx.Err() != nil
	h.mu.Lock()
	h.told[c.Sub]--
	h.mu.Unlock()
	switch {
	case killed:
		time.Sleep(hidden)
	case errors.Is(err, reconcile.ErrTold):
		time.Sleep(settled)
	case err != nil:
		time.Sleep(time.Second)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.underWay--
	if err != nil || killed {
		c.Tried = c.Tried || killed || errors.Is(err, reconcile.ErrTold)
		h.queue = append(h.queue, c)
	}
	return true
}

// takeOne returns any change of the queue, and whether any is waiting or under way.
func (h *history) takeOne() (directory.Change, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.queue) == 0 {
		return directory.Change{}, h.underWay > 0
	}
	i := h.rand.IntN(len(h.queue))
	c := h.queue[i]
	h.queue = slices.Delete(h.queue, i, i+1)
	h.underWay++
	h.told[c.Sub]++
	if h.told[c.Sub] > 1 {
		h.doubtful[c.Sub] = true
	}
	return c, true
}

// fault fails the test if anybody is there twice, and returns what happens to a request.
func (h *history) fault(r scimtest.Request, failing bool) scimtest.Fault {
	h.checkTwins()
	faults := []scimtest.Fault{
		scimtest.LoseAnswer(), scimtest.FailAfter(500), scimtest.FailAfter(504), scimtest.Garble(),
		scimtest.Reset(), scimtest.Hang(), scimtest.Throttle("1"), scimtest.ThrottlePlain(""),
		scimtest.Fail(500, ""), scimtest.FailPlain(502), scimtest.FailGateway(404), scimtest.Fail(401, ""), scimtest.Redirect("http://example.com/"),
	}
	if h.late(r) {
		faults = append(faults, scimtest.Delay(20*time.Second), scimtest.Delay(3*time.Second))
	}
	if !failing || h.roll(4) > 0 {
		return nil
	}
	return faults[h.roll(len(faults))]
}

func (h *history) checkTwins() {
	owners := map[string]string{}
	for _, u := range h.service.Users() {
		if twin, ok := owners[u.ExternalID]; ok && u.ExternalID != "" {
			h.t.Errorf("%s and %s are both for %s", twin, u.ID, u.ExternalID)
		}
		owners[u.ExternalID] = u.ID
	}
}

// settle tells of everybody once more, as a run does, with nothing failing, and compares.
// Of who is in doubt the fingerprint is cleared first, as a look for drift would: the engine
// does not notice that an older state was told, and confirmed, between a newer one and its
// confirmation.
func (h *history) settle() {
	time.Sleep(time.Minute) // what is still under way arrives
	for sub := range h.doubtful {
		e, err := h.ledger.Entry(h.t.Context(), sub)
		if err != nil {
			h.t.Fatal(err)
		}
		e.Fingerprint = directory.Fingerprint{}
		h.ledger.Seed(e)
	}
	clear(h.doubtful)
	for _, sub := range slices.Concat(h.subs(), slices.Sorted(maps.Keys(h.departed))) {
		h.put(h.observe(sub, directory.Sync))
	}
	h.drain(false)
	h.checkTwins()
	want, got := map[string]string{}, map[string]string{}
	for u := range h.pool.All() {
		want[u.Sub] = fmt.Sprint(u.Username, u.Enabled, u.Attributes["name"], u.Attributes["email"])
	}
	for _, u := range h.service.Users() {
		switch {
		case u.ID == h.before.ID:
			if diff := cmp.Diff(h.before, u); diff != "" {
				h.t.Errorf("somebody was touched who was there before: -was +is\n%s", diff)
			}
		case h.departed[u.ExternalID] && (u.Active || h.leavers == client.Delete):
			h.t.Errorf("%s has left, and is still there: active %t", u.ExternalID, u.Active)
		case !h.departed[u.ExternalID]:
			email := scim.Resource(u.Content).Text(scim.PathEmail)
			got[u.ExternalID] = fmt.Sprint(u.UserName, u.Active, u.Content["displayName"], email)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("pool and service differ: -pool +service\n%s", diff)
	}
	for sub := range want {
		e, err := h.ledger.Entry(h.t.Context(), sub)
		if err != nil || e.RemoteID == "" || e.Note != "created" {
			h.t.Errorf("the ledger holds %q and %q of %s, %v; want who was created", e.RemoteID, e.Note, sub, err)
		}
	}
}

// TestTenAtOnce has ten instances create one user at the same moment, and loses the first
// answers: there is one user all the same, whom all of them know.
func TestTenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, transport := inMemory(t, scimtest.Behaviour{})
		var lost sync.Mutex // guards left
		left := 5
		s.Decide(func(r scimtest.Request) scimtest.Fault {
			lost.Lock()
			defer lost.Unlock()
			if r.Method != http.MethodPost || left == 0 {
				return nil
			}
			left--
			return scimtest.LoseAnswer()
		})
		var all sync.WaitGroup
		ids := make(chan string, instances)
		for range instances {
			c := client.New(s.URL, client.Bearer(static(scimtest.Token)), scim.Generic, mapping(t, scim.Generic), client.WithTransport(transport))
			all.Go(func() { ids <- deliver(t, c, changed(janeDoe(), reconcile.Remote{})).ID })
		}
		all.Wait()
		close(ids)
		for id := range ids {
			if users := s.Users(); len(users) != 1 || users[0].ID != id {
				t.Errorf("an instance knows %q, and the service holds %d users", id, len(users))
			}
		}
	})
}

// TestTenAtOnceAtTheReference has ten instances bring twenty users to a real service at the
// same time, each in another order: nobody is there twice, and all know the same users.
func TestTenAtOnceAtTheReference(t *testing.T) {
	base := reference.ForTest(t, "")
	remotes := make([][]reconcile.Remote, instances)
	var all sync.WaitGroup
	for n := range instances {
		c := connect(t, base, scim.Generic)
		remotes[n] = make([]reconcile.Remote, 20)
		all.Go(func() {
			for _, i := range rand.New(rand.NewPCG(uint64(n), 0)).Perm(20) {
				remote, err := c.Deliver(t.Context(), changed(numbered(i), reconcile.Remote{}))
				if err != nil {
					t.Errorf("instance %d, user %d: %v", n, i, err)
				}
				remotes[n][i] = remote
			}
		})
	}
	all.Wait()
	for i := range 20 {
		is := show(t, base, fmt.Sprintf("sub-%d", i)) // fails if there are two
		for n := range instances {
			if want := (reconcile.Remote{ID: fmt.Sprint(is["id"]), Note: "created"}); remotes[n][i] != want {
				t.Errorf("instance %d knows user %d as %+v, want %+v", n, i, remotes[n][i], want)
			}
		}
	}
}
