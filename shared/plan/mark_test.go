package plan

import (
	"testing"
	"time"
)

// TestMark shows that a mark tells users, groups and the border between them apart.
func TestMark(t *testing.T) {
	met := make(map[string][2]string)
	for _, pair := range [][2]string{{"", ""}, {"u", "g"}, {"g", "u"}, {"ug", ""}, {"", "ug"}, {"u", "g2"}, {"u2", "g"}} {
		mark := Mark(pair[0], pair[1])
		if other, taken := met[mark]; taken {
			t.Errorf("%q and %q have the mark %s", pair, other, mark)
		}
		met[mark] = pair
		if len(mark) != 11 {
			t.Errorf("mark %q, want 11 characters", mark)
		}
	}
	if got, want := Mark("user-1", "group-1"), "2BQvnLhkp4o"; got != want { // a ledger keeps it
		t.Errorf("Mark = %s, want %s as ever", got, want)
	}
}

// TestIsMember shows when the ledger knows of a membership.
func TestIsMember(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	held := Entry{Sub: "a", RemoteID: "u", DeliveredAt: noon, Groups: map[string]string{"staff": Mark("u", "g")}}
	moved, never := held, held
	moved.RemoteID, never.DeliveredAt = "u2", time.Time{}
	for _, tt := range []struct {
		name      string
		entry     Entry
		group, id string
		want      bool
	}{
		{"confirmed", held, "staff", "g", true},
		{"another group", held, "crew", "g", false},
		{"the group was made anew", held, "staff", "g2", false},
		{"the user was made anew", moved, "staff", "g", false},
		{"not held", never, "staff", "g", false},
		{"nobody", Entry{}, "staff", "g", false},
	} {
		if got := tt.entry.IsMember(tt.group, tt.id); got != tt.want {
			t.Errorf("%s: IsMember = %t, want %t", tt.name, got, tt.want)
		}
	}
}
