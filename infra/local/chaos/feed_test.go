package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// deletion is an event as a consumer gets it.
const deletion = `{"version": "0", "id": "00000000-0000-4000-8000-000000000007", "detail-type": "User Deleted",
"source": "poolsync", "account": "111122223333", "time": "2026-05-01T12:00:06Z", "region": "us-east-1", "resources": [],
"detail": {"version": 1, "id": "a3da450114b0e9fc8dbf2508c1b946d1", "pool": "us-east-1_EXAMPLE01",
"sub": "84e844c8-3041-70aa-1111-0123456789ab", "observedAt": "2026-05-01T12:00:06.001Z"}}`

func TestFormedFindsBadEvents(t *testing.T) {
	schemas, err := readSchemas()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, old, new string
		want           bool
	}{
		{"as it is", "", "", true},
		{"another detail type", "User Deleted", "User Lost", false},
		{"no user", "User Deleted", "User Created", false},
		{"an id of another form", "a3da450114b0e9fc8dbf2508c1b946d1", "a3da", false},
		{"no account", `"account": "111122223333", `, "", false},
		{"no JSON", "}}", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			message := strings.Replace(deletion, tt.old, tt.new, 1)
			if f := formed(schemas, []string{deletion, message}); f.ok != tt.want {
				t.Errorf("got %v, want %v: %v", f.ok, tt.want, f.what)
			}
		})
	}
}

// telling is an event with an id about somebody.
func telling(kind eventbus.DetailType, id, sub string, at time.Time) eventbus.Event {
	return eventbus.Event{DetailType: kind, Detail: eventbus.Detail{ID: id, Sub: sub, ObservedAt: at}}
}

func TestDistinctFindsReusedIDs(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	first := telling(eventbus.UserCreated, "1", "a", at)
	for _, tt := range []struct {
		name   string
		second eventbus.Event
		want   bool
	}{
		{"another id", telling(eventbus.UserDeleted, "2", "a", at), true},
		{"a repetition", first, true},
		{"the same of a later time", telling(eventbus.UserCreated, "1", "a", at.Add(time.Second)), true},
		{"another detail type", telling(eventbus.UserUpdated, "1", "a", at), false},
		{"another user", telling(eventbus.UserCreated, "1", "b", at), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if f := distinct([]eventbus.Event{first, tt.second}); f.ok != tt.want {
				t.Errorf("got %v, want %v: %v", f.ok, tt.want, f.what)
			}
		})
	}
}

func TestSignInsOfFeed(t *testing.T) {
	at := time.Unix(1_800_000_000, 0)
	later := at.Add(time.Second)
	got := signInsOf([]eventbus.Event{
		telling(eventbus.UserSignedIn, "2", "a", later), telling(eventbus.UserSignedIn, "1", "a", at),
		telling(eventbus.UserSignedIn, "2", "a", later), // comes again
		telling(eventbus.UserSignedUp, "3", "a", at), telling(eventbus.UserSignedIn, "4", "b", at),
	})
	if diff := cmp.Diff(map[string][]time.Time{"a": {at, later}, "b": {at}}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestMournedArePresent(t *testing.T) {
	w := &world{mourned: map[int]int{}, people: map[int]*person{
		1: {number: 1, sub: "a", present: true}, 2: {number: 2, sub: "b"},
	}}
	w.mourn([]eventbus.Event{
		telling(eventbus.UserDeleted, "1", "a", time.Time{}), telling(eventbus.UserDeleted, "2", "b", time.Time{}),
		telling(eventbus.UserCreated, "3", "a", time.Time{}),
	})
	if diff := cmp.Diff(map[int]int{1: 1}, w.mourned); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestWholeRunsLeaveOutNobody(t *testing.T) {
	done := reconcile.Result{Counts: reconcile.Counts{New: 1}}
	done.Walked = 3
	out, few, left, waiting := done, done, done, done
	out.Out, few.Walked, left.Left, waiting.Waiting = "no bus", 2, 1, 1
	for _, tt := range []struct {
		name string
		feed []reconcile.Result
		want bool
	}{
		{"both", []reconcile.Result{done}, true},
		{"one is not named", nil, false},
		{"one is out", []reconcile.Result{out}, false},
		{"one with too few people", []reconcile.Result{few}, false},
		{"somebody is left", []reconcile.Result{left}, false},
		{"one sat it out", []reconcile.Result{waiting}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := reconcile.Summary{ByTarget: map[string]reconcile.Result{"userhub": done}}
			for _, r := range tt.feed {
				s.ByTarget["feed"] = r
			}
			if f := whole(s, 3); f.ok != tt.want {
				t.Errorf("got %v, want %v: %s %v", f.ok, tt.want, f.text, f.what)
			}
		})
	}
}

func TestIdleRunsFindNothingForEither(t *testing.T) {
	for _, target := range slices.Concat(targetNames, []string{""}) {
		s := reconcile.Summary{ByTarget: map[string]reconcile.Result{target: {Counts: reconcile.Counts{Changed: 1}}}}
		if f := idle(s); f.ok != (target == "") {
			t.Errorf("with a change for %q: got %v, %s", target, f.ok, f.text)
		}
	}
}
