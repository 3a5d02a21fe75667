package reconcile_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

var (
	seed      = flag.Uint64("seed", 0, "seed of the random histories, 0 for another each time")
	histories = flag.Int("histories", 60, "how many random histories")
)

// TestRandomHistories draws histories of a pool with two targets, of which one, the first
// or the second, meets every kind of trouble, one after the other in random order: see
// [troubles]. Both are limited to groups or not, at random too, and the one in trouble may
// have claims: then its answers are lost too. Events come through or are lost. Whatever happens to that one,
//
//   - every run that the pool answers is carried out,
//   - the other is at the pool's state after every such run, and from then on after every
//     event, as soon as its own queue is empty, and
//   - in the end, once nothing fails any more, each target and each ledger is at the
//     pool's state in its scope.
//
// The world's targets also fail the test if they are told to remove somebody who is
// there and in their scope.
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
				t.Fatalf("go test ./shared/reconcile -run TestRandomHistories -seed %d -histories 1", s)
			}
		})
		if t.Failed() {
			return
		}
	}
}

// history is one random history.
type history struct {
	*fleet
	rand      *rand.Rand
	runs      int
	good, bad *world
	claims    bool // the bad target has them
	level     bool // the good target is at the pool's state
	heard     bool // events come through
}

func newHistory(t *testing.T, seed uint64) *history {
	random := rand.New(rand.NewPCG(seed, 0))
	estimate := []int{100, 3000}[random.IntN(2)]
	h := &history{rand: random, fleet: newFleet(t, cognitotest.New(cognitotest.Users(60), cognitotest.Estimate(estimate)), 2)}
	for i, groups := range [][][]string{{nil, nil}, {nil, {"staff"}}, {{"staff"}, nil}, {{"staff"}, {"staff", "beta"}}}[random.IntN(4)] {
		h.all[i].settings.Limits = unlimited
		h.scope(i, groups...)
	}
	i := random.IntN(2)
	h.good, h.bad = h.all[i], h.all[1-i]
	h.bad.settings.MaxBacklog = 10
	if random.IntN(2) == 0 {
		h.bad.settings.SixHours = 25
	}
	h.claims = random.IntN(2) == 0
	h.empty()
	return h
}

// unlimited lets every removal pass.
var unlimited = plan.Limits{Percent: 100, Count: 1000}

func (h *history) play() {
	for _, sub := range h.subs() {
		h.shuffle(sub)
	}
	for _, i := range h.rand.Perm(len(troubles)) {
		h.heard = h.rand.IntN(2) == 0
		h.someHappen()
		over := troubles[i].begin(h)
		for range 1 + h.rand.IntN(2) {
			h.someHappen()
			h.disturbedRun()
		}
		if over != nil {
			over()
		}
		if h.t.Failed() {
			h.t.Logf("the trouble was: %s", troubles[i].name)
			return
		}
	}
	h.settle()
}

// someHappen has some things happen in the pool. If the target that is well hears of
// each, it is at the pool's state after each.
func (h *history) someHappen() {
	for range h.rand.IntN(8) {
		time.Sleep(time.Minute) // on the test's clock
		sub := h.happen()
		if !h.heard {
			h.level = false
			continue
		}
		h.hear(sub)
		h.good.drain()
		if h.level {
			h.good.agree("after an event, beside one in trouble")
		}
	}
}

// hear queues for every target what an event says of a user.
func (h *history) hear(sub string) {
	for _, w := range h.all {
		if !w.away {
			c := directory.Change{ID: directory.NewChangeID(), Kind: directory.Changed, Origin: directory.CloudTrail, Sub: sub, ObservedAt: time.Now()}
			if _, there := h.pool.User(sub); !there {
				c.Kind = directory.Removed
			}
			w.queued = append(w.queued, c)
		}
	}
}

// shuffle puts a user into some groups.
func (h *history) shuffle(sub string) {
	for _, group := range []string{"staff", "beta"} {
		h.move(h.rand.IntN(3) > 0, group, sub)
	}
}

// happen changes something in the pool, about one user. Half of it is about the same few,
// who so leave and come back while something is still on its way.
func (h *history) happen() (sub string) {
	subs := h.subs()
	sub = subs[h.rand.IntN([]int{6, len(subs)}[h.rand.IntN(2)])]
	switch h.rand.IntN(6) {
	case 0:
		sub = h.pool.Add(fmt.Sprintf("newcomer-%d", h.rand.Uint32()), nil)
		h.shuffle(sub)
	case 1:
		if len(subs) > 20 { // a pool that empties removes nobody
			h.pool.Delete(sub)
		}
	case 2:
		h.pool.Edit(sub, func(u *directory.User) { u.Enabled = !u.Enabled })
	case 3:
		h.pool.Edit(sub, func(u *directory.User) { u.Attributes["name"] = fmt.Sprint("Name ", h.rand.Uint32()) })
	default:
		h.shuffle(sub)
	}
	return sub
}

var errRandom = errors.New("failed at random")

// disturbedRun carries out a run while one target is in trouble, and now and then the pool
// fails, and delivers what it can.
func (h *history) disturbedRun() {
	poolFails := h.rand.IntN(5) == 0
	before := h.world.fault
	if poolFails {
		h.strike(h.poolFault())
	}
	h.runs++
	request := reconcile.Request{ID: fmt.Sprint("run-", h.runs)}
	_, err := h.run(request)
	h.strike(before)
	h.drainAll()
	if !poolFails {
		if err != nil {
			h.t.Errorf("%s: %v, although the pool answered", request.ID, err)
		}
		h.good.agree(request.ID + ", beside one in trouble")
	}
	h.level = !poolFails
	time.Sleep(time.Hour) // on the test's clock: a dead run's lease expires
}

// poolFault returns a way in which the pool, and with it the first target, fails from some
// call on.
func (h *history) poolFault() func(int, string) (error, bool) {
	at := h.calls + 1 + h.rand.IntN(20)
	return func(n int, call string) (error, bool) {
		if n >= at && call != "ledger.Confirm" {
			return cognitotest.Denied(), false
		}
		return nil, false
	}
}

// settle lets runs follow one another with nothing failing, until nothing is left. Before,
// it lets the days pass after which a removal that was given up is missed again.
func (h *history) settle() {
	h.drainAll()
	time.Sleep(6 * 24 * time.Hour)
	for left := 1; left > 0; {
		h.runs++
		left = h.sync(reconcile.Request{ID: fmt.Sprint("run-", h.runs), RetryRejected: true}).Left
	}
	if target, ok := h.bad.as.(creating); ok {
		target.agree("in the end")
	}
	h.agreeAll("in the end")
	for _, w := range h.all {
		h.checkLedger(w)
	}
}

// checkLedger fails the test if a ledger does not hold the pool's state in its scope.
func (h *history) checkLedger(w *world) {
	var known []string
	err := w.ledger.Entries(h.t.Context(), "", func(e plan.Entry) error {
		user, there := w.pool.User(e.Sub)
		if !there || !w.inScope(e.Sub) || !e.Confirmed(w.Fingerprint(user)) {
			h.t.Errorf("target %s: the ledger holds %+v of a user who is there: %t, in scope: %t", w.settings.Name, e, there, w.inScope(e.Sub))
		}
		known = append(known, e.Sub)
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
	want := slices.DeleteFunc(w.subs(), func(sub string) bool { return !w.inScope(sub) })
	if !slices.Equal(want, known) {
		h.t.Errorf("target %s: the ledger knows %d users, want the %d in scope", w.settings.Name, len(known), len(want))
	}
}
