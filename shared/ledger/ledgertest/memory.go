// Package ledgertest holds a ledger in memory that behaves as the one in DynamoDB
// does, counts what it is asked, and fails on demand. [TestLedger] is what both
// are held against.
package ledgertest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/poolsync/poolsync/shared/plan"
)

// Memory is a ledger in memory. It is safe for concurrent use.
type Memory struct {
	now  func() time.Time
	base Base

	mu sync.Mutex // guards the rest
	// written holds entries by the first three digits of the sub and then by the
	// sub, so that one partition of a large ledger is found without reading the
	// others. A written entry hides the base's.
	written map[string]map[string]plan.Entry
	// erased holds the first digits of the subs under which the base is no more.
	erased  map[string]bool
	lease   lease // of the pool's runs
	watch   lease
	success success
	// schedule holds the moment of each class of calls.
	schedule map[string]time.Time
	calls    map[Op]int
	faults   []Fault
}

// Option changes a [Memory] from its default.
type Option func(*Memory)

// WithClock makes the lease expire by another clock. The default is time.Now.
func WithClock(now func() time.Time) Option { return func(m *Memory) { m.now = now } }

// WithBase has the ledger begin with computed entries. The default is empty.
func WithBase(b Base) Option { return func(m *Memory) { m.base = b } }

// New returns a ledger that holds nothing but its base.
func New(opts ...Option) *Memory {
	m := &Memory{
		now:      time.Now,
		base:     empty,
		written:  make(map[string]map[string]plan.Entry),
		schedule: make(map[string]time.Time),
		erased:   make(map[string]bool),
		calls:    make(map[Op]int),
	}
	for _, opt := range opts {
		opt(m)
	}
	return m
}

// Seed puts entries into the ledger as they are. It is not counted and does not
// fail.
func (m *Memory) Seed(entries ...plan.Entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range entries {
		m.set(e)
	}
}

// get returns an entry, or the zero Entry. The caller holds mu.
func (m *Memory) get(sub string) plan.Entry {
	if e, ok := m.written[bucket(sub)][sub]; ok {
		return e
	}
	if m.erased[sub[:1]] {
		return plan.Entry{}
	}
	return m.base.entry(sub)
}

// set writes an entry. The caller holds mu.
func (m *Memory) set(e plan.Entry) {
	entries := m.written[bucket(e.Sub)]
	if entries == nil {
		entries = make(map[string]plan.Entry)
		m.written[bucket(e.Sub)] = entries
	}
	entries[e.Sub] = e
}

// writtenUnder returns the written entries whose sub starts with prefix, in the
// order of their subs.
func (m *Memory) writtenUnder(prefix string) []plan.Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []plan.Entry
	for digits, entries := range m.written {
		if !strings.HasPrefix(digits, bucket(prefix)) {
			continue
		}
		for sub, e := range entries {
			if strings.HasPrefix(sub, prefix) {
				found = append(found, e)
			}
		}
	}
	slices.SortFunc(found, func(a, b plan.Entry) int { return strings.Compare(a.Sub, b.Sub) })
	return found
}

func bucket(sub string) string { return sub[:min(3, len(sub))] }

// call counts one call and performs it, unless the context is over or a fault is
// due. The effect runs with mu held.
func (m *Memory) call(ctx context.Context, op Op, effect func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls[op]++
	fault := m.fault(op)
	if fault.Err != nil && !fault.Lost {
		return fault.Err
	}
	err := effect()
	if fault.Err != nil {
		return fault.Err
	}
	return err
}

// checkSub refuses a sub that the table has no partition for.
func checkSub(sub string) error {
	if sub == "" || !strings.Contains("0123456789abcdef", sub[:1]) {
		return errors.New("sub: want a UUID in lower case")
	}
	return nil
}
