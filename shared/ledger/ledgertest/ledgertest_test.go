package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/reconcile"
)

func TestMemory(t *testing.T) {
	open := func(_ *testing.T, now func() time.Time) Ledger { return New(WithClock(now)) }
	TestLedger(t, open)
	TestShared(t, open)
	t.Run("Lease", func(t *testing.T) {
		TestLease(t, func(_ *testing.T, now func() time.Time) reconcile.Lease { return New(WithClock(now)).Lease() })
	})
}

func TestMembershipsInMemory(t *testing.T) {
	TestMemberships(t, func(*testing.T) reconcile.Memberships { return NewMemberships() })
}

// sub of the i-th of 65,536 users, evenly spread; they ascend with i.
func subAt(i int) string { return fmt.Sprintf("%04x44c8-3041-70aa-1111-0123456789ab", i) }

// users returns a base of n users, at equal distances.
func users(n int) Base {
	all := func(prefix string) iter.Seq[directory.User] {
		return func(yield func(directory.User) bool) {
			for i := range n {
				u := directory.User{Sub: subAt(i * (65536 / n)), Username: "jane"}
				if strings.HasPrefix(u.Sub, prefix) && !yield(u) {
					return
				}
			}
		}
	}
	return Confirmed(all, func(directory.User) directory.Fingerprint { return state(1) }, at(1))
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

func TestBase(t *testing.T) {
	m := New(WithBase(users(16)))
	for _, tt := range []struct {
		prefix string
		want   []string
	}{
		{"8", []string{subAt(0x8000)}},
		{"9000", []string{subAt(0x9000)}},
		{subAt(0xa000), []string{subAt(0xa000)}},
		{subAt(0xa001), nil},
	} {
		if diff := cmp.Diff(tt.want, subs(t, m, tt.prefix)); diff != "" {
			t.Errorf("prefix %q: -want +got\n%s", tt.prefix, diff)
		}
	}
	if got := len(subs(t, m, "")); got != 16 {
		t.Errorf("%d entries, want 16", got)
	}
}

// TestWrittenOverBase writes over a base and beside it: what is written counts,
// and the order holds.
func TestWrittenOverBase(t *testing.T) {
	m := New(WithBase(users(4)))
	kept, again, absent, gone := subAt(0), subAt(0x4000), subAt(0x8000), subAt(0xc000)
	of := func(sub string, e plan.Entry) plan.Entry { e.Sub = sub; return e }
	based := but(confirmed(1), func(e *plan.Entry) { e.DeliveredAt, e.RemoteID, e.Note = at(1), "", "" })

	err := errors.Join(
		m.Confirm(t.Context(), of("1e", confirmed(1))),
		m.Confirm(t.Context(), of("8e", confirmed(1))),
		m.Confirm(t.Context(), of("fe", confirmed(1))),
		m.Confirm(t.Context(), of(again, confirmed(2))),
		m.MarkAbsent(t.Context(), absent, "run-1"),
		m.Forget(t.Context(), gone, at(2)),
	)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{kept, "1e", again, absent, "8e", "fe"}, subs(t, m, "")); diff != "" {
		t.Errorf("Entries: -want +got\n%s", diff)
	}
	for sub, want := range map[string]plan.Entry{
		kept:        of(kept, based),
		again:       of(again, confirmed(2)),
		absent:      but(of(absent, based), func(e *plan.Entry) { e.AbsentRun = "run-1" }),
		gone:        {Sub: gone, ObservedAt: at(2), Removed: true},
		subAt(0xd0): {},
	} {
		got, err := m.Entry(t.Context(), sub)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Entry(%s): -want +got\n%s", sub, diff)
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
		m := New(WithBase(users((pages-1)*PageSize + 1)))
		m.Inject(Fault{Op: Entries, Call: page, Err: broken})
		read := 0
		err := m.Entries(t.Context(), "", func(plan.Entry) error { read++; return nil })
		if !errors.Is(err, broken) || read != (page-1)*PageSize {
			t.Errorf("fault at page %d: error = %v after %d entries, want %v after %d", page, err, read, broken, (page-1)*PageSize)
		}
	}
	m := New(WithBase(users((pages-1)*PageSize + 1)))
	if got := len(subs(t, m, "")); got != (pages-1)*PageSize+1 || m.Calls(Entries) != pages {
		t.Errorf("read %d entries in %d pages, want %d in %d", got, m.Calls(Entries), (pages-1)*PageSize+1, pages)
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
