package plan

import (
	"hash/maphash"
	"sync"
)

// Roster numbers the users of one part of the pool, so that the partitions of several
// targets keep a sub once between them, and of each user a few bytes. It is safe for
// concurrent use: partitions are filled side by side.
type Roster struct {
	seed maphash.Seed // of the user names' hashes

	mu     sync.RWMutex     // guards what follows
	places map[string]int32 // by sub, into subs
	subs   []string
}

// NewRoster returns a roster of nobody.
func NewRoster() *Roster {
	return &Roster{seed: maphash.MakeSeed(), places: make(map[string]int32)}
}

// add returns the user's number, a new one for a user who has none.
func (r *Roster) add(sub string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	place, ok := r.places[sub]
	if !ok {
		place = int32(len(r.subs))
		r.places[sub] = place
		r.subs = append(r.subs, sub)
	}
	return int(place)
}

// find returns the user's number, and whether there is one.
func (r *Roster) find(sub string) (int, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	place, ok := r.places[sub]
	return int(place), ok
}

// sub returns the user of a number.
func (r *Roster) sub(place int) string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.subs[place]
}

// hash stands for a user name. Two names of one user have the same hash with a
// probability of 2^-64.
func (r *Roster) hash(username string) uint64 { return maphash.String(r.seed, username) }
