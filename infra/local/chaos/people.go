package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/poolsync/poolsync/shared/eventbus"
)

// present returns how many people are in the pool.
func (w *world) present() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, p := range w.people {
		if p.present {
			n++
		}
	}
	return n
}

// usernames returns the user names of people in place of their subs. A sub of nobody
// remains.
func (w *world) usernames(subs []string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	names := map[string]string{}
	for _, p := range w.people {
		names[p.sub] = p.username
	}
	var all []string
	for _, sub := range subs {
		if name, known := names[sub]; known {
			sub = name
		}
		all = append(all, sub)
	}
	return all
}

// describe says what was done to people.
func (w *world) describe(usernames []string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var lines []string
	for _, number := range slices.Sorted(maps.Keys(w.people)) {
		if p := w.people[number]; slices.Contains(usernames, p.username) {
			lines = append(lines, fmt.Sprintf("person %d, %s: %s", number, p.username, strings.Join(p.history, "; ")))
		}
	}
	return lines
}

// watch checks, each time that UserHub or the feed has heard something, whether either
// takes anybody in the pool for gone.
func (w *world) watch(ctx context.Context) {
	heard := 0
	w.Await(ctx, func() bool {
		users, events := w.UserHub.Users(), w.Feed.Events() // before we look who is there
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, p := range w.people {
			for _, u := range users {
				if p.present && !u.DeleteTime.IsZero() && len(u.AccountConnections) > 0 &&
					u.AccountConnections[0].ExternalID == p.username {
					w.removals[p.number]++
				}
			}
		}
		w.mourn(events[heard:])
		heard = len(events)
		return false
	})
}

// mourn notes who is in the pool although an event says that they are deleted. The caller
// holds mu.
func (w *world) mourn(events []eventbus.Event) {
	for _, e := range events {
		for _, p := range w.people {
			if e.DetailType == eventbus.UserDeleted && p.present && p.sub == e.Detail.Sub {
				w.mourned[p.number]++
			}
		}
	}
}

// unharmed says whether UserHub or the feed ever wrongly took somebody for gone.
func (w *world) unharmed() finding {
	events := w.Feed.Events()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.mourn(events)
	f := finding{
		ok:   len(w.removals)+len(w.mourned) == 0,
		text: fmt.Sprintf("of those in the pool, UserHub ever took %d for gone, the feed %d", len(w.removals), len(w.mourned)),
	}
	for _, number := range slices.Sorted(maps.Keys(w.people)) {
		if w.removals[number]+w.mourned[number] > 0 {
			f.what = append(f.what, fmt.Sprintf("person %d: %s", number, strings.Join(w.people[number].history, "; ")))
		}
	}
	return f
}

// unheld says whether runs held removals back. Events announce those who are deleted
// while a target is down, and CloudTrail never loses that many events at once.
func (w *world) unheld() finding {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := w.runs[heldBack]
	return finding{ok: held == 0, text: fmt.Sprintf("%d of %d full syncs held removals back", held, w.count[fullRun])}
}
