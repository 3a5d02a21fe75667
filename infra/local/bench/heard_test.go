package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// after returns a moment, in milliseconds since the test's beginning.
func after(ms int) time.Time { return time.UnixMilli(1_800_000_000_000 + int64(ms)) }

func request(user string, ms int) userhubtest.Request {
	return userhubtest.Request{ExternalID: user, Time: after(ms)}
}

func TestFirstHeard(t *testing.T) {
	got := firstHeard([]userhubtest.Request{request("joe", 30), request("jane", 20), request("jane", 10), request("joe", 40)})
	if diff := cmp.Diff(map[string]time.Time{"jane": after(10), "joe": after(30)}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestDelays(t *testing.T) {
	const ms = time.Millisecond
	begun := map[string]time.Time{"joe": after(100), "jane": after(0), "jill": after(200)}
	one := map[string]time.Time{"jane": after(20), "joe": after(170), "jill": after(210), "a stranger": after(0)}
	two := map[string]time.Time{"jane": after(40), "joe": after(110), "jill": after(210)}
	for _, tt := range []struct {
		name    string
		targets []map[string]time.Time
		want    []time.Duration // nil for an error
	}{
		{"one target, by the beginnings", []map[string]time.Time{one}, []time.Duration{25 * ms, 75 * ms, 15 * ms}},
		{"the last of two counts", []map[string]time.Time{one, two}, []time.Duration{45 * ms, 75 * ms, 15 * ms}},
		{"whichever it is", []map[string]time.Time{two, one}, []time.Duration{45 * ms, 75 * ms, 15 * ms}},
		{"one target knows nobody", []map[string]time.Time{one, {}}, nil},
	} {
		got, err := delays(begun, 5*ms, tt.targets...)
		if diff := cmp.Diff(tt.want, got); diff != "" || (err != nil) != (tt.want == nil) {
			t.Errorf("%s: %v, -want +got\n%s", tt.name, err, diff)
		}
	}
}

func TestPerSecond(t *testing.T) {
	events := []userhubtest.Request{request("a", 99), request("b", 100), request("c", 350), request("d", 599), request("e", 600)}
	if got := perSecond(events, after(100), after(600)); got != 6 {
		t.Errorf("%v a second, want the three of half a second", got)
	}
}
