package cognitotest

import (
	"fmt"
	"math/bits"
	"sort"
	"strconv"
	"strings"
	"time"
)

// population is n users, each computed from a number from 0 to n-1, so that they take
// no memory.
//
// The first quarter has subs that are plain version-4 UUIDs, as older users have;
// the others have the newer form. Within each part subs ascend with the number,
// evenly spread, so that those with one prefix are found by bisection.
type population struct {
	n          int
	namedBySub bool
	ignoreCase bool
}

// Forms of a sub: x is any digit, v a UUID's variant, anything else itself. The
// newer form is that of us-east-1, seen in public examples: digits 2, 4, 6 and 8
// are the same throughout a Region.
const (
	olderForm = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx"
	newerForm = "x4x8x4x8-xxx1-70xx-xxxx-xxxxxxxxxxxx"
)

// parts returns the ranges of numbers within which subs ascend.
func (b population) parts() []span {
	return []span{{0, b.n / 4}, {b.n / 4, b.n}}
}

// span is a range of numbers, from lo up to but not including hi.
type span struct{ lo, hi int }

func (b population) sub(i int) string {
	part, form := b.parts()[0], olderForm
	if i >= part.hi {
		part, form = b.parts()[1], newerForm
	}
	// The digits that count come first: the place of i in its part, as a fraction
	// of 64 bits. The last 20 of them, and all further digits, are noise.
	place, _ := bits.Div64(uint64(i-part.lo), 0, uint64(part.hi-part.lo))
	noise := mix(seed ^ uint64(i))
	return fill(form, place&^0xfffff|noise&0xfffff, mix(noise))
}

// fill puts the digits of first and then second into a form.
func fill(form string, first, second uint64) string {
	const digits = "0123456789abcdef"
	var s [len(olderForm)]byte
	next := func() uint64 {
		d := first >> 60
		first = first<<4 | second>>60
		second <<= 4
		return d
	}
	for i := range s {
		switch form[i] {
		case 'x':
			s[i] = digits[next()]
		case 'v':
			s[i] = digits[8+next()%4]
		default:
			s[i] = form[i]
		}
	}
	return string(s[:])
}

// mix scrambles a number (the finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// withPrefix returns the ranges of users whose sub starts with prefix.
func (b population) withPrefix(prefix string) []span {
	var found []span
	for _, part := range b.parts() {
		find := func(s string) int {
			return part.lo + sort.Search(part.hi-part.lo, func(k int) bool { return b.sub(part.lo+k) >= s })
		}
		if s := (span{find(prefix), find(prefix + "~")}); s.lo < s.hi {
			found = append(found, s)
		}
	}
	return found
}

// bySub returns the number of the user with this sub.
func (b population) bySub(sub string) (int, bool) {
	for _, s := range b.withPrefix(sub) {
		if b.sub(s.lo) == sub {
			return s.lo, true
		}
	}
	return 0, false
}

// byName returns the number of the user with this user name.
func (b population) byName(username string) (int, bool) {
	if b.namedBySub {
		if i, ok := b.bySub(username); ok && !federated(i) {
			return i, true
		}
	}
	return b.parse(username, b.username)
}

// byEmail returns the number of the user generated with this e-mail address.
func (b population) byEmail(email string) (int, bool) {
	name, ok := strings.CutSuffix(email, "@example.com")
	if !ok {
		return 0, false
	}
	return b.parse(name, func(i int) string { return fmt.Sprintf("user%08d", i) })
}

// parse returns the number that a name ends with, if it is that user's name.
func (b population) parse(name string, nameOf func(int) string) (int, bool) {
	if len(name) < 8 {
		return 0, false
	}
	i, err := strconv.Atoi(name[len(name)-8:])
	if err != nil || i < 0 || i >= b.n {
		return 0, false
	}
	return i, nameOf(i) == name || b.ignoreCase && strings.EqualFold(nameOf(i), name)
}

// federated reports whether user i signs in with an identity provider: every tenth
// does.
func federated(i int) bool { return i%10 == 9 }

func (b population) username(i int) string {
	switch {
	case federated(i):
		return fmt.Sprintf("Google_1000000000000%08d", i)
	case b.namedBySub:
		return b.sub(i)
	}
	return fmt.Sprintf("user%08d", i)
}

// firstCreated is when the first generated user was created; each further one
// came a second later.
var firstCreated = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// record returns user i as generated.
func (b population) record(i int) *record {
	number := fmt.Sprintf("%08d", i)
	created := firstCreated.Add(time.Duration(i) * time.Second)
	r := &record{
		username: b.username(i), enabled: true, status: "CONFIRMED", created: created, modified: created,
		attrs: []pair{
			{"sub", b.sub(i)},
			{"email", "user" + number + "@example.com"},
			{"email_verified", "true"},
			{"name", "User " + number},
		},
	}
	if federated(i) {
		r.status = "EXTERNAL_PROVIDER"
		r.set("email_verified", "false")
		r.set("identities", identities("Google", "1000000000000"+number, created))
	}
	return r
}

// identities is the attribute that names a federated user's account.
func identities(provider, id string, created time.Time) string {
	return fmt.Sprintf(`[{"userId":%q,"providerName":%q,"providerType":%q,"issuer":null,"primary":true,"dateCreated":%d}]`,
		id, provider, provider, created.UnixMilli())
}
