package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/local/bench/table"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/queue"
)

func TestUrgentRows(t *testing.T) {
	rows := urgentRows(disablings{times(60), 18, 99_490}, disablings{times(1), 4, 0})
	want := map[string]string{
		"p50, UserHub 500 ms": "3,000 ms / 50 ms", "p99, UserHub 500 ms": "5,940 ms / 99 ms", "slowest, UserHub 500 ms": "6,000 ms / 100 ms",
		"the first sync beside it": " / ", "requests to UserHub, both queues": "18/s / 20/s", "still waiting of 100,000 changes": "99,490 / ",
	}
	if diff := cmp.Diff(want, shown(rows)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	title := "Disabled beside a first sync of 100,000"
	beyond := []string{title + ": slowest, UserHub 500 ms", "the first sync beside it: requests to UserHub, both queues"}
	if diff := cmp.Diff(beyond, table.Missed(rows)); diff != "" {
		t.Errorf("missed: -want +got\n%s", diff)
	}
	if missed := table.Missed(urgentRows(disablings{times(50), 19.5, 99_490}, disablings{times(1), 4, 0})); len(missed) > 0 {
		t.Errorf("within the limits, missed: %q", missed)
	}
}

// TestDisablement shows that deliver reads a disabled user from what is queued, another
// one than any of the first sync's.
func TestDisablement(t *testing.T) {
	body, err := queue.Encode(disablement(firstSync))
	if err != nil {
		t.Fatal(err)
	}
	c, err := queue.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if c.Kind != directory.Changed || c.Origin != directory.CloudTrail || c.User == nil || c.User.Enabled || c.Sub != c.User.Sub {
		t.Errorf("queued: %+v of %+v, want a change of a disabled user", c, c.User)
	}
	if last := queued(firstSync - 1); last.Sub == c.Sub || last.Username == c.Username || !last.User.Enabled {
		t.Errorf("the first sync has %s, and %s is disabled", last.Username, c.Username)
	}
}

// TestDisable shows that users are disabled one after the other, by the live queue.
func TestDisable(t *testing.T) {
	synctest.Test(t, testDisable)
}

func testDisable(t *testing.T) {
	r := newRoute(nil, 0, 1)
	began := time.Now()
	begun, err := r.disable(7, 3)
	if err != nil || len(begun) != 3 || r.live.Sent() != 3 || r.bulk.Sent() != 0 {
		t.Fatalf("%d users disabled, %d changes on the live queue, %d on the other, %v; want 3 on the first", len(begun), r.live.Sent(), r.bulk.Sent(), err)
	}
	for n := range 3 {
		name := queued(7 + n).Username
		if gap := begun[name].Sub(began); gap <= 0 || gap >= 2*disabledGap {
			t.Errorf("%s was disabled %v after the one before, want at most twice %v", name, gap, disabledGap)
		}
		began = begun[name]
	}
}
