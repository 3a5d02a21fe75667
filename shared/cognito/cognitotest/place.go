package cognitotest

// place is where a listing finds users: a range of generated ones, which it goes
// through in strides, so that neighbours come far apart; or a single user.
type place struct {
	span
	start, stride int
	single        *user
}

func (pl place) len() int {
	if pl.single != nil {
		return 1
	}
	return pl.hi - pl.lo
}

// user returns the i-th user of the place in the listing's order.
func (pl place) user(p *Pool, i int) *user {
	if pl.single != nil {
		return pl.single
	}
	return p.item(pl.lo + (pl.start+i*pl.stride)%pl.len())
}

// places returns the places of generated users and of the added ones that are wanted,
// in an order that means nothing.
func (p *Pool) places(generated []span, wanted func(*user) bool) []place {
	var found []place
	for _, s := range generated {
		if s.lo < s.hi {
			found = append(found, p.scattered(s))
		}
	}
	for _, u := range p.added {
		if u.listable() && wanted(u) {
			found = append(found, place{single: u})
		}
	}
	p.random.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	return found
}

// lone returns the places of the users with these subs.
func (p *Pool) lone(subs []string) []place {
	var found []place
	for _, sub := range subs {
		if u := p.users[sub]; u != nil && u.listable() {
			found = append(found, place{single: u})
		} else if i, ok := p.base.bySub(sub); ok && u == nil {
			found = append(found, place{span: span{i, i + 1}, stride: 1})
		}
	}
	p.random.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
	return found
}

// listable reports whether some listing can show the user.
func (u *user) listable() bool {
	for _, v := range u.versions {
		if v.record != nil {
			return true
		}
	}
	return false
}

// scattered returns the place of a range of generated users. A stride that has no
// divisor in common with the length leads past each of them once.
func (p *Pool) scattered(s span) place {
	n := s.hi - s.lo
	stride := n*618/1000 + 1
	for gcd(stride, n) != 1 {
		stride++
	}
	return place{span: s, start: p.random.IntN(n), stride: stride}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
