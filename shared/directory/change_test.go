package directory

import (
	"strconv"
	"testing"
	"time"
)

// TestValidate shows that every declared kind and origin can be queued, and that the
// error names what is wrong.
func TestValidate(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	year := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	user := &User{Sub: "a", Username: "jane"}
	for _, tt := range []struct {
		name string
		in   Change
		want string // the error, or ""
	}{
		{"sign-in", Change{Kind: SignIn, Origin: Trigger, Sub: "a", ObservedAt: noon}, ""},
		{"sign-up", Change{Kind: SignUp, Origin: Trigger, Sub: "a", ObservedAt: noon}, ""},
		{"change of a run", Change{Kind: Changed, Origin: Sync, Sub: "a", ObservedAt: noon}, ""},
		{"removal in an event", Change{Kind: Removed, Origin: CloudTrail, Sub: "a", ObservedAt: noon}, ""},
		{"change at the target", Change{Kind: Changed, Origin: Webhook, Sub: "a", ObservedAt: noon}, ""},
		{"with a snapshot", Change{Kind: Changed, Origin: Sync, Sub: "a", Username: "jane", ObservedAt: noon, User: user}, ""},
		{"proof of absence, by a provider", Change{Kind: Removed, Origin: Webhook, Sub: "a", Username: "jane", ObservedAt: noon, Pool: "us-east-1_EXAMPLE01", By: "userhub", Gone: true}, ""},
		{"the first year", Change{Kind: SignIn, Origin: Trigger, Sub: "a", ObservedAt: year(0)}, ""},
		{"the last year", Change{Kind: SignIn, Origin: Trigger, Sub: "a", ObservedAt: year(9999)}, ""},

		{"no kind", Change{Origin: Trigger, Sub: "a", ObservedAt: noon}, "kind: want signin, signup, changed, removed, group or members"},
		{"no origin", Change{Kind: SignIn, Sub: "a", ObservedAt: noon}, "origin: want trigger, sync, cloudtrail or webhook"},
		{"no sub", Change{Kind: SignIn, Origin: Trigger, ObservedAt: noon}, "sub: missing"},
		{"no time", Change{Kind: SignIn, Origin: Trigger, Sub: "a"}, "observedAt: missing"},
		{"a year too early", Change{Kind: SignIn, Origin: Trigger, Sub: "a", ObservedAt: year(-1)}, "observedAt: the year is not one from 0 to 9999"},
		{"a year too late", Change{Kind: SignIn, Origin: Trigger, Sub: "a", ObservedAt: year(10_000)}, "observedAt: the year is not one from 0 to 9999"},
		{"gone, and yet here", Change{Kind: Changed, Origin: Sync, Sub: "a", Username: "jane", ObservedAt: noon, User: user, Gone: true}, "user: present, although the user is gone"},
		{"written too late", Change{Kind: Changed, Origin: CloudTrail, Sub: "a", ObservedAt: noon, WrittenAt: year(10_000)}, "writtenAt: the year is not one from 0 to 9999"},
		{"somebody else's snapshot", Change{Kind: Changed, Origin: Sync, Sub: "b", Username: "jane", ObservedAt: noon, User: user}, "user.sub: differs from sub"},
		{"another user name", Change{Kind: Changed, Origin: Sync, Sub: "a", Username: "joe", ObservedAt: noon, User: user}, "user.username: differs from username"},

		{"a group", Change{Kind: GroupChanged, Origin: Sync, Group: "staff", ObservedAt: noon, GroupState: &Group{Name: "staff"}}, ""},
		{"a group that is gone", Change{Kind: GroupChanged, Origin: CloudTrail, Group: "staff", ObservedAt: noon, Gone: true}, ""},
		{"members", Change{Kind: MembersChanged, Origin: Sync, Group: "staff", ObservedAt: noon, Members: []Member{{"a", true, noon}, {"b", false, noon}}}, ""},
		{"as many members as may be", Change{Kind: MembersChanged, Origin: Sync, Group: "staff", ObservedAt: noon, Members: manyMembers(100, noon)}, ""},

		{"a group without a name", Change{Kind: GroupChanged, Origin: Sync, ObservedAt: noon}, "group: missing"},
		{"a group with a sub", Change{Kind: GroupChanged, Origin: Sync, Group: "staff", Sub: "a", ObservedAt: noon}, "sub: present in a change of no single user"},
		{"a group with a user", Change{Kind: GroupChanged, Origin: Sync, Group: "staff", User: user, ObservedAt: noon}, "user: present in a change of no single user"},
		{"a group with members", Change{Kind: GroupChanged, Origin: Sync, Group: "staff", ObservedAt: noon, Members: []Member{{"a", true, noon}}}, "members: present in a change of the group itself"},
		{"a group gone, and yet here", Change{Kind: GroupChanged, Origin: Sync, Group: "staff", ObservedAt: noon, Gone: true, GroupState: &Group{Name: "staff"}}, "groupState: present, although the group is gone"},
		{"another group", Change{Kind: GroupChanged, Origin: Sync, Group: "staff", ObservedAt: noon, GroupState: &Group{Name: "crew"}}, "groupState.name: differs from group"},
		{"no members", Change{Kind: MembersChanged, Origin: Sync, Group: "staff", ObservedAt: noon}, "members: missing"},
		{"too many members", Change{Kind: MembersChanged, Origin: Sync, Group: "staff", ObservedAt: noon, Members: manyMembers(101, noon)}, "members: more than 100"},
		{"members with the group", Change{Kind: MembersChanged, Origin: Sync, Group: "staff", ObservedAt: noon, Members: []Member{{"a", true, noon}}, GroupState: &Group{Name: "staff"}}, "groupState: present in a change of members"},
		{"a member without a sub", Change{Kind: MembersChanged, Origin: Sync, Group: "staff", ObservedAt: noon, Members: []Member{{"", true, noon}}}, "members.sub: missing"},
		{"a member twice", Change{Kind: MembersChanged, Origin: Sync, Group: "staff", ObservedAt: noon, Members: []Member{{"a", true, noon}, {"a", false, noon}}}, "members.sub: named twice"},
		{"a member of no time", Change{Kind: MembersChanged, Origin: Sync, Group: "staff", ObservedAt: noon, Members: []Member{{Sub: "a", In: true}}}, "members.observedAt: missing"},
		{"a member of a year too late", Change{Kind: MembersChanged, Origin: Sync, Group: "staff", ObservedAt: noon, Members: []Member{{"a", true, year(10_000)}}}, "members.observedAt: the year is not one from 0 to 9999"},
		{"groups read too late", Change{Kind: Changed, Origin: CloudTrail, Sub: "a", Username: "jane", ObservedAt: noon, User: &User{Sub: "a", Username: "jane", GroupsAt: year(10_000)}}, "user.groupsAt: the year is not one from 0 to 9999"},
		{"a user with a group's state", Change{Kind: Changed, Origin: Sync, Sub: "a", ObservedAt: noon, GroupState: &Group{}}, "groupState: present in a user's change"},
		{"a user with members", Change{Kind: Changed, Origin: Sync, Sub: "a", ObservedAt: noon, Members: []Member{{"a", true, noon}}}, "members: present in a user's change"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			if err := tt.in.Validate(); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("Validate = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestSince shows that a change is as old as the event that tells of it.
func TestSince(t *testing.T) {
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		in   Change
		want time.Time
	}{
		{"observed", Change{ObservedAt: noon}, noon},
		{"written before", Change{ObservedAt: noon, WrittenAt: noon.Add(-time.Minute)}, noon.Add(-time.Minute)},
	} {
		if got := tt.in.Since(); got != tt.want {
			t.Errorf("%s: Since = %v, want %v", tt.name, got, tt.want)
		}
	}
}

// manyMembers returns n members.
func manyMembers(n int, at time.Time) []Member {
	members := make([]Member, n)
	for i := range members {
		members[i] = Member{Sub: strconv.Itoa(i), In: true, ObservedAt: at}
	}
	return members
}
