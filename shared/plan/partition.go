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
// It keeps only what it needs of an entry: 40 bytes, beside some hundred that its
// [Roster] keeps for all targets together. It is not safe for concurrent use, but
// several partitions of one roster may be used side by side.
type Partition struct {
	roster        *Roster
	retryRejected bool
	now           time.Time
	items         []item // by the roster's number; of other targets' users too, then not known
	walked        int
	complete      bool
}

// item is what is kept of one entry. It holds no pointers, so that the garbage
// collector need not look at it.
type item struct {
	username    uint64 // its hash
	fingerprint directory.Fingerprint
	traced      bool
	known       bool
	held        bool // delivered, or perhaps under a claim
	rejected    bool
	blocked     bool
	due         bool
	leaving     bool
	seen        bool
}

// NewPartition returns an empty partition, of a run at the time now. Partitions of the
// same part of the pool share a roster. With retryRejected, it retries every state that
// the target refused before.
func NewPartition(roster *Roster, now time.Time, retryRejected bool) *Partition {
	return &Partition{roster: roster, retryRejected: retryRejected, now: now}
}

// Add takes in one entry of the ledger's. The last entry of a sub counts; an entry of
// a removed user is skipped.
func (p *Partition) Add(e Entry) {
	if !e.Traced() {
		return
	}
	place := p.roster.add(e.Sub)
	if short := place + 1 - len(p.items); short > 0 {
		p.items = append(p.items, make([]item, short)...)
	}
	p.items[place] = item{
		username: p.roster.hash(e.Username), fingerprint: e.Fingerprint, traced: true, known: e.Known(),
		held: e.Delivered() || e.Claimed(), rejected: e.Rejected != "", blocked: e.Blocked(),
		due: e.Due(p.now), leaving: e.Leaving(p.now),
	}
}

// Observe takes in one user that the pool lists, with the fingerprint of what the
// target would be sent, and returns what to do about the user.
func (p *Partition) Observe(u directory.User, f directory.Fingerprint) Decision {
	p.walked++
	place, ok := p.roster.find(u.Sub)
	if !ok || place >= len(p.items) {
		return New
	}
	s := &p.items[place]
	s.seen = true
	if !s.known {
		return New
	}
	return decide(s.username != p.roster.hash(u.Username), s.fingerprint != f, s.rejected, s.blocked, p.retryRejected || s.due)
}

// Complete says that the pool has listed the whole partition.
func (p *Partition) Complete() { p.complete = true }

// Missing yields the sub of each user that the target holds, or may hold under a claim,
// and the pool did not list: the candidates for removal. Confirm each absence by
// itself, because a listing can lag behind the pool. A user whose removal is on its
// way is not among them: the guard is for removals that nobody announced.
func (p *Partition) Missing() iter.Seq[string] { return p.unseen(true) }

// Lapsed yields the sub of each user that the pool did not list and the target never
// confirmed, nor may hold. There is nothing to remove: forget their entries. A user forgotten
// wrongly is refused once more and remembered again.
func (p *Partition) Lapsed() iter.Seq[string] { return p.unseen(false) }

// unseen yields the subs added and not observed, of users whom the target holds or not.
func (p *Partition) unseen(held bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		if !p.complete {
			return
		}
		for i := range p.items {
			s := &p.items[i]
			if s.traced && !s.seen && !s.leaving && s.held == held && !yield(p.roster.sub(i)) {
				return
			}
		}
	}
}

// Tally returns the partition's share of what [Limits.Guard] judges.
func (p *Partition) Tally() Tally {
	t := Tally{Walked: p.walked}
	for i := range p.items {
		if p.items[i].held {
			t.Known++
		}
	}
	for range p.Missing() {
		t.Missing++
	}
	return t
}
