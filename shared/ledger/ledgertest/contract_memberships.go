package ledgertest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// TestMemberships holds a place for memberships against what every such place promises.
// Open returns a new one that holds nothing.
func TestMemberships(t *testing.T, open func(t *testing.T) reconcile.Memberships) {
	member := func(sub, group string) reconcile.Membership { return reconcile.Membership{Sub: sub, Group: group} }
	type added struct {
		run, prefix string
		members     []reconcile.Membership
	}
	many := make([]reconcile.Membership, 5000)
	for i := range many {
		many[i] = member(fmt.Sprintf("a%07x-0000-4000-8000-000000000000", i), strings.Repeat("g", 128))
	}
	kept := []added{
		{"run-1", "84e", []reconcile.Membership{member("84e1", "staff"), member("84e2", "staff"), member("84e1", "beta")}},
		{"run-1", "84e", []reconcile.Membership{member("84e3", `ä "group" of #ours`)}},
		{"run-1", "84e", []reconcile.Membership{member("84e1", "staff")}}, // again
		{"run-1", "84f", []reconcile.Membership{member("84f1", "staff")}},
		{"run-1", "", []reconcile.Membership{member("041", "staff")}},
		{"run-1", "8", []reconcile.Membership{member("841", "staff")}},
		{"run-2", "84e", []reconcile.Membership{member("84e9", "staff")}},
		{"run-2", "a", many},
	}
	m := open(t)
	for _, a := range kept {
		if err := m.Add(t.Context(), a.run, a.prefix, a.members); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		run, prefix string
		want        []reconcile.Membership
	}{
		{"run-1", "84e", []reconcile.Membership{member("84e1", "beta"), member("84e1", "staff"), member("84e2", "staff"), member("84e3", `ä "group" of #ours`)}},
		{"run-1", "84f", []reconcile.Membership{member("84f1", "staff")}},
		{"run-1", "", []reconcile.Membership{member("041", "staff")}},
		{"run-1", "8", []reconcile.Membership{member("841", "staff")}},
		{"run-1", "84", nil},
		{"run-1", "9", nil},
		{"run-2", "84e", []reconcile.Membership{member("84e9", "staff")}},
		{"run-2", "a", many},
		{"run-3", "84e", nil},
	} {
		t.Run(tt.run+" "+tt.prefix, func(t *testing.T) {
			var got []reconcile.Membership
			if err := m.Members(t.Context(), tt.run, tt.prefix, func(m reconcile.Membership) error { got = append(got, m); return nil }); err != nil {
				t.Fatal(err)
			}
			slices.SortFunc(got, func(a, b reconcile.Membership) int {
				return cmp.Or(strings.Compare(a.Sub, b.Sub), strings.Compare(a.Group, b.Group))
			})
			if diff := gocmp.Diff(tt.want, slices.Compact(got)); diff != "" {
				t.Errorf("members: -want +got\n%s", diff)
			}
		})
	}
}
