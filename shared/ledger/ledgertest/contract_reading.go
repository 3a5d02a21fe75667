package ledgertest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/plan"
)

func testReading(t *testing.T, open Open) {
	subs := []string{
		"00e844c8-3041-70aa-1111-0123456789ab",
		"84e844c8-3041-70aa-1111-0123456789ab",
		"84e944c8-3041-70aa-1111-0123456789ab",
		"85e844c8-3041-70aa-1111-0123456789ab",
		"f4e844c8-3041-70aa-1111-0123456789ab",
	}
	l := open(t, time.Now)
	for i, sub := range slices.Backward(subs) {
		e := confirmed(1)
		e.Sub = sub
		run := "run-1"
		if i == 0 {
			run = "run-2"
		}
		err := errors.Join(l.Confirm(t.Context(), e), l.MarkAbsent(t.Context(), sub, run))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Forget(t.Context(), subs[4], at(3)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		prefix              string
		entries, candidates []string
	}{
		{"", subs[:4], subs[1:4]},
		{"0", subs[:1], nil},
		{"8", subs[1:4], subs[1:4]},
		{"84e", subs[1:3], subs[1:3]},
		{subs[1], subs[1:2], subs[1:2]},
		{subs[1] + "0", nil, nil},
		{"9", nil, nil},
		{"f", nil, nil}, // removed
	} {
		t.Run("prefix "+tt.prefix, func(t *testing.T) {
			var entries, candidates []string
			err := l.Entries(t.Context(), tt.prefix, func(e plan.Entry) error {
				want := but(confirmed(1), func(want *plan.Entry) { want.Sub, want.AbsentRun = e.Sub, e.AbsentRun })
				if diff := cmp.Diff(want, e); diff != "" {
					t.Errorf("entry: -want +got\n%s", diff)
				}
				entries = append(entries, e.Sub)
				return nil
			})
			if err != nil {
				t.Fatalf("Entries: %v", err)
			}
			err = l.Candidates(t.Context(), tt.prefix, "run-1", func(e plan.Entry) error {
				candidates = append(candidates, e.Sub)
				return nil
			})
			if err != nil {
				t.Fatalf("Candidates: %v", err)
			}
			if diff := cmp.Diff(tt.entries, entries); diff != "" {
				t.Errorf("Entries: -want +got\n%s", diff)
			}
			if diff := cmp.Diff(tt.candidates, candidates); diff != "" {
				t.Errorf("Candidates: -want +got\n%s", diff)
			}
		})
	}
	t.Run("stops when told", func(t *testing.T) {
		enough, calls := errors.New("enough"), 0
		err := l.Entries(t.Context(), "", func(plan.Entry) error { calls++; return enough })
		if !errors.Is(err, enough) || calls != 1 {
			t.Errorf("Entries = %v after %d calls, want %v after 1", err, calls, enough)
		}
	})
}
