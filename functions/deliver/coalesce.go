package main

import (
	"cmp"
	"slices"

	"github.com/poolsync/poolsync/shared/directory"
)

// item is one message of a batch.
type item struct {
	id     string // the message's
	change directory.Change
}

// unit is one delivery, and the messages of the batch that it settles.
type unit struct {
	item
	settles []string // message ids
}

// coalesce turns a batch into what has to be delivered, by user. The users are
// independent of each other; one user's units are to be delivered in their order.
//
//   - Each sign-in and each sign-up stays: they are counted. Copies of one are one: who
//     queues it may have to send it twice, and SQS may deliver it twice.
//   - Of several hints that the state may differ the newest is left, since it is the
//     present state that is delivered.
//   - A hint that is no newer than a sign-in with a snapshot goes with the
//     sign-in, which brings that state along.
//   - An event of CloudTrail's gives way to nothing but a newer one, or a removal: it
//     alone has the target told of a state that it has confirmed before. A provider's
//     event does not, and so takes the place of that provider's events only.
//   - An event that is looked into for the second time says no less than one for the
//     first, but is no last word: what it takes the place of may be so new that the pool
//     does not show it yet. So both are a first look.
//   - A removal stays, and so does what came after it: a user may return to a group.
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
	for _, it := range items {
		next := unit{item: it}
		units = slices.DeleteFunc(units, func(u unit) bool {
			if !covers(it, u.item) {
				return false
			}
			next.settles = append(next.settles, u.settles...)
			next.change.Group = cmp.Or(next.change.Group, u.change.Group)
			next.change.Tried = next.change.Tried || u.change.Tried
			if u.change.WrittenAt.After(next.change.WrittenAt) {
				next.change.WrittenAt = u.change.WrittenAt
			}
			if u.change.Again == "" && u.change.Origin == directory.CloudTrail {
				next.change.Again = ""
			}
			return true
		})
		next.settles = append(next.settles, it.id)
		units = append(units, next)
	}
	return units
}

// covers reports whether delivering an item leaves an older one nothing to say.
func covers(it, old item) bool {
	switch {
	case happened(old):
		return copies(it.change, old.change)
	case it.change.Kind == directory.Removed:
		return true
	case old.change.Kind == directory.Removed:
		return false
	case old.change.Origin == directory.CloudTrail:
		return it.change.Origin == directory.CloudTrail && (it.change.By == "" || it.change.By == old.change.By)
	case happened(it):
		return it.change.User != nil
	}
	return true
}

// copies reports whether two changes are the same one.
func copies(a, b directory.Change) bool {
	return a.ID != "" && a.ID == b.ID && a.Kind == b.Kind && a.ObservedAt.Equal(b.ObservedAt)
}

// happened reports whether an item is about more than the state.
func happened(it item) bool {
	return it.change.Kind == directory.SignIn || it.change.Kind == directory.SignUp
}

// older orders items by when their users were observed. At one moment a removal comes
// after the hints, because nothing befalls a user who is gone, and a sign-in last,
// because it may cover them.
func older(a, b item) int {
	return cmp.Or(a.change.ObservedAt.Compare(b.change.ObservedAt), rank(a)-rank(b))
}

func rank(it item) int {
	switch {
	case happened(it):
		return 2
	case it.change.Kind == directory.Removed:
		return 1
	}
	return 0
}
