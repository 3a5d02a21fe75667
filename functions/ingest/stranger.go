package main

import (
	"sync"
	"time"
)

const (
	// strangeFor is how long somebody in another pool is remembered. It may be wrong of
	// one of ours who was not listed yet, but not for long: the ledger is asked first.
	strangeFor = time.Hour
	// mostStrangers bounds the memory, to some 3 MB.
	mostStrangers = 20_000
)

// strangers remembers who is in no pool of ours, so that each of them costs a look
// into the pool once. It is safe for concurrent use.
type strangers struct {
	mu   sync.Mutex // guards what follows
	met  map[string]time.Time
	last map[string]time.Time // those met before the present half of the memory
}

func newStrangers() *strangers { return &strangers{met: make(map[string]time.Time)} }

// add remembers a user.
func (s *strangers) add(sub string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.met) >= mostStrangers/2 { // the older half makes room
		s.last, s.met = s.met, make(map[string]time.Time)
	}
	s.met[sub] = time.Now()
}

// has reports whether a user is remembered.
func (s *strangers) has(sub string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, met := s.met[sub]
	if !met {
		at, met = s.last[sub]
	}
	return met && time.Since(at) < strangeFor
}
