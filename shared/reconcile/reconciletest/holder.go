// Package reconciletest holds a target about which nothing is particular: it holds users
// in full, by identifiers of its own, and knows the pool only by what it is told.
package reconciletest

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// Holder is that target. It is safe for concurrent use.
type Holder struct {
	mu      sync.Mutex                // guards what follows
	users   map[string]directory.User // by its own identifier
	made    int
	told    []reconcile.Delivery
	answers func(reconcile.Delivery) error
}

// NewHolder returns a target that holds nobody.
func NewHolder() *Holder { return &Holder{users: make(map[string]directory.User)} }

// Answer has the target answer with an error, before it does anything. With nil it
// takes what it is told.
func (h *Holder) Answer(answers func(reconcile.Delivery) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers = answers
}

// Nature says that nothing is particular about the target.
func (*Holder) Nature() reconcile.Nature { return reconcile.Nature{} }

// Fingerprint returns the fingerprint of all that the target holds of a user.
func (h *Holder) Fingerprint(u directory.User) directory.Fingerprint {
	fields := map[string]string{"username": u.Username, "enabled": strconv.FormatBool(u.Enabled)}
	for name, value := range u.Attributes {
		fields["attribute "+name] = value
	}
	return directory.NewFingerprint(1, fields)
}

// Deliver takes over a user's state. It finds users by the identifier that it gave them,
// and makes a new user where it is handed none. Its note is how often it was told of
// the user.
func (h *Holder) Deliver(_ context.Context, d reconcile.Delivery) (reconcile.Remote, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, d)
	if h.answers != nil {
		if err := h.answers(d); err != nil {
			return reconcile.Remote{}, err
		}
	}
	if d.Kind == directory.Removed {
		delete(h.users, d.Held.ID)
		return reconcile.Remote{}, nil
	}
	id := d.Held.ID
	if _, holds := h.users[id]; !holds {
		h.made++
		id = fmt.Sprintf("remote-%d", h.made)
	}
	h.users[id] = *d.User
	times, _ := strconv.Atoi(d.Held.Note)
	return reconcile.Remote{ID: id, Note: strconv.Itoa(times + 1)}, nil
}

// Users returns what the target holds, by the users' subs. It fails if the target holds
// anybody twice.
func (h *Holder) Users() (map[string]directory.User, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	bySub := make(map[string]directory.User, len(h.users))
	for _, u := range h.users {
		if _, twice := bySub[u.Sub]; twice {
			return nil, fmt.Errorf("the target holds %s twice", u.Sub)
		}
		bySub[u.Sub] = u
	}
	return bySub, nil
}

// Told returns every delivery so far.
func (h *Holder) Told() []reconcile.Delivery {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]reconcile.Delivery(nil), h.told...)
}
