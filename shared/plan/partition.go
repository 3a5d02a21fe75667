package plan

import (
	"iter"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
)

// Partition holds the ledger's side of one part of the pool while the pool's side
// streams past. Use it in this order:
//
//  1. Add every entry that the ledger holds of the partition.
//  2. Observe every user that the pool lists in it, and act on each decision.
//  3. Complete, once the listing has ended with an empty token.
//  4. Missing and Lapsed yield who was added and not observed.
//
// A partition that is not complete has nobody missing: a listing that broke off
// must never look like a shorter one.
//
// It keeps only what it needs of an entry, about 200 bytes with the sub and an
// ordinary user name. It is not safe for concurrent use.
type Partition struct {
	retryRejected bool
	now           time.Time
	index         map[string]int32 // by sub, into items
	items         []item           // in the order added
	walked        int
	complete      bool
}

// item is what is kept of one entry.
type item struct {
	sub, username string
	fingerprint   directory.Fingerprint
	delivered     bool
	rejected      bool
	blocked       bool
	due           bool
	leaving       bool
	seen          bool
}

// NewPartition returns an empty partition, of a run at the time now. With
// retryRejected, it retries every state that the target refused before.
func NewPartition(now time.Time, retryRejected bool) *Partition {
	return &Partition{retryRejected: retryRejected, now: now, index: make(map[string]int32)}
}

// Add takes in one entry of the ledger's. The last entry of a sub counts; an entry of
// a removed user is skipped.
func (p *Partition) Add(e Entry) {
	if !e.Known() {
		return
	}
	s := item{
		sub: e.Sub, username: e.Username, fingerprint: e.Fingerprint,
		delivered: e.Delivered(), rejected: e.Rejected != "", blocked: e.Blocked(),
		due: e.Due(p.now), leaving: e.Leaving(p.now),
	}
	if i, ok := p.index[e.Sub]; ok {
		p.items[i] = s
		return
	}
	p.index[e.Sub] = int32(len(p.items))
	p.items = append(p.items, s)
}

// Observe takes in one user that the pool lists, with the fingerprint of what the
// target would be sent, and returns what to do about the user.
func (p *Partition) Observe(u directory.User, f directory.Fingerprint) Decision {
	p.walked++
	i, ok := p.index[u.Sub]
	if !ok {
		return New
	}
	s := &p.items[i]
	s.seen = true
	return decide(s.username != u.Username, s.fingerprint != f, s.rejected, s.blocked, p.retryRejected || s.due)
}

// Complete says that the pool has listed the whole partition.
func (p *Partition) Complete() { p.complete = true }

// Missing yields the sub of each user that the target holds and the pool did not
// list, in the order added: the candidates for removal. Confirm each absence by
// itself, because a listing can lag behind the pool. A user whose removal is on its
// way is not among them: the guard is for removals that nobody announced.
func (p *Partition) Missing() iter.Seq[string] { return p.unseen(true) }

// Lapsed yields the sub of each user that the pool did not list and the target never
// confirmed. There is nothing to remove: forget their entries. A user forgotten
// wrongly is refused once more and remembered again.
func (p *Partition) Lapsed() iter.Seq[string] { return p.unseen(false) }

// unseen yields the subs added and not observed, of users delivered or not.
func (p *Partition) unseen(delivered bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !p.complete {
			return
		}
		for i := range p.items {
			s := &p.items[i]
			if !s.seen && !s.leaving && s.delivered == delivered && !yield(s.sub) {
				return
			}
		}
	}
}

// Tally returns the partition's share of what [Limits.Guard] judges.
func (p *Partition) Tally() Tally {
	t := Tally{Walked: p.walked}
	for i := range p.items {
		if p.items[i].delivered {
			t.Known++
		}
	}
	for range p.Missing() {
		t.Missing++
	}
	return t
}
