package reconcile_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestEveryFaultPoint makes each single call of a run and of the delivery of its
// changes fail, in every way, one after the other: to the pool, the ledger, the
// queue and the target. Whatever happens,
//
//   - nobody who is in the pool, and in the groups that the run is about, is removed
//     from the target (the world's target fails the test if it is told so), and
//   - the next undisturbed run makes pool and target agree.
func TestEveryFaultPoint(t *testing.T) {
	t.Run("everybody", func(t *testing.T) { everyFaultPoint(t) })
	t.Run("members of groups", func(t *testing.T) { everyFaultPoint(t, "staff", "beta") })
}

func everyFaultPoint(t *testing.T, groups ...string) {
	// way is how calls fail from the chosen one on.
	type way struct {
		name  string
		fault func(point int) func(n int, call string) (error, bool)
	}
	plain := errors.New("connection reset")
	// once fails the chosen call alone, lasting that one and all later ones.
	once := func(err error, lost bool) func(int) func(int, string) (error, bool) {
		return func(point int) func(int, string) (error, bool) {
			return func(n int, call string) (error, bool) {
				if n == point {
					return err, lost && !strings.HasPrefix(call, "pool.")
				}
				return nil, false
			}
		}
	}
	lasting := func(err error) func(int) func(int, string) (error, bool) {
		return func(point int) func(int, string) (error, bool) {
			return func(n int, _ string) (error, bool) {
				if n >= point {
					return err, false
				}
				return nil, false
			}
		}
	}
	ways := []way{
		{"fails once", once(plain, false)},
		{"loses its answer", once(plain, true)},
		{"is throttled once", once(cognitotest.Throttled(), false)},
		{"is denied once", once(cognitotest.Denied(), false)},
		{"fails with all after it", lasting(plain)},
		{"is throttled with all after it", lasting(cognitotest.Throttled())},
		{"is denied with all after it", lasting(cognitotest.Denied())},
		{"is the last before the process is killed", lasting(errKilled)},
	}
	points := 0
	bubble(t, "undisturbed", func(t *testing.T) {
		w := disturbed(t, groups)
		before := w.calls
		if _, err := w.run(reconcile.Request{ID: "second"}); err != nil {
			t.Fatal(err)
		}
		w.drain()
		w.agree("undisturbed")
		points = w.calls - before
	})
	if points < 60 {
		t.Fatalf("the run makes %d calls: too few for what it has to do", points)
	}
	t.Logf("%d calls, each failing in %d ways", points, len(ways))
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			for point := 1; point <= points; point++ {
				synctest.Test(t, func(t *testing.T) {
					w := disturbed(t, groups)
					w.fault = way.fault(w.calls + point)
					w.run(reconcile.Request{ID: "second"}) // may fail, must not harm
					w.drain()
					w.fault = nil
					w.drain()
					time.Sleep(time.Hour) // on the test's clock: a dead run's lease expires
					w.sync(reconcile.Request{ID: "third"})
					w.agree(fmt.Sprintf("call %d %s: after the next run", point, way.name))
					if t.Failed() {
						t.Fatalf("call %d %s", point, way.name)
					}
				})
			}
		})
	}
}

// disturbed returns a world with everything to do that a run can do, and with some
// users whom the listing leaves out although they are there. If there are groups, each
// user is in one but the last, who is in none, and another, who has just left.
func disturbed(t *testing.T, groups []string) *world {
	w := newWorld(t, cognitotest.New(cognitotest.Users(40), cognitotest.Estimate(3000)))
	w.settings.Groups = groups
	join := func(subs ...string) {
		for i, sub := range subs {
			if len(groups) > 0 {
				w.join(groups[i%len(groups)], sub)
			}
		}
	}
	subs := w.subs()
	join(subs[:39]...)
	refused := subs[20]
	w.refuses[refused] = true
	w.sync(reconcile.Request{ID: "first"})
	delete(w.refuses, refused)

	w.pool.Edit(refused, func(u *directory.User) { u.Attributes["name"] = "Better Name" })
	w.pool.Edit(subs[0], func(u *directory.User) { u.Attributes["email"] = "new@example.com" })
	w.pool.Edit(subs[1], func(u *directory.User) { u.Enabled = false })
	gone, _ := w.pool.User(subs[2])
	w.pool.Delete(subs[2])
	join(w.pool.Add(gone.Username, map[string]string{"email": "again@example.com"}))
	w.pool.Delete(subs[30])
	join(w.pool.Add("newcomer", map[string]string{"email": "n@example.com"}))
	w.leave(subs[5])
	w.pool.Hide(subs[10])
	w.pool.Hide(subs[11])
	return w
}
