package directory

import (
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

		{"no kind", Change{Origin: Trigger, Sub: "a", ObservedAt: noon}, "kind: want signin, signup, changed or removed"},
		{"no origin", Change{Kind: SignIn, Sub: "a", ObservedAt: noon}, "origin: want trigger, sync, cloudtrail or webhook"},
		{"no sub", Change{Kind: SignIn, Origin: Trigger, ObservedAt: noon}, "sub: missing"},
		{"no time", Change{Kind: SignIn, Origin: Trigger, Sub: "a"}, "observedAt: missing"},
		{"a year too early", Change{Kind: SignIn, Origin: Trigger, Sub: "a", ObservedAt: year(-1)}, "observedAt: the year is not one from 0 to 9999"},
		{"a year too late", Change{Kind: SignIn, Origin: Trigger, Sub: "a", ObservedAt: year(10_000)}, "observedAt: the year is not one from 0 to 9999"},
		{"gone, and yet here", Change{Kind: Changed, Origin: Sync, Sub: "a", Username: "jane", ObservedAt: noon, User: user, Gone: true}, "user: present, although the user is gone"},
		{"written too late", Change{Kind: Changed, Origin: CloudTrail, Sub: "a", ObservedAt: noon, WrittenAt: year(10_000)}, "writtenAt: the year is not one from 0 to 9999"},
		{"somebody else's snapshot", Change{Kind: Changed, Origin: Sync, Sub: "b", Username: "jane", ObservedAt: noon, User: user}, "user.sub: differs from sub"},
		{"another user name", Change{Kind: Changed, Origin: Sync, Sub: "a", Username: "joe", ObservedAt: noon, User: user}, "user.username: differs from username"},
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
