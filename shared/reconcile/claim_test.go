package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/reconcile/reconciletest"
	"github.com/poolsync/poolsync/shared/userhub"
)

// creating is a target with claims, with the world's failures.
type creating struct {
	reconciletest.Creator
	w *world
}

func (c creating) Fingerprint(u directory.User) directory.Fingerprint { return c.w.Fingerprint(u) }

func (c creating) Deliver(ctx context.Context, d reconcile.Delivery) (remote reconcile.Remote, err error) {
	fault := c.w.do("target.Deliver", func() error {
		if _, there := c.w.pool.User(d.Sub); there && c.w.inScope(d.Sub) && d.Kind == directory.Removed {
			c.w.t.Errorf("the target was told to remove %s, who is there", d.Sub)
		}
		switch {
		case c.w.refuses[d.Sub]:
			return fmt.Errorf("%w: because", reconcile.ErrRejected)
		case c.w.blocks[d.Sub]:
			return fmt.Errorf("%w: because", reconcile.ErrBlocked)
		}
		remote, err = c.Creator.Deliver(ctx, d)
		return err
	})
	if fault != nil {
		return reconcile.Remote{}, fault
	}
	return remote, nil
}

// newCreating returns a world whose target has claims.
func newCreating(t *testing.T, pool *cognitotest.Pool) (*world, creating) {
	w := newWorld(t, pool)
	target := creating{reconciletest.NewCreator(), w}
	w.as = target
	return w, target
}

// agree fails the test if pool and target do not hold the same users, each once, or if
// the ledger does not say so.
func (c creating) agree(when string) {
	c.w.t.Helper()
	users, err := c.Users()
	if err != nil {
		c.w.t.Fatalf("%s: %v", when, err)
	}
	c.w.held = users // for the world to compare
	c.w.agree(when)
	for _, sub := range c.w.subs() {
		if e, _ := c.w.ledger.Entry(c.w.t.Context(), sub); c.w.inScope(sub) && (e.Claimed() || !e.Delivered() || e.RemoteID == "") {
			c.w.t.Errorf("%s: the ledger holds %+v, want a confirmation", when, e)
		}
	}
}

// event is an event about a user that another delivery has nothing to do with.
func event(sub string) directory.Change {
	return directory.Change{ID: directory.NewChangeID(), Kind: directory.Changed, Origin: directory.CloudTrail, Sub: sub, ObservedAt: time.Now()}
}

// failOnce makes the next call of that name fail, after its effect if it is lost.
func failOnce(name string, fault error, lost bool) func(int, string) (error, bool) {
	done := false
	return func(_ int, call string) (error, bool) {
		if call != name || done {
			return nil, false
		}
		done = true
		return fault, lost
	}
}

// TestClaims has the first delivery of a new user fail in some way. The next one, of the
// same change or of another, creates nobody twice.
func TestClaims(t *testing.T) {
	const again, throttled = reconcile.Unavailable, reconcile.Throttled
	for _, tt := range []struct {
		name    string
		failing string // call that fails
		fault   error
		lost    bool              // the call takes effect all the same
		first   reconcile.Verdict // of the first delivery
		writes  int               // of the first delivery
		same    bool              // the next delivery is of the same change
		after   time.Duration     // when it is
		second  reconcile.Verdict
		looks   bool // the target is told to look, by then
	}{
		{name: "nothing fails", first: reconcile.Accepted, writes: 2, second: reconcile.Accepted},
		{name: "the claim cannot be written", failing: "ledger.Claim", fault: errors.New("down"), first: again, second: reconcile.Accepted},
		{name: "the claim's answer is lost", failing: "ledger.Claim", fault: errors.New("lost"), lost: true, first: again, writes: 1,
			same: true, second: reconcile.Accepted, looks: true},
		{name: "the confirmation is lost, the same change", failing: "ledger.Confirm", fault: errors.New("down"), first: again, writes: 1,
			same: true, second: reconcile.Accepted, looks: true},
		{name: "the confirmation is lost, another change", failing: "ledger.Confirm", fault: errors.New("down"), first: again, writes: 1,
			second: throttled},
		{name: "the confirmation is lost, another change a quarter of an hour later", failing: "ledger.Confirm", fault: errors.New("down"), first: again, writes: 1,
			after: 15 * time.Minute, second: reconcile.Accepted, looks: true},
		{name: "the target's answer is lost, the same change", failing: "target.Deliver", fault: reconcile.ErrUnavailable, lost: true, first: again, writes: 1,
			same: true, second: reconcile.Accepted, looks: true},
		{name: "the target's answer is lost, another change", failing: "target.Deliver", fault: reconcile.ErrUnavailable, lost: true, first: again, writes: 1,
			second: throttled},
		{name: "throttled, another change", failing: "target.Deliver", fault: reconcile.ErrThrottled, first: throttled, writes: 2,
			second: reconcile.Accepted, looks: true},
		{name: "refused, though created, another change", failing: "target.Deliver", fault: reconcile.ErrBlocked, lost: true, first: reconcile.Accepted, writes: 2,
			after: time.Hour, second: reconcile.Accepted, looks: true},
	} {
		bubble(t, tt.name, func(t *testing.T) {
			w, target := newCreating(t, cognitotest.New())
			sub := w.pool.Add("jane", map[string]string{"email": "jane@example.com"})
			c := event(sub)
			w.strike(failOnce(tt.failing, tt.fault, tt.lost))
			_, err := w.deliverer().Deliver(t.Context(), c)
			if got := reconcile.VerdictOf(err); got != tt.first || w.ledger.Writes() != tt.writes {
				t.Errorf("the first delivery: %s with %d writes, %v; want %s with %d", got, w.ledger.Writes(), err, tt.first, tt.writes)
			}
			time.Sleep(tt.after) // the test's own clock
			told := len(target.Told())
			if !tt.same {
				rename(w.pool, sub)
				time.Sleep(time.Second)
				c = event(sub)
			}
			_, err = w.deliverer().Deliver(t.Context(), c)
			if got := reconcile.VerdictOf(err); got != tt.second {
				t.Errorf("the second delivery: %s, %v; want %s", got, err, tt.second)
			}
			if tt.second != reconcile.Accepted {
				if !errors.Is(err, reconcile.ErrClaimed) || len(target.Told()) != told {
					t.Errorf("the target was told under another's claim: %v", err)
				}
				return
			}
			if last := target.Told()[len(target.Told())-1]; last.Claimed != tt.looks {
				t.Errorf("the target is told to look: %t, want %t", last.Claimed, tt.looks)
			}
			target.agree("after the second delivery")
		})
	}
}

// TestTwoClaimAtOnce has two deliveries of a new user under way at the same time: the
// second leaves the creation to the first, and brings its own state afterwards.
func TestTwoClaimAtOnce(t *testing.T) {
	bubble(t, "two", func(t *testing.T) {
		w, target := newCreating(t, cognitotest.New())
		sub := w.pool.Add("jane", nil)
		first := event(sub)
		var meanwhile error
		w.as = &interrupted{FullTarget: target, by: func() {
			rename(w.pool, sub)
			_, meanwhile = w.deliverer().Deliver(t.Context(), event(sub))
		}}
		if got, err := w.deliverer().Deliver(t.Context(), first); got != reconcile.Delivered || err != nil {
			t.Errorf("the first: %q, %v; want it delivered", got, err)
		}
		if !errors.Is(meanwhile, reconcile.ErrClaimed) || !errors.Is(meanwhile, reconcile.ErrThrottled) {
			t.Errorf("the second, meanwhile: %v, want ErrClaimed", meanwhile)
		}
		if got, err := w.deliverer().Deliver(t.Context(), event(sub)); got != reconcile.Delivered || err != nil {
			t.Errorf("the second, later: %q, %v; want it delivered", got, err)
		}
		target.agree("after both")
	})
}

// interrupted is a target on whose way something happens, once.
type interrupted struct {
	reconcile.FullTarget
	by func()
}

func (i *interrupted) Deliver(ctx context.Context, d reconcile.Delivery) (reconcile.Remote, error) {
	if by := i.by; by != nil {
		i.by = nil
		by()
	}
	return i.FullTarget.Deliver(ctx, d)
}

// TestClaimsCostNothingElse shows that a target without claims, as UserHub is, has one
// write for a creation as ever, and one with claims has one for whatever follows.
func TestClaimsCostNothingElse(t *testing.T) {
	bubble(t, "writes", func(t *testing.T) {
		w := newWorld(t, cognitotest.New())
		w.as = natured{w, userhub.NewClient(nil, "conn_test").Nature()}
		w.pool.Add("jane", nil)
		w.sync(reconcile.Request{ID: "first"})
		if claims := w.ledger.Calls(ledgertest.Claim, ledgertest.EndClaim); w.ledger.Writes() != 1 || claims != 0 || w.told[0].Claimed {
			t.Errorf("without claims: %d writes and %d claims for a creation, want 1 and 0", w.ledger.Writes(), claims)
		}
	})
	bubble(t, "with claims", func(t *testing.T) {
		w, target := newCreating(t, cognitotest.New())
		sub := w.pool.Add("jane", nil)
		w.sync(reconcile.Request{ID: "first"})
		before := w.ledger.Writes()
		rename(w.pool, sub)
		w.sync(reconcile.Request{ID: "second"})
		if writes := w.ledger.Writes() - before; before != 2 || writes != 1 {
			t.Errorf("%d writes for a creation and %d for a change, want 2 and 1", before, writes)
		}
		w.pool.Delete(sub)
		w.pool.Add("joe", nil)
		w.sync(reconcile.Request{ID: "third", AllowRemovals: true})
		target.agree("in the end")
	})
}

// TestClaimedWhoLeaves shows that whoever was created without the ledger knowing, and
// leaves before anybody tries again, does not stay at the target: an event says so once
// the claim has expired, or a run finds out.
func TestClaimedWhoLeaves(t *testing.T) {
	for _, tt := range []struct {
		name  string
		leave func(w *world, sub string)
	}{
		{"deleted", func(w *world, sub string) { w.pool.Delete(sub) }},
		{"out of the groups", func(w *world, sub string) { w.leave(sub) }},
	} {
		lost := func(t *testing.T) (*world, creating, string) {
			w, target := newCreating(t, cognitotest.New(cognitotest.Users(20)))
			w.settings.Groups = []string{"staff"}
			w.join("staff", w.subs()...)
			w.sync(reconcile.Request{ID: "first"})
			sub := w.pool.Add("jane", nil)
			w.join("staff", sub)
			w.strike(failOnce("ledger.Confirm", errors.New("down"), false))
			if _, err := w.deliverer().Deliver(t.Context(), event(sub)); err == nil {
				t.Fatal("the confirmation was not lost")
			}
			w.strike(nil)
			time.Sleep(time.Second) // the test's own clock
			tt.leave(w, sub)
			return w, target, sub
		}
		bubble(t, tt.name+", an event", func(t *testing.T) {
			w, target, sub := lost(t)
			leaves := event(sub)
			if _, err := w.deliverer().Deliver(t.Context(), leaves); !errors.Is(err, reconcile.ErrClaimed) {
				t.Errorf("while the creation may be under way: %v, want ErrClaimed", err)
			}
			time.Sleep(15 * time.Minute)
			if got, err := w.deliverer().Deliver(t.Context(), leaves); got != reconcile.Dropped || err != nil {
				t.Errorf("afterwards: %q, %v; want it removed", got, err)
			}
			target.agree("after the event")
		})
		bubble(t, tt.name+", a run", func(t *testing.T) {
			w, target, _ := lost(t)
			time.Sleep(time.Hour)
			got := w.sync(reconcile.Request{ID: "second"})
			if got.Known != 21 || got.Missing != 1 || got.Removed != 1 {
				t.Errorf("%+v, want one of 21 missing and removed", got.Counts)
			}
			target.agree("after the run")
		})
	}
}

// TestRandomClaims draws histories of a target with claims in which any call fails, before
// or after its effect, changes are delivered in any order, and queues are purged. In the
// end it holds everybody once and nobody else.
func TestRandomClaims(t *testing.T) {
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	for i := range *histories {
		s := first + uint64(i)
		t.Run(fmt.Sprintf("seed %d", s), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { playClaims(t, rand.New(rand.NewPCG(s, 2))) })
			if t.Failed() {
				t.Fatalf("go test ./shared/reconcile -run TestRandomClaims -seed %d -histories 1", s)
			}
		})
	}
}

func playClaims(t *testing.T, random *rand.Rand) {
	w, target := newCreating(t, cognitotest.New(cognitotest.Users(10)))
	w.settings.MaxBacklog = 1000
	faults := rand.New(rand.NewPCG(random.Uint64(), 3))
	fails := func(_ int, call string) (error, bool) {
		if call == "ledger.Claim" || call == "ledger.EndClaim" || call == "ledger.Confirm" || call == "ledger.Reject" || call == "ledger.Forget" ||
			call == "ledger.MarkLeaving" || call == "target.Deliver" {
			if faults.IntN(4) == 0 {
				kinds := []error{reconcile.ErrUnavailable, reconcile.ErrThrottled, reconcile.ErrBlocked, reconcile.ErrRejected}
				return kinds[faults.IntN(len(kinds))], faults.IntN(2) == 0
			}
		}
		return nil, false
	}
	for run := range 6 {
		w.strike(fails)
		for range random.IntN(12) {
			time.Sleep(time.Duration(random.IntN(600)) * time.Second) // on the test's clock
			subs := w.subs()
			sub := subs[random.IntN(len(subs))]
			switch random.IntN(3) {
			case 0:
				sub = w.pool.Add(fmt.Sprint("newcomer-", random.Uint32()), nil)
			case 1:
				if len(subs) > 5 {
					w.pool.Delete(sub)
				}
			default:
				w.pool.Edit(sub, func(u *directory.User) { u.Attributes["name"] = fmt.Sprint("Name ", random.Uint32()) })
			}
			w.queued = append(w.queued, event(sub))
			random.Shuffle(len(w.queued), func(i, j int) { w.queued[i], w.queued[j] = w.queued[j], w.queued[i] })
			if random.IntN(2) == 0 {
				w.drain()
			}
			if random.IntN(6) == 0 {
				w.queued = nil
			}
		}
		if random.IntN(2) == 0 {
			w.run(reconcile.Request{ID: fmt.Sprint("run-", run), AllowRemovals: true}) // fails or not
		}
		w.drain()
		time.Sleep(time.Hour)
	}
	w.strike(nil)
	w.drain()
	time.Sleep(6 * 24 * time.Hour) // a removal that was given up is missed again
	w.sync(reconcile.Request{ID: "last", AllowRemovals: true, RetryRejected: true})
	target.agree("in the end")
}
