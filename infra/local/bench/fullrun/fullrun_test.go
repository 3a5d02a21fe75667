package fullrun

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The benchmark runs this test for larger pools, and reads the result from the test's
// attribute. It is a test because only a test has a virtual clock.
var (
	users   = flag.Int("users", 5_000, "users in the pool")
	rate    = flag.Float64("rate", 30, "requests a second that a run may make of the pool")
	first   = flag.Bool("first", false, "measure the first run, instead of one that finds nothing")
	targets = flag.Int("targets", 1, "how many targets there are")
	share   = flag.Int("share", 0, "number of the share to measure")
	of      = flag.Int("of", 1, "how many shares there are")
)

func TestMeasure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, err := Measure(t.Context(), Case{Users: *users, Rate: *rate, First: *first, Targets: *targets, Share: *share, Of: *of})
		if err != nil {
			t.Fatal(err)
		}
		result, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Attr("result", string(result))
	})
}

// TestRuns shows that runs over a small pool, whole and in shares, do no more than they
// have to.
func TestRuns(t *testing.T) {
	const users = 5_000
	for _, tt := range []struct {
		name   string
		first  bool
		queued int
	}{
		{"first run", true, users},
		{"run that finds nothing", false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var whole, shares Result
			synctest.Test(t, func(t *testing.T) {
				measure := func(share, of int) Result {
					r, err := Measure(t.Context(), Case{Users: users, Rate: 30, First: tt.first, Share: share, Of: of})
					if err != nil {
						t.Fatal(err)
					}
					return r
				}
				whole, shares = measure(0, 1), measure(0, 2).Add(measure(1, 2))
			})
			whole.Took, shares.Took = 0, 0 // the last page's turn depends on when a run started
			if diff := cmp.Diff(whole, shares); diff != "" {
				t.Errorf("the sum of two shares: -whole +sum\n%s", diff)
			}
			if whole.Walked != users || whole.Queued != tt.queued || whole.Writes != 0 {
				t.Errorf("saw %d users, queued %d changes and wrote %d entries, want %d, %d and 0",
					whole.Walked, whole.Queued, whole.Writes, users, tt.queued)
			}
			// Start asks for the pool's size, and whether it can be split.
			if most := users/60 + 1 + 16 + 2; whole.PoolCalls > most {
				t.Errorf("%d calls of the pool, want %d at most", whole.PoolCalls, most)
			}
		})
	}
}

// TestFurtherTargets shows that further targets cost a run no call of the pool and next to
// no time: not by their ledgers, and not in a first run by their queues.
func TestFurtherTargets(t *testing.T) {
	const users = 5_000
	for _, first := range []bool{true, false} {
		t.Run(fmt.Sprint("first run ", first), func(t *testing.T) {
			measure := func(targets int) (r Result) {
				synctest.Test(t, func(t *testing.T) {
					var err error
					if r, err = Measure(t.Context(), Case{Users: users, Rate: 30, First: first, Targets: targets}); err != nil {
						t.Fatal(err)
					}
				})
				return r
			}
			one := measure(1)
			for _, n := range []int{2, 5} {
				many := measure(n)
				if many.PoolCalls != one.PoolCalls || many.Walked != n*users || many.Queued != n*one.Queued || many.LedgerReads != n*one.LedgerReads {
					t.Errorf("%d targets: %+v; one: %+v; want as many calls of the pool, and of the rest for each target as much", n, many, one)
				}
				if limit := one.Took * 105 / 100; many.Took > limit {
					t.Errorf("%d targets take %v, one %v; want 5 %% more at most", n, many.Took, one.Took)
				}
			}
		})
	}
}

// TestScaleOfTwo holds a run over 100,000 users to what it may cost: with two targets it
// asks the pool no more than with one, and takes no longer than 176 s at 10 requests a
// second. It finds nothing, and so queues and writes nothing. With five targets at the
// whole quota it reaches 95 % of what the quota allows.
func TestScaleOfTwo(t *testing.T) {
	const users = 100_000
	measure := func(c Case) (r Result) {
		c.Users = users
		synctest.Test(t, func(t *testing.T) {
			var err error
			if r, err = Measure(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		})
		if r.Walked != max(c.Targets, 1)*users || r.Queued != 0 || r.Writes != 0 {
			t.Errorf("%+v: saw %d users, queued %d changes and wrote %d entries, want everybody, 0 and 0", c, r.Walked, r.Queued, r.Writes)
		}
		return r
	}
	one, two := measure(Case{Rate: 10}), measure(Case{Rate: 10, Targets: 2})
	// Start asks for the pool's size, and whether it can be split.
	if most := (users+59)/60 + 16 + 2; one.PoolCalls > most || two.PoolCalls != one.PoolCalls {
		t.Errorf("%d calls of the pool with one target and %d with two, want as many, and %d at most", one.PoolCalls, two.PoolCalls, most)
	}
	if limit := 176 * time.Second; one.Took > limit || two.Took > limit {
		t.Errorf("a run takes %v with one target and %v with two, want %v at most", one.Took, two.Took, limit)
	}
	five := measure(Case{Rate: 30, Targets: 5})
	if perSecond := users / five.Took.Seconds(); perSecond < 0.95*30*60 {
		t.Errorf("%.0f users a second with five targets, want at least 95 %% of 1,800", perSecond)
	}
}

func TestRead(t *testing.T) {
	want := Result{Walked: 7, Took: 3}
	got, err := read("=== RUN   TestMeasure\n=== ATTR  TestMeasure result {\"Took\":3,\"Walked\":7}\n--- PASS: TestMeasure (0.05s)\nPASS\n")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("read: %v, -want +got\n%s", err, diff)
	}
	if _, err := read("PASS\n"); !errors.Is(err, errNoResult) {
		t.Errorf("read of nothing: %v, want errNoResult", err)
	}
}
