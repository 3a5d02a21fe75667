package main

import (
	"slices"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// unit is one delivery, and the messages of the batch that it settles.
type unit struct {
	item
	settles []string // message ids
}

// coalesce turns a batch into what has to be delivered, by user. The users are
// independent of each other; one user's units are to be delivered in their order.
//
//   - Each sign-in and each sign-up stays: they are counted.
//   - Of several hints that the state may differ one is left, since it is the
//     present state that is delivered.
//   - A hint that is no newer than a sign-in with a snapshot goes with the
//     sign-in, which brings that state along.
//   - A removal stays whatever else there is: it is checked before it is believed.
func coalesce(items []item) [][]unit {
	bySub := make(map[string][]item)
	var subs []string // in the order of their first message
	for _, it := range items {
		sub := it.change.Sub
		if bySub[sub] == nil {
			subs = append(subs, sub)
		}
		bySub[sub] = append(bySub[sub], it)
	}
	users := make([][]unit, len(subs))
	for i, sub := range subs {
		users[i] = coalesceUser(bySub[sub])
	}
	return users
}

// coalesceUser does the same for the messages of one user.
func coalesceUser(items []item) []unit {
	slices.SortStableFunc(items, older)
	var units []unit
	var hints []item
	for _, it := range items {
		if it.change.Kind == directory.SignIn || it.change.Kind == directory.SignUp {
			units = append(units, unit{it, []string{it.id}})
		} else {
			hints = append(hints, it)
		}
	}
	if len(hints) == 0 {
		return units
	}
	hint := unit{item: hints[len(hints)-1]}
	for _, it := range hints {
		hint.settles = append(hint.settles, it.id)
		if it.change.Kind == directory.Removed && hint.change.Kind != directory.Removed {
			hint.item = it
		}
	}
	if last := len(units) - 1; last >= 0 && covers(units[last].item, hint.item) {
		units[last].settles = append(units[last].settles, hint.settles...)
		return units
	}
	units = append(units, hint)
	slices.SortStableFunc(units, func(a, b unit) int { return older(a.item, b.item) })
	return units
}

// covers reports whether delivering event leaves hint nothing to say.
func covers(event, hint item) bool {
	return hint.change.Kind == directory.Changed && event.change.User != nil && older(hint, event) <= 0
}

// older orders items by the last moment that they may speak of.
func older(a, b item) int { return latest(a).Compare(latest(b)) }

// latest returns that moment. An event's is a little after the time that it gives.
func latest(it item) time.Time {
	if it.change.Origin == directory.CloudTrail {
		return it.change.ObservedAt.Add(reconcile.ClockSlack)
	}
	return it.change.ObservedAt
}
