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
		p := NewPartition(noon, false)
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
	p := NewPartition(noon, false)
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

// TestPartitionAddTwice adds a user again, as a ledger read that was retried
// would: the last entry counts, once.
func TestPartitionAddTwice(t *testing.T) {
	p := NewPartition(noon, false)
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
	p := NewPartition(noon, false)
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

// BenchmarkPartitionAdd reports the memory that a partition holds per entry, for
// the size that one of 16 partitions has in a pool of 500,000 users.
func BenchmarkPartitionAdd(b *testing.B) {
	const users = 500_000 / 16
	var start, end runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&start)
		p := NewPartition(noon, false)
		for i := range users {
			p.Add(entryAt(i))
		}
		runtime.GC()
		runtime.ReadMemStats(&end)
		runtime.KeepAlive(p)
	}
	b.ReportMetric(float64(end.HeapAlloc-start.HeapAlloc)/users, "heapB/entry")
}

func BenchmarkPartitionObserve(b *testing.B) {
	const users = 500_000 / 16
	p := NewPartition(noon, false)
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
