package ledgertest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/plan"
)

func TestMemory(t *testing.T) {
	TestLedger(t, func(_ *testing.T, now func() time.Time) Ledger { return New(WithClock(now)) })
}

// users returns a base of n users, each as confirmed.
func users(n int) Generated {
	return Generated{N: n, At: func(i int) plan.Entry {
		e := confirmed(1)
		e.RemoteID = ""
		return e
	}}
}

// subs returns the subs of a ledger's entries under a prefix.
func subs(t *testing.T, m *Memory, prefix string) []string {
	t.Helper()
	var found []string
	err := m.Entries(t.Context(), prefix, func(e plan.Entry) error {
		found = append(found, e.Sub)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestGenerated compares a computed base with all its subs, sorted.
func TestGenerated(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 16, 17, 5000} {
		var all []string
		for i := range n {
			all = append(all, Sub(i))
		}
		slices.Sort(all)
		prefixes := []string{"", "0", "8", "f", "84e", "000", "00000000-3041", "80000000-3041-40aa-8111-000000000001", "80000000-4"}
		for _, prefix := range prefixes {
			var want []string
			for _, sub := range all {
				if strings.HasPrefix(sub, prefix) {
					want = append(want, sub)
				}
			}
			got := subs(t, New(WithBase(users(n))), prefix)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%d users, prefix %q: -want +got\n%s", n, prefix, diff)
			}
		}
		for i := range n {
			if e, ok := users(n).Entry(Sub(i)); !ok || e.Sub != Sub(i) {
				t.Fatalf("%d users: Entry(Sub(%d)) = %v, %v", n, i, e, ok)
			}
		}
		for _, sub := range []string{Sub(n), "8", "80000000-3041-40aa-8111-0000000000ff", "not a sub", ""} {
			if e, ok := users(n).Entry(sub); ok {
				t.Errorf("%d users: Entry(%q) = %v, want none", n, sub, e)
			}
		}
	}
}

// TestWrittenOverBase writes over a base and beside it: what is written counts,
// and the order holds.
func TestWrittenOverBase(t *testing.T) {
	m := New(WithBase(users(4))) // subs that start with 0, 4, 8, and c
	for _, sub := range []string{"1e", "8e", "fe"} {
		if err := m.Confirm(t.Context(), but(confirmed(1), func(e *plan.Entry) { e.Sub = sub })); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Confirm(t.Context(), but(confirmed(2), func(e *plan.Entry) { e.Sub = Sub(1) })); err != nil {
		t.Fatal(err)
	}
	if err := m.Forget(t.Context(), Sub(3), at(2)); err != nil {
		t.Fatal(err)
	}
	if err := m.MarkAbsent(t.Context(), Sub(2), "run-1"); err != nil {
		t.Fatal(err)
	}
	want := []string{Sub(0), "1e", Sub(2), Sub(1), "8e", "fe"}
	if diff := cmp.Diff(want, subs(t, m, "")); diff != "" {
		t.Errorf("Entries: -want +got\n%s", diff)
	}
	for sub, want := range map[string]plan.Entry{
		Sub(0): but(confirmed(1), func(e *plan.Entry) { e.Sub, e.RemoteID = Sub(0), "" }),
		Sub(1): but(confirmed(2), func(e *plan.Entry) { e.Sub = Sub(1) }),
		Sub(2): but(confirmed(1), func(e *plan.Entry) { e.Sub, e.RemoteID, e.AbsentRun = Sub(2), "", "run-1" }),
		Sub(3): {Sub: Sub(3), ObservedAt: at(2), Removed: true},
		Sub(4): {},
	} {
		got, err := m.Entry(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Entry: -want +got\n%s", diff)
		}
	}
}

func TestSeed(t *testing.T) {
	m := New()
	want := but(confirmed(1), func(e *plan.Entry) { e.AbsentRun = "run-1" })
	m.Seed(want)
	got, err := m.Entry(t.Context(), sub)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Entry: -want +got\n%s", diff)
	}
	if got := m.Writes(); got != 0 {
		t.Errorf("Writes = %d after Seed, want 0", got)
	}
}

func TestFaults(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		name  string
		fault Fault
		fails []int // which of three confirmations, each newer, after a look-up
		kept  float64
	}{
		{"none", Fault{}, nil, 3},
		{"one of a kind", Fault{Op: Confirm, Call: 2, Err: broken}, []int{2}, 3},
		{"one of a kind, the last", Fault{Op: Confirm, Call: 3, Err: broken}, []int{3}, 2},
		{"one of a kind, its answer lost", Fault{Op: Confirm, Call: 3, Err: broken, Lost: true}, []int{3}, 3},
		{"one of all", Fault{Call: 2, Err: broken}, []int{1}, 3},
		{"one of another kind", Fault{Op: Forget, Call: 1, Err: broken}, nil, 3},
		{"one that is never reached", Fault{Call: 9, Err: broken}, nil, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := New()
			m.Inject(tt.fault)
			if _, err := m.Entry(t.Context(), sub); err != nil {
				t.Fatal(err)
			}
			var fails []int
			for i := range 3 {
				err := m.Confirm(t.Context(), confirmed(float64(i+1)))
				if err != nil && !errors.Is(err, broken) {
					t.Fatal(err)
				}
				if err != nil {
					fails = append(fails, i+1)
				}
			}
			if diff := cmp.Diff(tt.fails, fails); diff != "" {
				t.Errorf("failed confirmations: -want +got\n%s", diff)
			}
			if all, writes := m.Calls(), m.Writes(); all != 4 || writes != 3 || m.Calls(Entry) != 1 {
				t.Errorf("counted %d calls and %d writes, want 4 and 3", all, writes)
			}
			got, err := m.Entry(t.Context(), sub)
			if err != nil {
				t.Fatal(err)
			}
			if !got.ObservedAt.Equal(at(tt.kept)) {
				t.Errorf("kept the observation of %v, want %v", got.ObservedAt, at(tt.kept))
			}
		})
	}
}

// TestFaultAtPage breaks a long list off after each page.
func TestFaultAtPage(t *testing.T) {
	broken := errors.New("broken")
	const pages = 3
	for page := 1; page <= pages; page++ {
		m := New(WithBase(users((pages-1)*pageSize + 1)))
		m.Inject(Fault{Op: Entries, Call: page, Err: broken})
		read := 0
		err := m.Entries(t.Context(), "", func(plan.Entry) error { read++; return nil })
		if !errors.Is(err, broken) || read != (page-1)*pageSize {
			t.Errorf("fault at page %d: error = %v after %d entries, want %v after %d", page, err, read, broken, (page-1)*pageSize)
		}
	}
	m := New(WithBase(users((pages-1)*pageSize + 1)))
	if got := len(subs(t, m, "")); got != (pages-1)*pageSize+1 || m.Calls(Entries) != pages {
		t.Errorf("read %d entries in %d pages, want %d in %d", got, m.Calls(Entries), (pages-1)*pageSize+1, pages)
	}
}

func TestContextOver(t *testing.T) {
	m := New()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Confirm(ctx, confirmed(1)); !errors.Is(err, ctx.Err()) {
		t.Errorf("Confirm error = %v, want %v", err, ctx.Err())
	}
	if m.Calls() != 0 {
		t.Error("a call was counted after the context was over")
	}
}

// BenchmarkPartition reads one of 4,096 partitions of a ledger of ten million.
func BenchmarkPartition(b *testing.B) {
	m := New(WithBase(users(10_000_000)))
	b.ReportAllocs()
	read := 0
	for b.Loop() {
		if err := m.Entries(b.Context(), "84e", func(plan.Entry) error { read++; return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(read)/float64(b.N), "entries/op")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(read), "ns/entry")
}
