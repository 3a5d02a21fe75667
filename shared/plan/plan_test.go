package plan

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
)

const (
	janeSub  = "84e844c8-3041-70aa-1111-0123456789ab"
	otherSub = "94b8f4d8-5001-7022-2222-0123456789ab"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// state returns the fingerprint of a user that the target is sent like this.
func state(version uint8, email, disabled string) directory.Fingerprint {
	return directory.NewFingerprint(version, map[string]string{"email": email, "disabled": disabled})
}

var (
	before   = state(1, "jane@example.com", "false")
	after    = state(1, "jane.doe@example.com", "false")
	disabled = state(1, "jane@example.com", "true")
	remapped = state(2, "jane@example.com", "false")
)

func confirmed(sub string, f directory.Fingerprint) Entry {
	return Entry{Sub: sub, Username: "jane", Fingerprint: f, ObservedAt: noon, DeliveredAt: noon}
}

func rejected(sub string, f directory.Fingerprint) Entry {
	return Entry{Sub: sub, Username: "jane", Fingerprint: f, ObservedAt: noon, Rejected: "email: not deliverable"}
}

// claimed returns an entry of a user whom somebody may have created.
func claimed(e Entry) Entry {
	e.Username, e.Claim = "jane", Claim{By: "change-1", Until: noon}
	return e
}

func removed(sub string) Entry { return Entry{Sub: sub, ObservedAt: noon, Removed: true} }

// TestDecision is the table at [Decision], case by case.
func TestDecision(t *testing.T) {
	// listed is one user of the pool as listed, with what the target would be sent.
	type listed struct {
		sub, username string
		fingerprint   directory.Fingerprint
	}
	jane := func(f directory.Fingerprint) []listed { return []listed{{janeSub, "jane", f}} }
	refusedSince := confirmed(janeSub, after)
	refusedSince.Rejected = "email: not deliverable"

	for _, tt := range []struct {
		name    string
		ledger  []Entry
		pool    []listed
		retry   bool
		want    []Decision
		missing []string
		lapsed  []string
	}{
		{name: "new", pool: jane(before), want: []Decision{New}},
		{name: "new where the ledger holds no answer", ledger: []Entry{{Sub: janeSub, Username: "jane", Fingerprint: before}},
			pool: jane(before), want: []Decision{New}},
		{name: "new after a removal", ledger: []Entry{removed(janeSub)}, pool: jane(before), want: []Decision{New}},
		{name: "new under a claim", ledger: []Entry{claimed(Entry{Sub: janeSub})}, pool: jane(before), want: []Decision{New}},
		{name: "rejected under a claim", ledger: []Entry{claimed(rejected(janeSub, before))}, pool: jane(before), want: []Decision{Rejected}},
		{name: "gone under a claim", ledger: []Entry{claimed(Entry{Sub: janeSub})}, missing: []string{janeSub}},
		{name: "gone, rejected under a claim", ledger: []Entry{claimed(rejected(janeSub, before))}, missing: []string{janeSub}},
		{name: "gone under a claim, and announced", ledger: []Entry{claimed(Entry{Sub: janeSub, LeavingAt: noon})}},
		{name: "same", ledger: []Entry{confirmed(janeSub, before)}, pool: jane(before), want: []Decision{Same}},
		{name: "changed", ledger: []Entry{confirmed(janeSub, before)}, pool: jane(after), want: []Decision{Changed}},
		{name: "disabled, and the target is told", ledger: []Entry{confirmed(janeSub, before)},
			pool: jane(disabled), want: []Decision{Changed}},
		{name: "disabled, and the target is not told", ledger: []Entry{confirmed(janeSub, before)},
			pool: jane(before), want: []Decision{Same}},
		{name: "renamed", ledger: []Entry{confirmed(janeSub, before)},
			pool: []listed{{janeSub, "jane2", before}}, want: []Decision{Renamed}},
		{name: "renamed and changed", ledger: []Entry{confirmed(janeSub, before)},
			pool: []listed{{janeSub, "jane2", after}}, want: []Decision{Renamed}},
		{name: "renamed and rejected before", ledger: []Entry{rejected(janeSub, before)},
			pool: []listed{{janeSub, "jane2", before}}, want: []Decision{Renamed}},
		{name: "rejected before", ledger: []Entry{rejected(janeSub, before)}, pool: jane(before), want: []Decision{Rejected}},
		{name: "rejected after a confirmation", ledger: []Entry{refusedSince}, pool: jane(after), want: []Decision{Rejected}},
		{name: "rejected before, changed since", ledger: []Entry{rejected(janeSub, before)},
			pool: jane(after), want: []Decision{Changed}},
		{name: "rejected, back to what was confirmed", ledger: []Entry{refusedSince}, pool: jane(before), want: []Decision{Changed}},
		{name: "rejected before, told to retry", ledger: []Entry{rejected(janeSub, before)},
			pool: jane(before), retry: true, want: []Decision{Retried}},
		{name: "blocked before", ledger: []Entry{blocked(noon.Add(time.Second))}, pool: jane(before), want: []Decision{Blocked}},
		{name: "blocked before, and due", ledger: []Entry{blocked(noon)}, pool: jane(before), want: []Decision{Retried}},
		{name: "blocked before, changed since", ledger: []Entry{blocked(noon.Add(time.Second))}, pool: jane(after), want: []Decision{Changed}},
		{name: "blocked before, told to retry", ledger: []Entry{blocked(noon.Add(time.Hour))},
			pool: jane(before), retry: true, want: []Decision{Retried}},
		{name: "leaving", ledger: []Entry{leaving(noon.Add(-5*24*time.Hour + time.Second))}},
		{name: "leaving for longer than a change lives", ledger: []Entry{leaving(noon.Add(-5 * 24 * time.Hour))}, missing: []string{janeSub}},
		{name: "leaving, and listed", ledger: []Entry{leaving(noon)}, pool: jane(before), want: []Decision{Same}},
		{name: "confirmed, told to retry the rejected", ledger: []Entry{confirmed(janeSub, before)},
			pool: jane(before), retry: true, want: []Decision{Same}},
		{name: "mapping's version raised", ledger: []Entry{confirmed(janeSub, before)},
			pool: jane(remapped), want: []Decision{Changed}},
		{name: "mapping's version raised after a rejection", ledger: []Entry{rejected(janeSub, before)},
			pool: jane(remapped), want: []Decision{Changed}},
		{name: "missing", ledger: []Entry{confirmed(janeSub, before)}, missing: []string{janeSub}},
		{name: "missing, rejected after a confirmation", ledger: []Entry{refusedSince}, missing: []string{janeSub}},
		{name: "missing, only ever rejected", ledger: []Entry{rejected(janeSub, before)}, lapsed: []string{janeSub}},
		{name: "missing, removed already", ledger: []Entry{removed(janeSub)}},
		{name: "re-created with a new sub under the same user name", ledger: []Entry{confirmed(janeSub, before)},
			pool: []listed{{otherSub, "jane", before}}, want: []Decision{New}, missing: []string{janeSub}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := NewPartition(NewRoster(), noon, tt.retry)
			for _, e := range tt.ledger {
				p.Add(e)
			}
			var got []Decision
			for _, l := range tt.pool {
				u := directory.User{Sub: l.sub, Username: l.username}
				got = append(got, p.Observe(u, l.fingerprint))
			}
			p.Complete()
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("decisions: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(tt.missing, slices.Collect(p.Missing())); diff != "" {
				t.Errorf("Missing: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(tt.lapsed, slices.Collect(p.Lapsed())); diff != "" {
				t.Errorf("Lapsed: -want +got\n%s", diff)
			}
		})
	}
}

func TestDecisionNamesAndDelivery(t *testing.T) {
	for _, tt := range []struct {
		in      Decision
		name    string
		deliver bool
	}{
		{Same, "same", false},
		{New, "new", true},
		{Changed, "changed", true},
		{Renamed, "renamed", true},
		{Rejected, "rejected", false},
		{Retried, "retried", true},
	} {
		if got := tt.in.String(); got != tt.name {
			t.Errorf("String = %q, want %q", got, tt.name)
		}
		if got := tt.in.Deliver(); got != tt.deliver {
			t.Errorf("%v.Deliver() = %v, want %v", tt.in, got, tt.deliver)
		}
	}
}

func TestEntryState(t *testing.T) {
	refusedSince := confirmed(janeSub, after)
	refusedSince.Rejected = "email: not deliverable"
	unfingerprinted := confirmed(janeSub, directory.Fingerprint{})
	goneSince := refusedSince
	goneSince.Removed = true

	for _, tt := range []struct {
		name                        string
		in                          Entry
		known, delivered, confirmed bool
	}{
		{"unknown", Entry{}, false, false, false},
		{"without an answer", Entry{Sub: janeSub, Username: "jane", Fingerprint: after, ObservedAt: noon}, false, false, false},
		{"confirmed", confirmed(janeSub, after), true, true, true},
		{"confirmed in another state", confirmed(janeSub, before), true, true, false},
		{"rejected", rejected(janeSub, after), true, false, false},
		{"rejected after a confirmation", refusedSince, true, true, false},
		{"removed", removed(janeSub), false, false, false},
		{"removed, with more kept than should be", goneSince, false, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.in.Known(); got != tt.known {
				t.Errorf("Known = %v, want %v", got, tt.known)
			}
			if got := tt.in.Delivered(); got != tt.delivered {
				t.Errorf("Delivered = %v, want %v", got, tt.delivered)
			}
			if got := tt.in.Confirmed(after); got != tt.confirmed {
				t.Errorf("Confirmed = %v, want %v", got, tt.confirmed)
			}
		})
	}
	if unfingerprinted.Confirmed(directory.Fingerprint{}) {
		t.Error("Confirmed: an unknown state counts as confirmed")
	}
}

func TestPolicy(t *testing.T) {
	for _, tt := range []struct {
		in      string
		removes bool
		wantErr string
	}{
		{"full", true, ""},
		{"upsert-only", false, ""},
		{"", false, "unknown policy: want full or upsert-only"},
		{"Full", false, "unknown policy: want full or upsert-only"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			var p Policy
			err := p.UnmarshalText([]byte(tt.in))
			if got := errorText(err); got != tt.wantErr {
				t.Fatalf("UnmarshalText error = %q, want %q", got, tt.wantErr)
			}
			if got := p.Removes(); got != tt.removes {
				t.Errorf("Removes = %v, want %v", got, tt.removes)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// blocked is a no to jane that may pass, and may be asked about again at a time.
func blocked(retryAt time.Time) Entry {
	e := rejected(janeSub, before)
	e.RejectedSince, e.RetryAt = noon.Add(-time.Hour), retryAt
	return e
}

// leaving is jane, whose removal was taken up at a time.
func leaving(at time.Time) Entry {
	e := confirmed(janeSub, before)
	e.LeavingAt = at
	return e
}

// TestBlockedIsAskedLessAndLess steps through a no that does not pass: how long each
// pause is, if the target is asked as soon as it is due.
func TestBlockedIsAskedLessAndLess(t *testing.T) {
	now := noon
	var e Entry
	var got []time.Duration
	for range 8 {
		e = e.Block(rejected(janeSub, before), now)
		got = append(got, e.RetryAt.Sub(now))
		if e.Due(e.RetryAt.Add(-1)) || !e.Due(e.RetryAt) {
			t.Errorf("due before %v, or not then", e.RetryAt)
		}
		now = e.RetryAt
	}
	const m = time.Minute
	if diff := cmp.Diff([]time.Duration{45 * m, 45 * m, 90 * m, 180 * m, 360 * m, 720 * m, 1440 * m, 1440 * m}, got); diff != "" {
		t.Errorf("pauses: -want +got\n%s", diff)
	}
	other := e.Block(rejected(janeSub, after), now)
	if got := other.RetryAt.Sub(now); got != 45*m || !other.RejectedSince.Equal(now) {
		t.Errorf("a no to another state pauses for %v since %v, want it to start over", got, other.RejectedSince)
	}
	if permanent := rejected(janeSub, before); permanent.Blocked() || permanent.Due(now) {
		t.Error("a no that stays counts as one that may pass")
	}
	if again := rejected(janeSub, before).Block(rejected(janeSub, before), now); !again.RejectedSince.Equal(now) {
		t.Errorf("a no that may pass, after one that stays, began %v, want now", again.RejectedSince)
	}
}
