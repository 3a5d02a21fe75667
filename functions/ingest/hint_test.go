package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
)

// TestMerge shows what is left of two hints of one user, whichever comes first.
func TestMerge(t *testing.T) {
	at := func(second int64) time.Time { return time.Unix(second, 0) }
	event := func(kind directory.Kind, written int64, by, client string, unverified bool, id string) hint {
		return hint{
			change:     directory.Change{Kind: kind, Sub: "a", Origin: directory.CloudTrail, WrittenAt: at(written), ObservedAt: at(written), By: by},
			unverified: unverified, clientID: client, settles: []string{id},
		}
	}
	again := func(written int64, target, id string) hint {
		h := event(directory.Changed, written, "", "", false, id)
		h.change.Again = target
		return h
	}
	said := hint{
		change:  directory.Change{Kind: directory.Changed, Sub: "a", Origin: directory.Webhook, ObservedAt: at(9)},
		settles: []string{"said"},
	}
	for _, tt := range []struct {
		name string
		a, b hint
		want hint
	}{
		{"the later write", event(directory.Changed, 1, "", "", false, "1"), event(directory.Changed, 2, "", "", false, "2"),
			event(directory.Changed, 2, "", "", false, "2")},
		{"gone, if one says so", event(directory.Removed, 1, "", "", false, "1"), event(directory.Changed, 2, "", "", false, "2"),
			event(directory.Removed, 2, "", "", false, "2")},
		{"ours, if one says so", event(directory.Changed, 1, "", "", false, "1"), event(directory.Changed, 2, "", "theirs", true, "2"),
			event(directory.Changed, 2, "", "", false, "2")},
		{"a provider's, if both are", event(directory.Changed, 1, "p", "", false, "1"), event(directory.Changed, 2, "p", "", false, "2"),
			event(directory.Changed, 2, "p", "", false, "2")},
		{"nobody's, if one is not", event(directory.Changed, 1, "p", "", false, "1"), event(directory.Changed, 2, "", "", false, "2"),
			event(directory.Changed, 2, "", "", false, "2")},
		{"a second look, if both are", again(1, "t", "1"), again(2, "t", "2"), again(2, "t", "2")},
		{"a first one, if one is", again(1, "t", "1"), event(directory.Changed, 2, "", "", false, "2"), event(directory.Changed, 2, "", "", false, "2")},
		{"a look for both targets", again(1, "t", "1"), again(2, "u", "2"), event(directory.Changed, 2, "", "", false, "2")},
		{"an event, though a provider spoke later", event(directory.Changed, 1, "", "", false, "1"), said,
			hint{change: directory.Change{Kind: directory.Changed, Sub: "a", Origin: directory.CloudTrail, WrittenAt: at(1), ObservedAt: at(9)}}},
	} {
		for name, hints := range map[string][]hint{tt.name: {tt.a, tt.b}, tt.name + ", the other way round": {tt.b, tt.a}} {
			t.Run(name, func(t *testing.T) {
				got := coalesce(hints)
				if len(got) != 1 || len(got[0].settles) != 2 {
					t.Fatalf("%d hints are left, want one that settles both: %+v", len(got), got)
				}
				got[0].settles, tt.want.settles = nil, nil
				if diff := cmp.Diff(tt.want, got[0], cmp.AllowUnexported(hint{})); diff != "" {
					t.Errorf("-want +got\n%s", diff)
				}
			})
		}
	}
}
