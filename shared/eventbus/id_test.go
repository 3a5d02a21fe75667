package eventbus_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/eventbustest"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// idsOf delivers, each with what the ledger would hold after the last, and returns the
// ids of the events of the last delivery.
func idsOf(t *testing.T, deliveries ...reconcile.Delivery) (ids []string) {
	t.Helper()
	bus := eventbustest.New()
	target := newBus(bus, full, eventbus.WithAttributes("name"))
	before := len(deliver(t, bus, target, deliveries[:len(deliveries)-1]...))
	bus = eventbustest.New()
	for _, e := range deliver(t, bus, newBus(bus, full, eventbus.WithAttributes("name")), deliveries...)[before:] {
		ids = append(ids, e.Detail.ID)
	}
	return ids
}

// with gives a change another id, as that of another message has.
func with(id string, d reconcile.Delivery) reconcile.Delivery {
	d.ID = id
	return d
}

// TestRepeatedDelivery shows that a delivery that is repeated, because its answer was
// lost, has the same ids, also if another change brings the same state.
func TestRepeatedDelivery(t *testing.T) {
	const other = "fffffffffffffffffffffffffffffff0"
	for _, tt := range []struct {
		name        string
		before      []reconcile.Delivery
		first, then reconcile.Delivery
		events      int
	}{
		{"created", nil, change(1), change(1), 1},
		{"created by a sign-up", nil, signUp(1), signUp(1), 2},
		{"updated", []reconcile.Delivery{change(1)}, change(2, renamed), change(2, renamed), 1},
		{"updated by another change", []reconcile.Delivery{change(1)}, change(2, renamed), with(other, change(3, renamed)), 1},
		{"updated and disabled", []reconcile.Delivery{change(1)}, change(2, renamed, disabled), with(other, change(3, renamed, disabled)), 2},
		{"deleted", []reconcile.Delivery{change(1)}, removal(2), with(other, removal(3)), 1},
		{"a sign-in", []reconcile.Delivery{change(1)}, signIn(2, false), signIn(2, false), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first := idsOf(t, append(tt.before, tt.first)...)
			then := idsOf(t, append(tt.before, tt.then)...)
			if len(first) != tt.events || !slices.Equal(first, then) {
				t.Errorf("ids %v, and then %v; want %d, the same", first, then, tt.events)
			}
		})
	}
}

// TestNoTwoEventsShareAnID goes through a user's life, in which states return, and shows
// that no event is taken for a repetition of another.
func TestNoTwoEventsShareAnID(t *testing.T) {
	life := []reconcile.Delivery{
		signUp(1), change(2, disabled), change(3), change(4, disabled), change(5), change(6, renamed), change(7),
		change(8, renamed, disabled), signIn(9, true), signIn(10, false), removal(11), change(12), removal(13), change(14), signUp(15),
	}
	seen := map[string]eventbus.Event{}
	count := func(bus string) {
		b := eventbustest.New()
		target := eventbus.New(renaming{b}, bus, cognitotest.ID, full, eventbus.WithAttributes("name"))
		for _, e := range deliver(t, b, target, life...) {
			if e.DetailType == eventbus.UserSignedIn || e.DetailType == eventbus.UserSignedUp {
				continue // theirs is the change's
			}
			if twin, ok := seen[e.Detail.ID]; ok {
				t.Errorf("%s at %v has the id of %s at %v", e.DetailType, e.Detail.ObservedAt, twin.DetailType, twin.Detail.ObservedAt)
			}
			seen[e.Detail.ID] = e
		}
	}
	count("one")
	count("another")
	if len(seen) != 2*15 {
		t.Errorf("%d events about states, want %d", len(seen), 2*15)
	}
}

// TestNoEventIsOlderThanTheLast shows that consumers who go by the time take every state,
// also one that is told again because an answer was lost.
func TestNoEventIsOlderThanTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := eventbustest.New()
		events := deliver(t, bus, newBus(bus, full, eventbus.WithAttributes("name")),
			change(5), change(2, renamed), change(2, disabled), removal(1))
		if got := kindsOf(events); got != "Created, Updated, Updated, Disabled, Deleted" {
			t.Fatalf("got %s", got)
		}
		next := func(n int) time.Time { return at(5).Add(time.Duration(n) * time.Millisecond) }
		want := []time.Time{at(5), next(1), next(2), next(2), next(3)}
		for i, e := range events {
			if !e.Detail.ObservedAt.Equal(want[i]) {
				t.Errorf("event %d, %s, is of %v, want %v", i, e.DetailType, e.Detail.ObservedAt, want[i])
			}
		}
	})
}

// TestClockThatIsBehind shows that the order holds where the clock of the last instance was
// ahead.
func TestClockThatIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // it is the year 2000
		bus := eventbustest.New()
		events := deliver(t, bus, newBus(bus, full), change(5), removal(1))
		if got, want := events[1].Detail.ObservedAt, at(5).Add(time.Millisecond); !got.Equal(want) {
			t.Errorf("the removal is of %v, want %v: just after what was there", got, want)
		}
	})
}
