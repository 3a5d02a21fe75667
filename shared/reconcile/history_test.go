package reconcile_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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
// or the second, fails in all ways at random: its ledger, its queue, the target itself; it
// is down, slow, and left things. Both are limited to groups or not, at random too.
// Whatever happens to that one,
//
//   - every run that the pool answers is carried out, and brings the other to the pool's
//     state at once, and
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
}

func newHistory(t *testing.T, seed uint64) *history {
	random := rand.New(rand.NewPCG(seed, 0))
	estimate := []int{100, 3000}[random.IntN(2)]
	h := &history{rand: random, fleet: newFleet(t, cognitotest.New(cognitotest.Users(60), cognitotest.Estimate(estimate)), 2)}
	for i, groups := range [][][]string{{nil, nil}, {nil, {"staff"}}, {{"staff"}, nil}, {{"staff"}, {"staff", "beta"}}}[random.IntN(4)] {
		h.all[i].settings.Limits = plan.Limits{Percent: 100, Count: 1000}
		h.scope(i, groups...)
	}
	i := random.IntN(2)
	h.good, h.bad = h.all[i], h.all[1-i]
	h.bad.settings.MaxBacklog = 10
	if random.IntN(2) == 0 {
		h.bad.settings.SixHours = 25
	}
	return h
}

func (h *history) play() {
	for _, sub := range h.subs() {
		h.shuffle(sub)
	}
	for range 8 {
		for range h.rand.IntN(12) {
			h.happen()
		}
		h.disturbedRun()
	}
	h.settle()
}

// shuffle puts a user into some groups. Whose removal a run has queued does not come back
// before it is delivered: a run's proof is not doubted, and the run after brings them back.
func (h *history) shuffle(sub string) {
	leaves := func(c directory.Change) bool { return c.Sub == sub && c.Kind == directory.Removed }
	if slices.ContainsFunc(slices.Concat(h.all[0].queued, h.all[1].queued), leaves) {
		return
	}
	for _, group := range []string{"staff", "beta"} {
		h.move(h.rand.IntN(3) > 0, group, sub)
	}
}

// happen changes something in the pool.
func (h *history) happen() {
	subs := h.subs()
	sub := subs[h.rand.IntN(len(subs))]
	switch h.rand.IntN(6) {
	case 0:
		h.shuffle(h.pool.Add(fmt.Sprintf("newcomer-%d", h.rand.Uint32()), nil))
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
}

var errRandom = errors.New("failed at random")

// disturbedRun carries out a run while one target fails, and now and then the pool, and
// delivers what it can.
func (h *history) disturbedRun() {
	poolFails := h.rand.IntN(5) == 0
	h.bad.strike(h.fault(h.bad))
	if poolFails {
		h.strike(h.poolFault())
	}
	h.runs++
	request := reconcile.Request{ID: fmt.Sprint("run-", h.runs)}
	_, err := h.run(request)
	h.good.strike(nil)
	if poolFails || h.rand.IntN(2) == 0 {
		h.bad.strike(nil)
	}
	h.drainAll()
	if !poolFails {
		if err != nil {
			h.t.Errorf("%s: %v, although the pool answered", request.ID, err)
		}
		h.good.agree(request.ID + ", beside one that fails")
	}
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

// fault returns a way to fail, or none. An answer of the target's that is lost, or cannot
// be recorded, is not among them: whoever was delivered so, and leaves before the next
// try, is delivery's concern and not the run's.
func (h *history) fault(w *world) func(int, string) (error, bool) {
	fails := h.anyFault(w)
	if fails == nil {
		return nil
	}
	return func(n int, call string) (error, bool) {
		err, lost := fails(n, call)
		switch call {
		case "ledger.Confirm", "ledger.Acquire", "ledger.Renew", "ledger.Release": // the last three are the pool's lease
			return nil, false
		}
		if strings.HasPrefix(call, "pool.") {
			return nil, false
		}
		return err, lost && call != "target.Deliver"
	}
}

// anyFault returns any way to fail, or none.
func (h *history) anyFault(w *world) func(int, string) (error, bool) {
	seed, from, often := h.rand.Uint64(), w.calls+h.rand.IntN(60), 1+h.rand.IntN(20)
	names := []string{"ledger.Entries", "queue.SendAll", "target.Deliver", "ledger.Forget", "ledger.MarkAbsent", "ledger.Candidates", "ledger.MarkLeaving", "queue.Backlog"}
	name := names[h.rand.IntN(len(names))]
	random := rand.New(rand.NewPCG(seed, 1))
	switch h.rand.IntN(5) {
	case 0:
		return nil
	case 1: // one call in so many, before or after its effect
		return func(int, string) (error, bool) {
			if random.IntN(often) == 0 {
				return errRandom, random.IntN(2) == 0
			}
			return nil, false
		}
	case 2: // everything from some call on
		return func(n int, _ string) (error, bool) {
			if n >= from {
				return errRandom, false
			}
			return nil, false
		}
	case 3: // the target is down
		return func(_ int, call string) (error, bool) {
			if call == "target.Deliver" {
				return errRandom, false
			}
			return nil, false
		}
	}
	return func(_ int, call string) (error, bool) { // all calls of a kind
		if call == name {
			return errRandom, false
		}
		return nil, false
	}
}

// settle lets runs follow one another with nothing failing, until nothing is left.
func (h *history) settle() {
	for _, w := range h.all {
		w.strike(nil)
	}
	h.drainAll()
	for left := 1; left > 0; {
		h.runs++
		left = h.sync(reconcile.Request{ID: fmt.Sprint("run-", h.runs)}).Left
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
