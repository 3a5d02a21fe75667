package eventbus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/eventbustest"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// crowd returns a delivery of each of n users.
func crowd(n int, kind directory.Kind) []reconcile.Delivery {
	var deliveries []reconcile.Delivery
	for i := range n {
		u := jane(func(u *directory.User) { u.Sub = fmt.Sprintf("%08x-0000-4000-8000-000000000000", i) })
		deliveries = append(deliveries, hint(kind, directory.Trigger, 1, u))
	}
	return deliveries
}

// atOnce delivers side by side, each so much later than the last, and returns what
// became of each.
func atOnce(ctx context.Context, target reconcile.Target, apart time.Duration, deliveries ...reconcile.Delivery) []error {
	errs := make([]error, len(deliveries))
	var all sync.WaitGroup
	for i, d := range deliveries {
		all.Go(func() { _, errs[i] = target.Deliver(ctx, d) })
		time.Sleep(apart) // on the test's clock
	}
	all.Wait()
	return errs
}

// sizes returns how many entries each request had.
func sizes(bus *eventbustest.Bus) []int {
	var n []int
	for _, q := range bus.Requests() {
		n = append(n, len(q.Entries))
	}
	slices.Sort(n)
	return n
}

// TestDeliveriesShareRequests shows how many requests deliveries take that come at about
// the same time, and how long they wait for each other.
func TestDeliveriesShareRequests(t *testing.T) {
	hints, signUps := directory.Changed, directory.SignUp
	for _, tt := range []struct {
		name     string
		in       []reconcile.Delivery
		apart    time.Duration
		requests []int
		took     time.Duration
	}{
		{"alone", crowd(1, hints), 0, []int{1}, 5 * time.Millisecond},
		{"a few", crowd(9, hints), 0, []int{9}, 5 * time.Millisecond},
		{"enough", crowd(10, hints), 0, []int{10}, 0},
		{"more than fit", crowd(25, hints), 0, []int{5, 10, 10}, 5 * time.Millisecond},
		{"with two events each", crowd(5, signUps), 0, []int{10}, 0},
		{"with two events each, and one too many", crowd(6, signUps), 0, []int{2, 10}, 5 * time.Millisecond},
		{"with one and two, of which two do not fit", append(crowd(9, hints), crowd(1, signUps)...), 100 * time.Microsecond, []int{2, 9}, 5900 * time.Microsecond},
		{"one after the other, in time", crowd(3, hints), 2 * time.Millisecond, []int{3}, 6 * time.Millisecond},
		{"one after the other, too late", crowd(3, hints), 6 * time.Millisecond, []int{1, 1, 1}, 18 * time.Millisecond},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bus, start := eventbustest.New(), time.Now()
				for i, err := range atOnce(t.Context(), newBus(bus, full), tt.apart, tt.in...) {
					if err != nil {
						t.Errorf("delivery %d: %v", i, err)
					}
				}
				if got := sizes(bus); !slices.Equal(got, tt.requests) {
					t.Errorf("requests of %v entries, want %v", got, tt.requests)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				if got, want := len(bus.Events()), sum(tt.requests); got != want {
					t.Errorf("%d events, want %d", got, want)
				}
			})
		})
	}
}

func sum(of []int) (n int) {
	for _, i := range of {
		n += i
	}
	return n
}

// TestEventsOfAUserStayTogether shows that the events of one delivery are never in two
// requests, whatever comes at the same time.
func TestEventsOfAUserStayTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := eventbustest.New()
		target := newBus(bus, full, eventbus.WithAttributes("address"))
		many := append(crowd(33, directory.SignUp), crowd(10, directory.Changed)...)
		for i := range many {
			many[i].User.Sub, many[i].Sub = fmt.Sprintf("%08x", i), fmt.Sprintf("%08x", i)
			if i%4 == 0 {
				long(100_000)(many[i].User)
			}
		}
		if err := errors.Join(atOnce(t.Context(), target, 0, many...)...); err != nil {
			t.Fatal(err)
		}
		in := map[string]int{}
		for _, q := range bus.Requests() {
			for _, e := range q.Entries {
				sub := detailOf(t, e).Sub
				if number, ok := in[sub]; ok && number != q.Number {
					t.Errorf("the events of %s are in requests %d and %d", sub, number, q.Number)
				}
				in[sub] = q.Number
			}
		}
		if len(in) != len(many) {
			t.Errorf("events of %d users, want %d", len(in), len(many))
		}
	})
}

// TestCallerWhoLeaves shows that a caller whose time is up goes alone: the others are
// answered, and nothing is sent for whoever left before.
func TestCallerWhoLeaves(t *testing.T) {
	for _, tt := range []struct {
		name   string
		leaves time.Duration
		events int
	}{
		{"before the request", 2 * time.Millisecond, 2},
		{"during the request", time.Second, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bus := eventbustest.New()
				bus.Decide(func(eventbustest.Request) eventbustest.Fault { return eventbustest.Fault{Delay: 3 * time.Second} })
				target := newBus(bus, full)
				users := crowd(3, directory.Changed)
				hasty, cancel := context.WithTimeout(t.Context(), tt.leaves)
				defer cancel()
				var left error
				var alone sync.WaitGroup
				start := time.Now()
				alone.Go(func() {
					_, left = target.Deliver(hasty, users[0])
					if took := time.Since(start); took != tt.leaves {
						t.Errorf("left after %v, want %v", took, tt.leaves)
					}
				})
				synctest.Wait() // so that this caller is the first
				if err := errors.Join(atOnce(t.Context(), target, 0, users[1:]...)...); err != nil {
					t.Errorf("the others: %v", err)
				}
				alone.Wait()
				if !errors.Is(left, context.DeadlineExceeded) || reconcile.VerdictOf(left) != reconcile.Unavailable {
					t.Errorf("who left: %v", left)
				}
				if n := len(bus.Events()); n != tt.events || len(bus.Requests()) != 1 {
					t.Errorf("%d events in %d requests, want %d in one", n, len(bus.Requests()), tt.events)
				}
			})
		})
	}
}

// TestAllCallersLeave shows that a request for which nobody waits any more ends.
func TestAllCallersLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus, ended := eventbustest.New(), false
		bus.Decide(func(eventbustest.Request) eventbustest.Fault { return eventbustest.Fault{Delay: time.Hour} })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		atOnce(ctx, newBus(watched{bus, &ended}, full), 0, crowd(3, directory.Changed)...)
		synctest.Wait()
		if !ended || len(bus.Requests()) != 1 {
			t.Errorf("the request has ended: %t, of %d; want the only one to have", ended, len(bus.Requests()))
		}
	})
}

// TestRequestThatHangs shows that a request is given up after five seconds, and made once
// more.
func TestRequestThatHangs(t *testing.T) {
	for _, tt := range []struct {
		name string
		hang int // requests that do
		want reconcile.Verdict
		took time.Duration
	}{
		{"once", 1, reconcile.Accepted, 5005 * time.Millisecond},
		{"for ever", 9, reconcile.Unavailable, 10005 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			bus, start := eventbustest.New(), time.Now()
			bus.Decide(func(q eventbustest.Request) eventbustest.Fault {
				if q.Number <= tt.hang {
					return eventbustest.Fault{Delay: time.Hour}
				}
				return eventbustest.Fault{}
			})
			err := errors.Join(atOnce(t.Context(), newBus(bus, full), 0, crowd(2, directory.Changed)...)...)
			if got := reconcile.VerdictOf(err); got != tt.want || time.Since(start) != tt.took {
				t.Errorf("%s: %s after %v, want %s after %v", tt.name, got, time.Since(start), tt.want, tt.took)
			}
		})
	}
}
