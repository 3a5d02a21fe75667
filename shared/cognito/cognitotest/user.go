package cognitotest

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolsync/poolsync/shared/directory"
)

// record is a user in one state. A record that others can see is never changed.
type record struct {
	username          string
	enabled           bool
	status            types.UserStatusType
	created, modified time.Time
	attrs             []pair
}

type pair struct{ name, value string }

func (r *record) get(name string) string {
	for _, a := range r.attrs {
		if a.name == name {
			return a.value
		}
	}
	return ""
}

// set sets an attribute; a blank value removes it.
func (r *record) set(name, value string) {
	r.attrs = slices.DeleteFunc(r.attrs, func(a pair) bool { return a.name == name })
	if value != "" {
		r.attrs = append(r.attrs, pair{name, value})
	}
}

func (r *record) clone() *record {
	c := *r
	c.attrs = slices.Clone(r.attrs)
	return &c
}

func (r *record) attributes() []types.AttributeType {
	as := make([]types.AttributeType, len(r.attrs))
	for i := range r.attrs {
		a := r.attrs[i] // a copy, for the caller to keep
		as[i] = types.AttributeType{Name: &a.name, Value: &a.value}
	}
	return as
}

func (r *record) userType() types.UserType {
	c := *r
	return types.UserType{
		Username: &c.username, Enabled: c.enabled, UserStatus: c.status,
		UserCreateDate: &c.created, UserLastModifiedDate: &c.modified,
		Attributes: r.attributes(),
	}
}

// user is a user's history: what lagging listings can still show.
type user struct {
	sub      string
	versions []version
}

// version is the user's state from a moment on; nil for not there.
type version struct {
	since time.Time
	*record
}

// now returns the user's present state, or nil.
func (u *user) now() *record {
	return u.versions[len(u.versions)-1].record
}

// listed returns the user's state as listings show it, or nil.
func (p *Pool) listed(u *user) *record {
	return p.seen(u, p.settings.lag)
}

// seen returns the user's state as it was lag ago, or nil.
func (p *Pool) seen(u *user, lag time.Duration) *record {
	if lag == 0 {
		return u.now() // whatever the clock: the pool may be older than a test's own time
	}
	seen := time.Now().Add(-lag)
	for _, v := range slices.Backward(u.versions) {
		if !v.since.After(seen) {
			return v.record
		}
	}
	return nil
}

// Add adds a confirmed, enabled user without applying AdminCreateUser's rules, and
// returns the sub. In a pool made with [SignInWith] an empty user name is the sub. A
// pool has no two users with one name: if the name is taken, Add adds nobody and
// returns "".
func (p *Pool) Add(username string, attributes map[string]string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	sub := p.newSub()
	r := p.newRecord(sub, cmp.Or(username, sub), attributes)
	r.status = types.UserStatusTypeConfirmed
	return p.add(sub, r)
}

// AddFederated adds the profile of a user who signs in with an identity provider,
// and returns the sub. Its user name is provider_id; if that is taken, see [Pool.Add].
func (p *Pool) AddFederated(provider, id string, attributes map[string]string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	sub := p.newSub()
	r := p.newRecord(sub, provider+"_"+id, attributes)
	r.status = types.UserStatusTypeExternalProvider
	r.set("identities", identities(provider, id, r.created))
	return p.add(sub, r)
}

// add adds a user, unless the user name is taken, and returns the sub. It runs with
// the mutex held.
func (p *Pool) add(sub string, r *record) string {
	if p.taken(r.username, sub) {
		return ""
	}
	p.write(sub, r)
	return sub
}

// Edit changes a user without applying AdminUpdateUserAttributes' rules, and reports
// whether it did: not if there is no such user, and not if edit gives the user
// another's user name. edit must not change sub, groups or dates.
func (p *Pool) Edit(sub string, edit func(*directory.User)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.present(sub)
	if r == nil {
		return false
	}
	u := toUser(r)
	edit(&u)
	if p.taken(u.Username, sub) {
		return false
	}
	next := p.newRecord(sub, u.Username, u.Attributes)
	next.enabled, next.status, next.created = u.Enabled, types.UserStatusType(u.Status), r.created
	p.write(sub, next)
	return true
}

// Delete deletes a user and reports whether there was one.
func (p *Pool) Delete(sub string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.present(sub) == nil {
		return false
	}
	p.remove(sub)
	return true
}

// Hide leaves a user out of listings, although it exists, until [Pool.Show]: the
// worst that an eventually consistent listing may do.
func (p *Pool) Hide(sub string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hidden[sub] = true
}

// Show ends [Pool.Hide].
func (p *Pool) Show(sub string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.hidden, sub)
}

// User returns the present state of a user and whether there is one. It does not
// count as a call.
func (p *Pool) User(sub string) (directory.User, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := p.present(sub)
	if r == nil {
		return directory.User{}, false
	}
	return toUser(r), true
}

// All yields the present state of every user: what a target must equal in the end.
// The pool must not be written to meanwhile.
func (p *Pool) All() iter.Seq[directory.User] {
	return func(yield func(directory.User) bool) {
		for i := range p.base.n + len(p.added) {
			p.mu.Lock()
			r := p.item(i).now()
			p.mu.Unlock()
			if r != nil && !yield(toUser(r)) {
				return
			}
		}
	}
}

// Len returns how many users there are.
func (p *Pool) Len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total
}

func toUser(r *record) directory.User {
	u := directory.User{
		Sub: r.get("sub"), Username: r.username, Enabled: r.enabled, Status: string(r.status),
		Created: r.created, Modified: r.modified, Attributes: make(map[string]string, len(r.attrs)),
	}
	for _, a := range r.attrs {
		u.Attributes[a.name] = a.value
	}
	return u
}
