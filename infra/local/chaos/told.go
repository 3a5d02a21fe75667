package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/poolsync/poolsync/shared/eventbus"
)

// told looks for sign-ins, by people still in the pool, that UserHub or the feed was not
// told of.
func (w *world) told() finding {
	hub := map[string][]time.Time{} // by user name
	for _, e := range w.UserHub.Events() {
		if e.Kind == "SIGNIN" {
			hub[e.ExternalID] = append(hub[e.ExternalID], e.Time)
		}
	}
	feed := signInsOf(w.Feed.Events())
	w.mu.Lock()
	defer w.mu.Unlock()
	counted := 0
	for _, p := range w.people {
		if p.present {
			counted += len(p.signIns)
		}
	}
	byHub := w.missed("UserHub", func(p *person) []time.Time { return hub[p.username] })
	byFeed := w.missed("the feed", func(p *person) []time.Time { return feed[p.sub] })
	return finding{
		ok:   len(byHub)+len(byFeed) == 0,
		text: fmt.Sprintf("of %d sign-ins, UserHub missed %d and the feed %d", counted, len(byHub), len(byFeed)),
		what: slices.Concat(byHub, byFeed),
	}
}

// missed describes the sign-ins, by people still in the pool, that a target was not told
// of. The caller holds mu.
func (w *world) missed(target string, told func(*person) []time.Time) []string {
	var lost []string
	for _, number := range slices.Sorted(maps.Keys(w.people)) {
		p := w.people[number]
		if !p.present {
			continue
		}
		for _, at := range unmatched(p.signIns, told(p)) {
			lost = append(lost, fmt.Sprintf("%s: person %d, %s, at %.1f s", target, number, p.username, at.Sub(w.began).Seconds()))
		}
	}
	return lost
}

// signInsOf returns when people signed in according to events, by sub. An event that is
// repeated counts once.
func signInsOf(events []eventbus.Event) map[string][]time.Time {
	seen, at := map[string]bool{}, map[string][]time.Time{}
	for _, e := range events {
		if e.DetailType == eventbus.UserSignedIn && !seen[e.Detail.ID] {
			seen[e.Detail.ID] = true
			at[e.Detail.Sub] = append(at[e.Detail.Sub], e.Detail.ObservedAt)
		}
	}
	for _, times := range at {
		slices.SortFunc(times, time.Time.Compare)
	}
	return at
}

// unmatched pairs each sign-in with the first free event after it, and returns the
// sign-ins without one. Both lists are in order of time.
func unmatched(signIns, events []time.Time) []time.Time {
	var remain []time.Time
	for _, at := range signIns {
		for len(events) > 0 && !events[0].After(at) {
			events = events[1:]
		}
		if len(events) == 0 {
			remain = append(remain, at)
			continue
		}
		events = events[1:]
	}
	return remain
}
