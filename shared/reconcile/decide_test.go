package reconcile

import (
	"strings"
	"testing"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
)

// named holds every fact by the name that the rows of a test give it.
var named = []struct {
	name string
	of   func(*facts) *bool
}{
	{"happened", func(f *facts) *bool { return &f.happened }},
	{"gone", func(f *facts) *bool { return &f.gone }},
	{"late", func(f *facts) *bool { return &f.late }},
	{"doubt", func(f *facts) *bool { return &f.doubt }},
	{"itself", func(f *facts) *bool { return &f.itself }},
	{"silent", func(f *facts) *bool { return &f.silent }},
	{"known", func(f *facts) *bool { return &f.known }},
	{"held", func(f *facts) *bool { return &f.held }},
	{"yes", func(f *facts) *bool { return &f.yes }},
	{"no", func(f *facts) *bool { return &f.no }},
	{"leaving", func(f *facts) *bool { return &f.leaving }},
	{"claimed", func(f *facts) *bool { return &f.claimed }},
	{"removed", func(f *facts) *bool { return &f.removed }},
}

// possible reports whether there is an entry of which all this is true.
func possible(f facts) bool {
	switch {
	case f.removed && (f.known || f.leaving || f.claimed), // of a removal nothing else is kept
		f.held && !f.known,
		f.yes && (!f.held || f.no),
		f.no && !f.known:
		return false
	}
	return true
}

// matches reports whether facts are those of a row: words that must be true, or, with a
// minus, must not be.
func matches(row string, f facts) bool {
	words := strings.Fields(row)
	for _, fact := range named {
		for _, word := range words {
			if want := word == fact.name; (want || word == "-"+fact.name) && *fact.of(&f) != want {
				return false
			}
		}
	}
	return true
}

// decisions is the table at [action], row by row.
var decisions = []struct {
	name string
	in   string
	want action
}{
	{"nothing", "-gone -happened -known -removed -late -itself", tell},
	{"nothing, a sign-in", "-gone happened -known -removed -late", tell},
	{"a removal", "-gone -happened removed -late -itself", tell},
	{"a removal, a sign-in", "-gone happened removed -late", tell},
	{"a removal, late", "-gone removed late", ignore},
	{"a yes to s", "-gone -happened yes -doubt -leaving", same},
	{"a yes to s, a sign-in", "-gone happened yes -doubt", report},
	{"a yes to s, leaving", "-gone -happened yes -doubt leaving -late", keep},
	{"a yes to s, leaving, late", "-gone -happened yes -doubt leaving late", same},
	{"a yes to s, in doubt", "-gone -happened yes doubt -late -itself", tell},
	{"a yes to s, in doubt, a sign-in", "-gone happened yes doubt -late", tell},
	{"a yes to s, in doubt, late", "-gone -happened yes doubt late", ignore},
	{"a yes to s, in doubt, late, a sign-in", "-gone happened yes doubt late", report},
	{"a yes to another state", "-gone -happened held -yes -no -late -itself", tell},
	{"a yes to another state, a sign-in", "-gone happened held -yes -late", tell},
	{"the target disabled the user itself", "-gone -happened -yes itself -late", credit},
	{"the same where it is not told who is disabled", "-gone -happened yes doubt itself -late", credit},
	{"a no to s, not to be asked yet", "-gone -happened no -late -itself", refused},
	{"a no to s, a sign-in", "-gone happened no -late", tell},
	{"a no, to another state or due", "-gone -happened known -yes -no -late -itself", tell},
	{"a no, to another state or due, a sign-in", "-gone happened known -yes -no -late", tell},
	{"another answer or none, late", "-gone -happened -yes -removed late", ignore},
	{"another answer or none, late, a sign-in", "-gone happened -yes -removed late", report},

	{"gone, late", "gone late", ignore},
	{"gone, nothing or a removal", "gone -late -known -claimed -doubt", foreign},
	{"gone, only ever a no", "gone -late known -held -claimed -doubt", forget},
	{"gone, neither a claim nor a yes, in doubt", "gone -late -held -claimed doubt -silent -itself", remove},
	{"the same, and the target removed the user itself", "gone -late -held -claimed doubt itself", forget},
	{"the same, and the target is told of no removal", "gone -late -held -claimed doubt silent", forget},
	{"gone, a claim", "gone -late claimed -silent -itself", remove},
	{"gone, a claim, and the target removed the user itself", "gone -late claimed itself", forget},
	{"gone, a claim, and the target is told of no removal", "gone -late claimed silent", forget},
	{"gone, a yes once", "gone -late held -silent -itself", remove},
	{"gone, the target removed the user itself", "gone -late held itself", forget},
	{"gone, the target is told of no removal", "gone -late held silent", forget},
}

// TestDecide goes through everything that can be true of a change and its entry: each
// case is in the table, and no two rows differ about it.
func TestDecide(t *testing.T) {
	met := make(map[string]bool)
	for bits := range 1 << len(named) {
		var f facts
		for i, fact := range named {
			*fact.of(&f) = bits&(1<<i) != 0
		}
		if !possible(f) {
			continue
		}
		rows := 0
		for _, row := range decisions {
			if !matches(row.in, f) {
				continue
			}
			rows++
			met[row.name] = true
			if got := decide(f); got != row.want {
				t.Errorf("%s: decide(%+v) = %s, want %s", row.name, f, got, row.want)
			}
		}
		if rows == 0 {
			t.Errorf("no row is about %+v", f)
		}
	}
	for _, row := range decisions {
		if !met[row.name] {
			t.Errorf("%s: this never happens", row.name)
		}
	}
}

// plain is a target of which nothing is asked but what it is.
type plain struct{ FullTarget }

func (plain) Nature() Nature { return Nature{} }

// TestDoubted is the table's row of a delivery that another one crossed: whatever the
// ledger holds, the state is told anew.
func TestDoubted(t *testing.T) {
	at := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	s := directory.NewFingerprint(1, map[string]string{"email": "jane@example.com"})
	yes := plan.Entry{Sub: "s", Username: "jane", Fingerprint: s, ObservedAt: at, DeliveredAt: at}
	no := plan.Entry{Sub: "s", Username: "jane", Fingerprint: s, ObservedAt: at, Rejected: "because"}
	d := &Deliverer{target: plain{}}
	for _, tt := range []struct {
		name       string
		in         plan.Entry
		here, gone action // what is done if the user is there, or gone
	}{
		{"a yes to s", yes, tell, remove},
		{"a no to s", no, tell, forget},
		{"a removal", plan.Entry{Sub: "s", ObservedAt: at, Removed: true}, tell, remove},
	} {
		e := doubted(tt.in, "jane")
		seen := state{observedAt: at.Add(time.Second)}
		f := d.facts(directory.Change{Kind: directory.Changed, Sub: "s", ObservedAt: at}, e, plan.Entry{Fingerprint: s}, seen)
		if got := decide(f); got != tt.here {
			t.Errorf("%s, and the user is there: %s, want %s", tt.name, got, tt.here)
		}
		f.gone = true
		if got := decide(f); got != tt.gone {
			t.Errorf("%s, and the user is gone: %s, want %s", tt.name, got, tt.gone)
		}
		if e.Username != "jane" {
			t.Errorf("%s: in doubt, the user has the name %q, want jane", tt.name, e.Username)
		}
	}
}
