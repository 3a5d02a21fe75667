package eventbus_test

import (
	"strings"
	"testing"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/eventbustest"
)

// long gives a user attributes of so many bytes, whose text no form makes shorter.
func long(bytes int) func(*directory.User) {
	return func(u *directory.User) { u.Attributes["address"] = strings.Repeat("<", bytes) }
}

// TestLargeUsers shows that a user who does not fit into an event is told of without
// attributes, and that the event says so.
func TestLargeUsers(t *testing.T) {
	for _, tt := range []struct {
		name      string
		bytes     int
		truncated bool
	}{
		{"fits", 250_000, false},
		{"just so", 260_400, false},
		{"does not fit", 261_400, true},
		{"by far", 600_000, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bus := eventbustest.New()
			target := newBus(bus, full, eventbus.WithAttributes("*"))
			events := deliver(t, bus, target, change(1, long(tt.bytes), disabled))
			if len(events) != 1 {
				t.Fatalf("%d events, want one", len(events))
			}
			d := events[0].Detail
			if d.User.Truncated != tt.truncated || (d.User.Attributes == nil) != tt.truncated {
				t.Errorf("truncated %t, with %d attributes; want %t", d.User.Truncated, len(d.User.Attributes), tt.truncated)
			}
			if d.User.Enabled || d.Username != "jane@example.com" || d.Sub != janeSub {
				t.Errorf("got %+v, want the rest to stay", d)
			}
		})
	}
}

// TestLargeUserChanges shows that a change of what did not fit is still told.
func TestLargeUserChanges(t *testing.T) {
	bus := eventbustest.New()
	target := newBus(bus, full, eventbus.WithAttributes("*"))
	events := deliver(t, bus, target, change(1, long(600_000)), change(2, long(600_001)), change(3))
	if got := kindsOf(events); got != "Created, Updated, Updated" || events[2].Detail.User.Truncated {
		t.Errorf("%s, and the last is truncated: %t", got, events[2].Detail.User.Truncated)
	}
}

// TestLargeEventsOfOneUser shows that two large events of one user fill one request.
func TestLargeEventsOfOneUser(t *testing.T) {
	bus := eventbustest.New()
	target := newBus(bus, full, eventbus.WithAttributes("*"))
	deliver(t, bus, target, signUp(1, long(120_000)))
	if n := len(bus.Requests()); n != 1 {
		t.Errorf("%d requests for two events of 120 KB, want one", n)
	}
}
