package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// firstHeard returns when a target was first told of each user, by external id.
func firstHeard(events []userhubtest.Request) map[string]time.Time {
	heard := make(map[string]time.Time)
	for _, e := range events {
		if at, again := heard[e.ExternalID]; !again || e.Time.Before(at) {
			heard[e.ExternalID] = e.Time
		}
	}
	return heard
}

// delays returns how long it took for each user from the beginning until the last target
// answered, in the order of the beginnings. The answer comes a target's latency after the
// request. It fails if a target has not heard of a user.
func delays(begun map[string]time.Time, latency time.Duration, targets ...map[string]time.Time) ([]time.Duration, error) {
	users := slices.SortedFunc(maps.Keys(begun), func(a, b string) int { return begun[a].Compare(begun[b]) })
	all := make([]time.Duration, len(users))
	for i, user := range users {
		for n, heard := range targets {
			at, ok := heard[user]
			if !ok {
				return nil, fmt.Errorf("target %d has not heard of %s", n+1, user)
			}
			all[i] = max(all[i], at.Sub(begun[user])+latency)
		}
	}
	return all, nil
}

// perSecond returns how many of the requests arrived a second between two moments.
func perSecond(events []userhubtest.Request, begin, end time.Time) float64 {
	n := 0
	for _, e := range events {
		if !e.Time.Before(begin) && e.Time.Before(end) {
			n++
		}
	}
	return float64(n) / end.Sub(begin).Seconds()
}
