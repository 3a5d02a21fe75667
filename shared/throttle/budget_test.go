package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/throttle"
)

// standIn is a service and the table between the instances that call it, all on the
// test's clock.
type standIn struct {
	*ledgertest.Memory

	mu    sync.Mutex // guards what follows
	dice  *rand.Rand
	calls []time.Time
}

func newStandIn() *standIn {
	return &standIn{Memory: ledgertest.New(), dice: rand.New(rand.NewPCG(1, 2))}
}

// within sleeps for up to d.
func (s *standIn) within(d time.Duration) {
	s.mu.Lock()
	wait := time.Duration(s.dice.Int64N(int64(d)))
	s.mu.Unlock()
	time.Sleep(wait)
}

// Reserve takes the table up to 30 ms.
func (s *standIn) Reserve(ctx context.Context, class string, span time.Duration, floor, ceiling time.Time) (time.Time, bool, error) {
	s.within(15 * time.Millisecond)
	defer s.within(15 * time.Millisecond)
	return s.Memory.Reserve(ctx, class, span, floor, ceiling)
}

// call reaches the service after up to 400 ms, and is answered after as much again.
func (s *standIn) call() {
	s.within(400 * time.Millisecond)
	s.mu.Lock()
	s.calls = append(s.calls, time.Now())
	s.mu.Unlock()
	s.within(400 * time.Millisecond)
}

// most returns the most calls that came within any minute.
func (s *standIn) most() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.SortFunc(s.calls, time.Time.Compare)
	most, first := 0, 0
	for last, at := range s.calls {
		for at.Sub(s.calls[first]) >= time.Minute {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

// work has an instance call the service with so many workers until the time is up.
func (s *standIn) work(ctx context.Context, b *throttle.Budget, workers int) {
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for b.Wait(ctx) == nil {
				s.call()
			}
		})
	}
	all.Wait()
}

// perMinute is what a limit allows within a minute.
func perMinute(l throttle.Limit) int {
	if n := int(60 * l.PerSecond); l.PerMinute == 0 || n < l.PerMinute {
		return n
	}
	return l.PerMinute
}

// limits are of services large and small.
var limits = []throttle.Limit{
	{PerSecond: 20}, {PerSecond: 4, PerMinute: 150}, {PerSecond: 10, PerMinute: 10}, {PerSecond: 100, PerMinute: 3000},
}

// TestBudgetOfManyInstances has instances come and go for ten minutes, with work without
// end, some of which cannot wait: no minute at the service exceeds the limit, and what
// cannot wait does for seconds.
func TestBudgetOfManyInstances(t *testing.T) {
	for _, limit := range limits {
		for _, instances := range []int{1, 2, 7, 40} {
			t.Run(fmt.Sprintf("%v, %d instances", limit, instances), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newStandIn()
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
					defer cancel()
					var all sync.WaitGroup
					for range instances {
						all.Go(func() {
							for ctx.Err() == nil { // a new instance in the place of one that is killed
								s.within(time.Second)
								life, kill := context.WithTimeout(ctx, 3*time.Minute)
								s.work(life, throttle.NewBudget(s, "calls", limit, throttle.Bulk()), 40)
								kill()
							}
						})
					}
					urgent := throttle.NewBudget(s, "calls", limit)
					longest := time.Duration(0)
					all.Go(func() {
						for ctx.Err() == nil {
							time.Sleep(20 * time.Second)
							asked := time.Now()
							if urgent.Wait(ctx) == nil {
								longest = max(longest, time.Since(asked))
								s.call()
							}
						}
					})
					all.Wait()
					if got, want := s.most(), perMinute(limit); got > want {
						t.Errorf("%d calls within a minute, want at most %d", got, want)
					}
					if got, want := len(s.calls), perMinute(limit)*10*9/10; got < want {
						t.Errorf("%d calls in all, want at least %d: the instances keep each other from working", got, want)
					}
					// A second ahead, a second's worth, and the table. One call of a small service
					// takes more than a second.
					if want := 2200*time.Millisecond + time.Minute/time.Duration(perMinute(limit))*11/10; longest > want {
						t.Errorf("an urgent call waited for %v, want at most %v", longest, want)
					}
				})
			})
		}
	}
}

// TestBudgetOfALoneInstance shows that one instance reaches 95 % of the limit.
func TestBudgetOfALoneInstance(t *testing.T) {
	for _, limit := range limits {
		for name, opts := range map[string][]throttle.BudgetOption{"live": nil, "bulk": {throttle.Bulk()}} {
			t.Run(fmt.Sprintf("%v, %s", limit, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newStandIn()
					ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
					defer cancel()
					const workers = 50
					s.work(ctx, throttle.NewBudget(s, "calls", limit, opts...), workers)
					if got, want := len(s.calls), perMinute(limit)*20*95/100; got < want {
						t.Errorf("%d calls in 20 minutes, want at least %d", got, want)
					}
					if got, want := s.most(), perMinute(limit); got > want {
						t.Errorf("%d calls within a minute, want at most %d", got, want)
					}
					if got, most := s.Calls(ledgertest.Reserve), len(s.calls)+workers; got > most {
						t.Errorf("%d writes to the table for %d calls, want at most one each", got, len(s.calls))
					}
				})
			})
		}
	}
}

// TestBudgetHeldBack has the service ask one instance for a rest: it is heeded by all,
// but for what they have reserved already, and then all go on.
func TestBudgetHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, limit := newStandIn(), throttle.Limit{PerSecond: 20}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		var all sync.WaitGroup
		var told *throttle.Budget
		for range 5 {
			told = throttle.NewBudget(s, "calls", limit, throttle.Bulk())
			all.Go(func() { s.work(ctx, told, 10) })
			synctest.Wait()
		}
		time.Sleep(time.Minute)
		asked := time.Now()
		told.Backoff(30 * time.Second)
		all.Wait()
		// A second ahead, and a second's worth; then the way to the service.
		quiet, over := asked.Add(2500*time.Millisecond), asked.Add(30*time.Second)
		after := 0
		for _, at := range s.calls {
			if at.After(quiet) && at.Before(over) {
				t.Errorf("a call %v after the service asked for a rest of 30 s", at.Sub(asked))
			}
			if at.After(over) && at.Before(over.Add(time.Minute)) {
				after++
			}
		}
		if after < perMinute(limit)*9/10 {
			t.Errorf("%d calls in the minute after the rest, want the full rate", after)
		}
	})
}

// TestBudgetRests shows that an instance rests alone if the others cannot be told, and
// never longer than a message can be postponed.
func TestBudgetRests(t *testing.T) {
	for _, tt := range []struct {
		name  string
		asked time.Duration
		want  time.Duration
	}{
		{"a moment", 3 * time.Second, 3 * time.Second},
		{"until next week", 7 * 24 * time.Hour, 15 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStandIn()
				s.Inject(ledgertest.Fault{Op: ledgertest.HoldUntil, Call: 1, Err: errors.New("table is down")})
				b := throttle.NewBudget(s, "calls", throttle.Limit{PerSecond: 20})
				if err := b.Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				asked := time.Now()
				b.Backoff(tt.asked)
				if err := b.Wait(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := time.Since(asked); got < tt.want || got > tt.want+100*time.Millisecond {
					t.Errorf("the next call is let through after %v, want %v", got, tt.want)
				}
			})
		})
	}
}

// TestBudgetFails shows how Wait fails, at once, and that it uses up nothing then.
func TestBudgetFails(t *testing.T) {
	down, left := errors.New("table is down"), errors.New("left")
	for _, tt := range []struct {
		name  string
		limit throttle.Limit
		bulk  bool
		act   func(*testing.T, *standIn)
		ctx   func(context.Context) (context.Context, context.CancelFunc)
		want  error
	}{
		{name: "no rate", limit: throttle.Limit{}, want: throttle.ErrNoRate},
		{name: "the table is down", limit: throttle.Limit{PerSecond: 20}, want: down,
			act: func(_ *testing.T, s *standIn) {
				s.Inject(ledgertest.Fault{Op: ledgertest.Reserve, Call: 2, Err: down})
			}},
		{name: "the turn comes too late", limit: throttle.Limit{PerSecond: 20}, want: throttle.ErrDeadline, act: full},
		{name: "the turn comes too late for bulk work", limit: throttle.Limit{PerSecond: 20}, bulk: true, want: throttle.ErrDeadline, act: full},
		{name: "the caller has left", limit: throttle.Limit{PerSecond: 20}, want: left,
			ctx: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancelCause(ctx)
				cancel(left)
				return ctx, func() { cancel(nil) }
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStandIn()
				if tt.act != nil {
					tt.act(t, s)
				}
				var opts []throttle.BudgetOption
				if tt.bulk {
					opts = append(opts, throttle.Bulk())
				}
				b := throttle.NewBudget(s, "calls", tt.limit, opts...)
				before := stands(t, s)
				ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
				defer cancel()
				if tt.ctx != nil {
					var leave context.CancelFunc
					ctx, leave = tt.ctx(ctx)
					defer leave()
				}
				start := time.Now()
				if err := b.Wait(ctx); !errors.Is(err, tt.want) {
					t.Errorf("Wait error = %v, want %v", err, tt.want)
				}
				if got := time.Since(start); got > 50*time.Millisecond {
					t.Errorf("Wait took %v, want it to fail at once", got)
				}
				if got := stands(t, s); !got.Equal(before) {
					t.Errorf("the schedule went from %v to %v, want nothing used up", before, got)
				}
			})
		})
	}
}

// full has others reserve more than a caller can wait for.
func full(t *testing.T, s *standIn) {
	if err := s.HoldUntil(t.Context(), "calls", time.Now().Add(13*time.Second)); err != nil {
		t.Fatal(err)
	}
}

// stands returns where the schedule stands.
func stands(t *testing.T, s *standIn) time.Time {
	t.Helper()
	at, _, err := s.Memory.Reserve(t.Context(), "calls", 0, time.Unix(0, 0), time.Unix(1<<40, 0))
	if err != nil {
		t.Fatal(err)
	}
	return at
}
