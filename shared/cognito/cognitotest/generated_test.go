package cognitotest

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
)

// TestGenerated compares what is generated under a prefix with all of the pool,
// sorted, before any of it changes and after.
func TestGenerated(t *testing.T) {
	for _, n := range []int{0, 1, 5, 1000} {
		p := New(Users(n))
		all := slices.SortedFunc(p.All(), func(a, b directory.User) int { return strings.Compare(a.Sub, b.Sub) })
		prefixes := []string{"", "0", "8", "84", "f4e", "g"}
		if n > 0 {
			prefixes = append(prefixes, all[0].Sub, all[n-1].Sub, all[n/2].Sub[:9])
			p.Edit(all[0].Sub, func(u *directory.User) { u.Enabled = false })
			p.Delete(all[n-1].Sub)
			p.Add("late", nil)
		}
		for _, prefix := range prefixes {
			var want []directory.User
			for _, u := range all {
				if strings.HasPrefix(u.Sub, prefix) {
					want = append(want, u)
				}
			}
			if diff := cmp.Diff(want, slices.Collect(p.Generated(prefix))); diff != "" {
				t.Errorf("%d users, prefix %q: -want +got\n%s", n, prefix, diff)
			}
		}
	}
}
