package cognitotest

import "slices"

// aliases returns the attributes among attrs that stand for the user name: those that
// the pool uses as aliases and that are verified.
func (p *Pool) aliases(get func(string) string) []string {
	var found []string
	for _, a := range p.settings.aliases {
		if get(a) != "" && (a == "preferred_username" || get(a+"_verified") == "true") {
			found = append(found, a)
		}
	}
	return found
}

// aliasTaken reports whether another user has one of the aliases among attrs.
func (p *Pool) aliasTaken(sub string, attrs map[string]string) bool {
	for _, a := range p.aliases(func(name string) string { return attrs[name] }) {
		if p.heldByOther(sub, a, attrs[a]) {
			return true
		}
	}
	return false
}

// heldByOther reports whether a value of an attribute leads to another user.
func (p *Pool) heldByOther(sub, name, value string) bool {
	return len(p.rivals(sub, name, value)) > 0
}

// rivals returns the other users that this value of an attribute leads to.
func (p *Pool) rivals(sub, name, value string) []string {
	return slices.DeleteFunc(p.having(name, value), func(other string) bool {
		if other == sub {
			return true
		}
		r := p.present(other)
		return !slices.Contains(p.settings.signInWith, name) && !slices.Contains(p.aliases(r.get), name)
	})
}

// takeAliases takes r's aliases from whoever has them: the others keep the attributes
// but lose their verification.
func (p *Pool) takeAliases(sub string, r *record) {
	for _, a := range p.aliases(r.get) {
		for _, other := range p.rivals(sub, a, r.get(a)) {
			lost := p.present(other).clone()
			if a == "preferred_username" {
				lost.set(a, "")
			} else {
				lost.set(a+"_verified", "false")
			}
			p.write(other, lost)
		}
	}
}
