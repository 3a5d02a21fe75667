package cognitotest

import (
	"regexp"
	"testing"
)

var (
	older = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	newer = regexp.MustCompile(`^[0-9a-f]4[0-9a-f]8[0-9a-f]4[0-9a-f]8-[0-9a-f]{3}1-70[0-9a-f]{2}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)

func TestPopulationSubs(t *testing.T) {
	for _, n := range []int{0, 1, 3, 4, 5000} {
		b := population{n: n}
		for pi, part := range b.parts() {
			form := []*regexp.Regexp{older, newer}[pi]
			last := ""
			for i := part.lo; i < part.hi; i++ {
				sub := b.sub(i)
				if !form.MatchString(sub) || sub <= last {
					t.Fatalf("sub(%d) of %d = %q after %q, want it ascending in the form %v", i, n, sub, last, form)
				}
				if got, ok := b.bySub(sub); got != i || !ok {
					t.Fatalf("bySub(%q) = %d, %t; want %d, true", sub, got, ok, i)
				}
				last = sub
			}
		}
	}
}

func TestPopulationPrefixes(t *testing.T) {
	b := population{n: 5000}
	for _, digits := range []int{1, 3} {
		met := make(map[int]int)
		for _, prefix := range prefixes(digits) {
			for _, s := range b.withPrefix(prefix) {
				for i := s.lo; i < s.hi; i++ {
					met[i]++
				}
			}
		}
		for i := range b.n {
			if met[i] != 1 {
				t.Fatalf("user %d has %d of the prefixes of %d digits, want 1", i, met[i], digits)
			}
		}
	}
}

// At 40 million users, the most a pool holds, subs still differ.
func TestPopulationDense(t *testing.T) {
	b := population{n: 40_000_000}
	for i := 20_000_000; i < 20_001_000; i++ {
		if b.sub(i) >= b.sub(i+1) {
			t.Fatalf("sub(%d) = %q, sub(%d) = %q; want ascending", i, b.sub(i), i+1, b.sub(i+1))
		}
	}
}

func TestPopulationNames(t *testing.T) {
	tests := []struct {
		name string
		base population
		find func(population, string) (int, bool)
		in   string
		want int // or -1
	}{
		{"user name", population{n: 100}, population.byName, "user00000012", 12},
		{"federated", population{n: 100}, population.byName, "Google_100000000000000000019", 19},
		{"other case", population{n: 100}, population.byName, "User00000012", -1},
		{"other case ignored", population{n: 100, ignoreCase: true}, population.byName, "User00000012", 12},
		{"by sub", population{n: 100, namedBySub: true}, population.byName, population{n: 100}.sub(12), 12},
		{"federated by sub", population{n: 100, namedBySub: true}, population.byName, population{n: 100}.sub(19), -1},
		{"beyond", population{n: 100}, population.byName, "user00000100", -1},
		{"not a number", population{n: 100}, population.byName, "userxxxxxxxx", -1},
		{"short", population{n: 100}, population.byName, "user", -1},
		{"address", population{n: 100}, population.byEmail, "user00000012@example.com", 12},
		{"no address", population{n: 100}, population.byEmail, "user00000012", -1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := tt.find(tt.base, tt.in)
			if !ok {
				got = -1
			}
			if got != tt.want {
				t.Errorf("found %d, want %d", got, tt.want)
			}
		})
	}
}

// prefixes returns every string of so many hexadecimal digits.
func prefixes(digits int) []string {
	all := []string{""}
	for range digits {
		var longer []string
		for _, p := range all {
			for _, d := range "0123456789abcdef" {
				longer = append(longer, p+string(d))
			}
		}
		all = longer
	}
	return all
}
