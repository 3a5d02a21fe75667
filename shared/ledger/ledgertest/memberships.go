package ledgertest

import (
	"context"
	"sync"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// Memberships keeps memberships in memory. It is safe for concurrent use.
type Memberships struct {
	mu    sync.Mutex // guards the rest
	kept  map[[2]string][]reconcile.Membership
	adds  int
	reads int
}

// NewMemberships returns memberships that hold nothing.
func NewMemberships() *Memberships {
	return &Memberships{kept: make(map[[2]string][]reconcile.Membership)}
}

// Add keeps members of groups whose subs begin with prefix.
func (m *Memberships) Add(ctx context.Context, run, prefix string, members []reconcile.Membership) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.adds++
	at := [2]string{run, prefix}
	m.kept[at] = append(m.kept[at], members...)
	return nil
}

// Members calls each for every membership that the run added under exactly this prefix.
func (m *Memberships) Members(ctx context.Context, run, prefix string, each func(reconcile.Membership) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	m.reads++
	kept := m.kept[[2]string{run, prefix}]
	m.mu.Unlock()
	for _, member := range kept {
		if err := each(member); err != nil {
			return err
		}
	}
	return nil
}

// Calls returns how often members were added and read.
func (m *Memberships) Calls() (adds, reads int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.adds, m.reads
}
