package plan

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
)

// TestPartitionIncomplete breaks a listing off after each user: whoever came
// later must not look missing.
func TestPartitionIncomplete(t *testing.T) {
	const users = 20
	for listed := range users + 1 {
		p := NewPartition(NewRoster(), noon, false)
		for i := range users {
			p.Add(entryAt(i))
		}
		for i := range listed {
			p.Observe(userAt(i), before)
		}
		if got := slices.Collect(p.Missing()); got != nil {
			t.Fatalf("%d of %d listed: Missing = %v, want none before Complete", listed, users, got)
		}
		if diff := cmp.Diff(Tally{Known: users, Walked: listed}, p.Tally()); diff != "" {
			t.Fatalf("%d of %d listed: Tally: -want +got\n%s", listed, users, diff)
		}
	}
}

func TestPartitionTally(t *testing.T) {
	p := NewPartition(NewRoster(), noon, false)
	p.Add(confirmed("a1", before))
	p.Add(confirmed("a2", before))
	p.Add(confirmed("a3", before))
	p.Add(rejected("a4", before))
	p.Add(rejected("a5", before))
	p.Add(removed("a6"))
	for _, sub := range []string{"a2", "a4", "a7"} {
		p.Observe(directory.User{Sub: sub, Username: "jane"}, before)
	}
	p.Complete()

	if diff := cmp.Diff(Tally{Known: 3, Walked: 3, Missing: 2}, p.Tally()); diff != "" {
		t.Errorf("Tally: -want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a1", "a3"}, slices.Collect(p.Missing())); diff != "" {
		t.Errorf("Missing: -want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a5"}, slices.Collect(p.Lapsed())); diff != "" {
		t.Errorf("Lapsed: -want +got\n%s", diff)
	}
	for sub := range p.Missing() { // a consumer may stop early
		if sub != "a1" {
			t.Errorf("Missing went on to %s", sub)
		}
		break
	}
}

// TestPartitionCountsClaims shows that a user whom the target may hold counts among those
// whom it holds: else one claim that is left over would be more than any share of nobody.
func TestPartitionCountsClaims(t *testing.T) {
	p := NewPartition(NewRoster(), noon, false)
	p.Add(confirmed("a1", before))
	p.Add(claimed(Entry{Sub: "a2"}))
	p.Add(claimed(Entry{Sub: "a3"}))
	p.Observe(directory.User{Sub: "a1", Username: "jane"}, before)
	p.Observe(directory.User{Sub: "a2", Username: "jane"}, before)
	p.Complete()
	if diff := cmp.Diff(Tally{Known: 3, Walked: 2, Missing: 1}, p.Tally()); diff != "" {
		t.Errorf("Tally: -want +got\n%s", diff)
	}
	if got := slices.Collect(p.Lapsed()); got != nil {
		t.Errorf("Lapsed = %v, want nobody: what became of the claim is not known", got)
	}
}

// TestPartitionAddTwice adds a user again, as a ledger read that was retried
// would: the last entry counts, once.
func TestPartitionAddTwice(t *testing.T) {
	p := NewPartition(NewRoster(), noon, false)
	p.Add(confirmed("a1", before))
	p.Add(confirmed("a1", after))
	p.Complete()
	if got := p.Tally().Known; got != 1 {
		t.Errorf("Known = %d, want 1", got)
	}
	if got := p.Observe(directory.User{Sub: "a1", Username: "jane"}, after); got != Same {
		t.Errorf("Observe = %v, want %v", got, Same)
	}
}

// TestPartitionObserveTwice lists a user twice, as a listing that moves under
// the walk might: nobody is missing for it.
func TestPartitionObserveTwice(t *testing.T) {
	p := NewPartition(NewRoster(), noon, false)
	p.Add(confirmed("a1", before))
	for range 2 {
		if got := p.Observe(directory.User{Sub: "a1", Username: "jane"}, before); got != Same {
			t.Errorf("Observe = %v, want %v", got, Same)
		}
	}
	p.Complete()
	if got := p.Tally().Missing; got != 0 {
		t.Errorf("Missing = %d, want 0", got)
	}
}

// TestPartitionsOfOneRoster shows that targets which share a roster share nothing else:
// who is known to one is new to another, and missing from the one only.
func TestPartitionsOfOneRoster(t *testing.T) {
	roster := NewRoster()
	a, b := NewPartition(roster, noon, false), NewPartition(roster, noon, false)
	a.Add(confirmed("a1", before))
	b.Add(confirmed("b1", before))
	b.Add(confirmed("b2", before))
	a.Add(confirmed("b2", after))
	for _, tt := range []struct {
		sub    string
		inA, b Decision
	}{{"a1", Same, New}, {"b2", Changed, Same}, {"c1", New, New}} {
		u := directory.User{Sub: tt.sub, Username: "jane"}
		if gotA, gotB := a.Observe(u, before), b.Observe(u, before); gotA != tt.inA || gotB != tt.b {
			t.Errorf("%s: %v and %v, want %v and %v", tt.sub, gotA, gotB, tt.inA, tt.b)
		}
	}
	a.Complete()
	b.Complete()
	if diff := cmp.Diff(Tally{Known: 2, Walked: 3}, a.Tally()); diff != "" {
		t.Errorf("tally of the first: -want +got\n%s", diff)
	}
	if diff := cmp.Diff([]string{"b1"}, slices.Collect(b.Missing())); diff != "" {
		t.Errorf("missing from the second: -want +got\n%s", diff)
	}
}

func TestTallyAdd(t *testing.T) {
	got := Tally{Known: 1, Walked: 2, Missing: 3}.Add(Tally{Known: 10, Walked: 20, Missing: 30})
	if want := (Tally{Known: 11, Walked: 22, Missing: 33}); got != want {
		t.Errorf("Add = %+v, want %+v", got, want)
	}
}

// entryAt and userAt make one of many users; every string is fresh, as it is when
// it comes off the wire.
func entryAt(i int) Entry {
	u := userAt(i)
	return Entry{Sub: u.Sub, Username: u.Username, Fingerprint: before, ObservedAt: noon, DeliveredAt: noon}
}

func userAt(i int) directory.User {
	return directory.User{
		Sub:      fmt.Sprintf("%08x-3041-70aa-1111-0123456789ab", i),
		Username: fmt.Sprintf("user-%08d@example.com", i),
	}
}

// BenchmarkPartitionAdd reports the memory that the partitions of one and of five targets
// hold for each user, for the size that one of 16 has in a pool of 500,000 users.
func BenchmarkPartitionAdd(b *testing.B) {
	const users = 500_000 / 16
	for _, targets := range []int{1, 5} {
		b.Run(fmt.Sprint(targets, " targets"), func(b *testing.B) {
			var start, end runtime.MemStats
			for b.Loop() {
				runtime.GC()
				runtime.ReadMemStats(&start)
				roster, parts := NewRoster(), make([]*Partition, targets)
				for t := range parts {
					parts[t] = NewPartition(roster, noon, false)
					for i := range users {
						parts[t].Add(entryAt(i))
					}
				}
				runtime.GC()
				runtime.ReadMemStats(&end)
				runtime.KeepAlive(parts)
			}
			b.ReportMetric(float64(end.HeapAlloc-start.HeapAlloc)/users, "heapB/user")
		})
	}
}

func BenchmarkPartitionObserve(b *testing.B) {
	const users = 500_000 / 16
	p := NewPartition(NewRoster(), noon, false)
	pool := make([]directory.User, users)
	for i := range users {
		p.Add(entryAt(i))
		pool[i] = userAt(i)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		p.Observe(pool[i%users], before)
		i++
	}
}
