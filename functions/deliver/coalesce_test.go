package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
)

// TestCoalesceKeepsDoubt shows that what takes the place of a change that may have reached
// the target may have, too.
func TestCoalesceKeepsDoubt(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	hint := func(second int, tried bool) directory.Change {
		return directory.Change{Kind: directory.Changed, Origin: directory.CloudTrail, Sub: "a", ObservedAt: at.Add(time.Duration(second) * time.Second), Tried: tried}
	}
	for _, tt := range []struct{ first, second, want bool }{{true, false, true}, {false, true, true}, {false, false, false}} {
		users := coalesce([]item{{"1", hint(1, tt.first)}, {"2", hint(2, tt.second)}})
		if len(users) != 1 || len(users[0]) != 1 || users[0][0].change.Tried != tt.want {
			t.Errorf("%+v: got %+v", tt, users)
		}
	}
}

// TestCoalesce reads a batch from a short notation: each message is sub, kind and
// the second of its observation, with + for a snapshot and ~ for an event of
// CloudTrail's, then the change's id and who made it, if they matter; the message's id
// is its place.
func TestCoalesce(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   string
		want []string // a user each: kind, and the messages that it settles
	}{
		{"nothing", "", nil},
		{"users stay apart", "a changed 1, b changed 1", []string{"changed:0", "changed:1"}},
		{"several hints are one, the newest", "a changed 1, a changed 3, a changed 2", []string{"changed:0,2,1"}},
		{"each sign-in counts", "a signin 1+, a signin 2+", []string{"signin:0 signin:1"}},
		{"and each sign-up", "a signup 1+, a signup 2+, a changed 3", []string{"signup:0 signup:1 changed:2"}},
		{"a sign-in brings the state along", "a changed 1, a signin 2+", []string{"signin:0,1"}},
		{"even if it is as old", "a signin 2+, a changed 2", []string{"signin:1,0"}},
		{"not what was read later", "a signin 2+, a changed 3~", []string{"signin:0 changed:1"}},
		{"not an event, even of long before", "a changed 1~, a signin 5+", []string{"changed:0 signin:1"}},
		{"nor does a newer hint", "a changed 1~, a changed 5+", []string{"changed:0 changed:1"}},
		{"but a newer event", "a changed 1~, a changed 5+, a changed 6~", []string{"changed:0,1,2"}},
		{"an event that was read later says it all", "a changed 3~, a changed 2+", []string{"changed:1,0"}},
		{"not a later state", "a signin 1+, a changed 2", []string{"signin:0 changed:1"}},
		{"not without a snapshot", "a changed 1, a signin 2", []string{"changed:0 signin:1"}},
		{"a removal stays", "a removed 1, a signin 2+", []string{"removed:0 signin:1"}},
		{"a removal says all that hints before it say", "a changed 1~, a changed 2, a removed 3", []string{"removed:0,1,2"}},
		{"and those of the same moment", "a removed 2~, a changed 2~", []string{"removed:1,0"}},
		{"but not what came after", "a removed 1, a changed 2~, a changed 3~", []string{"removed:0 changed:1,2"}},
		{"copies of a sign-in count once", "a signin 1+ id=x, a signin 1+ id=x, a signin 1+ id=x", []string{"signin:0,1,2"}},
		{"of a sign-up too", "a signup 1+ id=x, a signin 2+ id=y, a signup 1+ id=x", []string{"signup:0,2 signin:1"}},
		{"not another sign-in of the same moment", "a signin 1+ id=x, a signin 1+ id=y", []string{"signin:0 signin:1"}},
		{"a provider's event is none of anybody else's", "a changed 1~, a changed 2~ by=p", []string{"changed:0 changed:1"}},
		{"nor of another provider's", "a changed 1~ by=q, a changed 2~ by=p", []string{"changed:0 changed:1"}},
		{"it is of an earlier one of its own", "a changed 1~ by=p, a changed 2~ by=p", []string{"changed:0,1"}},
		{"and gives way to one that is the target's news", "a changed 1~ by=p, a changed 2~", []string{"changed:0,1"}},
		{"in order of observation", "a signin 3+, a signup 1+, a signin 2+", []string{"signup:1 signin:2 signin:0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var items []item
			for i, text := range strings.Split(tt.in, ", ") {
				if text == "" {
					continue
				}
				f := strings.Fields(text)
				at, snapshot := strings.CutSuffix(f[2], "+")
				at, event := strings.CutSuffix(at, "~")
				it := item{id: string(rune('0' + i)), change: directory.Change{
					Sub: f[0], Kind: directory.Kind(f[1]), ObservedAt: time.Unix(int64(at[0]-'0'), 0),
				}}
				for _, field := range f[3:] {
					switch name, value, _ := strings.Cut(field, "="); name {
					case "id":
						it.change.ID = value
					case "by":
						it.change.By = value
					}
				}
				if snapshot {
					it.change.User = &directory.User{}
				}
				if event {
					it.change.Origin = directory.CloudTrail
				}
				items = append(items, it)
			}
			var got []string
			for _, units := range coalesce(items) {
				var parts []string
				for _, u := range units {
					parts = append(parts, string(u.change.Kind)+":"+strings.Join(u.settles, ","))
				}
				got = append(got, strings.Join(parts, " "))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("coalesce: -want +got\n%s", diff)
			}
		})
	}
}

// TestCoalesceKeepsTheFirstLook shows that an event which was looked into once has its
// second look, although it gives way to another's second look.
func TestCoalesceKeepsTheFirstLook(t *testing.T) {
	look := func(id string, read int64, again string) item {
		return item{id: id, change: directory.Change{
			Sub: "a", Kind: directory.Changed, Origin: directory.CloudTrail, ObservedAt: time.Unix(read, 0), Again: again, User: &directory.User{},
		}}
	}
	for _, tt := range []struct {
		name  string
		items []item
		want  string
	}{
		{"two second looks", []item{look("1", 1, "t"), look("2", 2, "t")}, "t"},
		{"a first one, then a second one", []item{look("1", 1, ""), look("2", 2, "t")}, ""},
		{"a second one, then a first one", []item{look("1", 1, "t"), look("2", 2, "")}, ""},
		{"a run's change, then a second one", []item{
			{id: "1", change: directory.Change{Sub: "a", Kind: directory.Changed, Origin: directory.Sync, ObservedAt: time.Unix(1, 0)}}, look("2", 2, "t"),
		}, "t"},
	} {
		units := coalesce(tt.items)
		if len(units) != 1 || len(units[0]) != 1 {
			t.Fatalf("%s: %v, want one unit", tt.name, units)
		}
		if got := units[0][0].change.Again; got != tt.want {
			t.Errorf("%s: again for %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestCoalesceKeepsTheLastWrite shows that of several events the one that was read last
// stands for all, also for a later write that another tells of: the target may have looked
// between the two.
func TestCoalesceKeepsTheLastWrite(t *testing.T) {
	at := func(second int64) time.Time { return time.Unix(second, 0) }
	event := func(id string, written, read int64) item {
		return item{id: id, change: directory.Change{
			Sub: "a", Kind: directory.Changed, Origin: directory.CloudTrail, WrittenAt: at(written), ObservedAt: at(read), User: &directory.User{},
		}}
	}
	for _, tt := range []struct {
		name  string
		items []item
	}{
		{"read in order", []item{event("1", 1, 10), event("2", 5, 11)}},
		{"read out of order", []item{event("2", 5, 10), event("1", 1, 11)}},
	} {
		units := coalesce(tt.items)
		if len(units) != 1 || len(units[0]) != 1 {
			t.Fatalf("%s: %v, want one unit", tt.name, units)
		}
		if c := units[0][0].change; c.WrittenAt != at(5) || c.ObservedAt != at(11) {
			t.Errorf("%s: written %v and observed %v, want 5 and 11", tt.name, c.WrittenAt.Unix(), c.ObservedAt.Unix())
		}
	}
}
