package reconcile_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/reconcile/reconciletest"
)

// troubles are what befalls one target of a history while the other is well. Each begins,
// lasts for a run or two, and is over.
var troubles = []struct {
	name  string
	begin func(h *history) (over func())
}{
	{"fails at random", (*history).failsAtRandom},
	{"down for a day", (*history).downForADay},
	{"throttled", (*history).throttled},
	{"removals held", (*history).removalsHeld},
	{"bad records", (*history).badRecords},
	{"its queues purged", (*history).queuePurged},
	{"its ledger fails half-way", (*history).ledgerFailsHalfWay},
	{"taken away, and added again", (*history).takenAway},
	{"taken away and forgotten, and added anew", (*history).forgotten},
	{"pointed elsewhere", (*history).pointedElsewhere},
}

// failsAtRandom has any of the target's calls fail, before or after its effect.
func (h *history) failsAtRandom() func() {
	h.bad.strike(h.fault())
	return func() { h.bad.strike(nil) }
}

// fault returns a way to fail, or none, of the target's own calls. An answer that is lost,
// or cannot be recorded, is among them if the target has claims. At one without, who was
// delivered so, and leaves before the next try, stays.
func (h *history) fault() func(int, string) (error, bool) {
	fails, n := h.anyFault(), 0
	return func(_ int, call string) (error, bool) {
		switch call {
		case "ledger.Acquire", "ledger.Renew", "ledger.Release": // the pool's lease
			return nil, false
		}
		if strings.HasPrefix(call, "pool.") || call == "ledger.Confirm" && !h.claims {
			return nil, false
		}
		n++
		err, lost := fails(n, call)
		return err, lost && (call != "target.Deliver" || h.claims)
	}
}

// anyFault returns any way to fail.
func (h *history) anyFault() func(int, string) (error, bool) {
	from, often, random := h.rand.IntN(60), 1+h.rand.IntN(20), rand.New(rand.NewPCG(h.rand.Uint64(), 1))
	names := []string{"ledger.Entries", "queue.SendAll", "target.Deliver", "ledger.Confirm", "ledger.Claim", "ledger.Forget", "ledger.MarkAbsent", "ledger.Candidates", "ledger.MarkLeaving", "queue.Backlog"}
	name := names[h.rand.IntN(len(names))]
	switch h.rand.IntN(3) {
	case 0: // one call in so many, before or after its effect
		return func(int, string) (error, bool) {
			if random.IntN(often) == 0 {
				return errRandom, random.IntN(2) == 0
			}
			return nil, false
		}
	case 1: // everything from some call on
		return func(n int, _ string) (error, bool) {
			if n >= from {
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

// downForADay has the target answer nothing until a day has passed.
func (h *history) downForADay() func() {
	h.bad.strike(func(_ int, call string) (error, bool) {
		if call == "target.Deliver" {
			return fmt.Errorf("%w: down", reconcile.ErrUnavailable), false
		}
		return nil, false
	})
	return func() {
		time.Sleep(24 * time.Hour) // on the test's clock
		h.bad.strike(nil)
	}
}

// throttled has the target ask for a slower pace, most of the time.
func (h *history) throttled() func() {
	n := 0
	h.bad.strike(func(_ int, call string) (error, bool) {
		if call != "target.Deliver" {
			return nil, false
		}
		n++
		if n%4 == 0 {
			return nil, false
		}
		return fmt.Errorf("%w: slower", reconcile.ErrThrottled), false
	})
	return func() { h.bad.strike(nil) }
}

// removalsHeld lets the target's guard allow no removal.
func (h *history) removalsHeld() func() {
	h.bad.settings.Limits = plan.Limits{Count: h.rand.IntN(2) * 1000} // held as too many, or as too large a share
	began, told := time.Now(), len(h.toldFrom(h.bad, 0))
	return func() {
		for _, d := range h.toldFrom(h.bad, told) {
			if d.Kind == directory.Removed && d.Origin == directory.Sync && d.ObservedAt.After(began) {
				h.t.Errorf("a run removed %s, although removals are held", d.Sub)
			}
		}
		h.bad.settings.Limits = unlimited
	}
}

// badRecords has the target refuse some users for good, and some for now.
func (h *history) badRecords() func() {
	for _, sub := range h.subs() {
		switch h.rand.IntN(6) {
		case 0:
			h.bad.refuses[sub] = true
		case 1:
			h.bad.blocks[sub] = true
		}
	}
	return func() {
		clear(h.bad.refuses)
		clear(h.bad.blocks)
	}
}

// queuePurged loses whatever is on its way to the target, with what has died in its
// dead-letter queue.
func (h *history) queuePurged() func() {
	over := h.downForADay()
	return func() {
		h.bad.queued = nil
		over()
	}
}

// ledgerFailsHalfWay breaks off every reading of the target's ledger.
func (h *history) ledgerFailsHalfWay() func() {
	h.bad.breaksAt = 1 + h.rand.IntN(6)
	return func() { h.bad.breaksAt = 0 }
}

// takenAway takes the target out of the settings, with its queues. Its ledger stays, and
// so do the users that it holds.
func (h *history) takenAway() func() {
	h.bad.away, h.bad.queued = true, nil
	return func() { h.bad.away = false }
}

// forgotten also drops its ledger. The target is another one when it is added again,
// which holds nobody.
func (h *history) forgotten() func() {
	h.bad.former[h.bad.settings.LedgerName] = h.bad.ledger
	h.world.former = h.bad.former
	if _, err := h.engine().Former([]string{h.bad.settings.LedgerName}); err == nil {
		h.t.Error("a target in the settings can be forgotten")
	}
	over := h.takenAway()
	return func() {
		former, err := h.engine().Former([]string{h.bad.settings.LedgerName})
		for err == nil && len(former.Names) > 0 {
			former, err = h.engine().Forget(h.t.Context(), former)
		}
		if err != nil {
			h.t.Error(err)
		}
		h.empty()
		over()
	}
}

// pointedElsewhere has the target's name stand for another system, which inherits nothing
// but what is queued.
func (h *history) pointedElsewhere() func() {
	h.bad.settings.LedgerName += "'"
	h.bad.ledger = ledgertest.New()
	h.empty()
	return nil
}

// empty puts a system that holds nobody in the target's place.
func (h *history) empty() {
	h.bad.held, h.bad.told = make(map[string]directory.User), nil
	if h.claims {
		h.bad.as = creating{reconciletest.NewCreator(), h.bad}
	}
}

// toldFrom returns what a target was told after the first so many times.
func (h *history) toldFrom(w *world, n int) []reconcile.Delivery {
	if target, ok := w.as.(creating); ok {
		return target.Told()[n:]
	}
	return w.told[n:]
}
