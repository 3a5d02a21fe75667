package cognitotest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Everything in this file runs with the mutex held.

// newSub returns a sub of the newer form.
func (p *Pool) newSub() string {
	return fill(newerForm, p.random.Uint64(), p.random.Uint64())
}

// newRecord returns an enabled user who was created now.
func (p *Pool) newRecord(sub, username string, attributes map[string]string) *record {
	now := time.Now().UTC()
	r := &record{username: username, enabled: true, created: now, modified: now}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		r.set(name, attributes[name])
	}
	r.set("sub", sub)
	return r
}

// taken reports whether a user name is that of somebody other than sub.
func (p *Pool) taken(username, sub string) bool {
	return slices.ContainsFunc(p.having("username", p.fold(username)), func(holder string) bool { return holder != sub })
}

// write gives a user a new state, and adds a user who is new; nil deletes.
func (p *Pool) write(sub string, r *record) {
	u := p.keep(sub)
	if u == nil {
		u = &user{sub: sub}
		p.users[sub] = u
		p.added = append(p.added, u)
	}
	p.forget(u)
	p.push(u, r)
	p.know(u)
}

// remove deletes a user.
func (p *Pool) remove(sub string) {
	p.write(sub, nil)
	for _, members := range p.groups {
		delete(members, sub)
	}
}

// push adds a version and drops those that no listing can show any more.
func (p *Pool) push(u *user, r *record) {
	was := len(u.versions) > 0 && u.now() != nil
	switch {
	case was && r == nil:
		p.total--
	case !was && r != nil:
		p.total++
	}
	now := time.Now()
	u.versions = append(u.versions, version{now, r})
	for len(u.versions) > 1 && !u.versions[1].since.After(now.Add(-p.settings.lag-p.settings.indexLag)) {
		u.versions = u.versions[1:]
	}
}

// keep returns the user with this sub, ready to be written to, or nil. A generated
// user takes memory from here on.
func (p *Pool) keep(sub string) *user {
	if u := p.users[sub]; u != nil {
		return u
	}
	i, ok := p.base.bySub(sub)
	if !ok {
		return nil
	}
	u := &user{sub: sub, versions: []version{{record: p.base.record(i)}}}
	p.users[sub] = u
	p.know(u)
	return u
}

// know adds a user's present state to holders.
func (p *Pool) know(u *user) {
	if r := u.now(); r != nil {
		for _, k := range keys(p.fold, r) {
			p.holders[k] = append(p.holders[k], u.sub)
		}
	}
}

// item is a user's place in the pool: generated ones first, then the added ones.
func (p *Pool) item(i int) *user {
	if i >= p.base.n {
		return p.added[i-p.base.n]
	}
	if len(p.users) > len(p.added) { // some generated user has been written to
		if u := p.users[p.base.sub(i)]; u != nil {
			return u
		}
	}
	r := p.base.record(i)
	return &user{sub: r.get("sub"), versions: []version{{record: r}}}
}

// present returns a user's present state, or nil.
func (p *Pool) present(sub string) *record {
	if u := p.users[sub]; u != nil {
		return u.now()
	}
	if i, ok := p.base.bySub(sub); ok {
		return p.base.record(i)
	}
	return nil
}

// keys are what a user can be found by in holders.
func keys(fold func(string) string, r *record) []string {
	found := []string{key("username", fold(r.username))}
	for _, name := range []string{"email", "phone_number", "preferred_username"} {
		if v := r.get(name); v != "" {
			found = append(found, key(name, v))
		}
	}
	return found
}

func key(name, value string) string {
	if name != "username" {
		value = strings.ToLower(value)
	}
	return name + "=" + value
}

// forget removes a user's present state from holders.
func (p *Pool) forget(u *user) {
	if len(u.versions) == 0 || u.now() == nil {
		return
	}
	r := u.now()
	for _, k := range keys(p.fold, r) {
		p.holders[k] = slices.DeleteFunc(p.holders[k], func(sub string) bool { return sub == u.sub })
	}
}

// having returns the users who have an attribute at present, by sub.
func (p *Pool) having(name, value string) []string {
	subs := slices.Clone(p.holders[key(name, value)])
	var i int
	var ok bool
	switch name {
	case "username":
		i, ok = p.base.byName(value)
	case "email":
		i, ok = p.base.byEmail(strings.ToLower(value))
	}
	if !ok {
		return subs
	}
	if sub := p.base.sub(i); p.users[sub] == nil { // else holders knows
		subs = append(subs, sub)
	}
	return subs
}

// named returns the user that the Admin operations find by this name, and the sub: by
// user name, by a verified alias, or, for a local user, by sub.
func (p *Pool) named(name string) (string, *record) {
	for _, sub := range p.having("username", p.fold(name)) {
		return sub, p.present(sub)
	}
	for _, alias := range slices.Concat(p.settings.signInWith, p.settings.aliases) {
		for _, sub := range p.having(alias, name) {
			if r := p.present(sub); alias == "preferred_username" || r.get(alias+"_verified") == "true" ||
				slices.Contains(p.settings.signInWith, alias) {
				return sub, r
			}
		}
	}
	if r := p.present(name); r != nil && r.status != "EXTERNAL_PROVIDER" {
		return name, r
	}
	return "", nil
}
