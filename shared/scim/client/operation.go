package client

import (
	"slices"
	"strings"

	"github.com/poolsync/poolsync/shared/scim"
)

// derived are names that services make up from the others. They are set, but not taken
// away: that would be undone at once, or refused.
var derived = []scim.Path{{Attribute: "displayName"}, {Attribute: "name", Part: "formatted"}}

// same reports whether a user has the value, or need not.
func same(r scim.Resource, v scim.Value) bool {
	is := r.Lookup(v.Path)
	switch {
	case v.Content == nil:
		return is == nil || slices.Contains(derived, v.Path)
	case is == nil && v.Path.Type != "":
		return listed(r, v) // the service does not keep types
	}
	if active, ok := v.Content.(bool); ok && is != nil {
		return scim.Resource{"active": is}.Active() == active
	}
	return is == v.Content
}

// listed reports whether a list has the value in an entry without a type.
func listed(r scim.Resource, v scim.Value) bool {
	return slices.ContainsFunc(r.Entries(v.Path), func(e map[string]any) bool {
		entry := scim.Resource(e)
		return entry.Lookup(scim.Path{Attribute: "type"}) == nil && entry.Lookup(scim.Path{Attribute: v.Path.Part}) == v.Content
	})
}

// operations returns the operations that give a user values which they do not have: each
// with one path, the values real booleans and never null, and nothing removed that is not
// there. Services differ in how they take anything else.
func (c *Client) operations(r scim.Resource, values []scim.Value) []scim.Operation {
	var all []scim.Operation
	lists := map[string]bool{}
	for _, v := range values {
		switch whole := v.Path.Type != "" && c.profile.WholeLists; {
		case whole && lists[v.Path.List()]:
		case whole:
			lists[v.Path.List()] = true
			all = append(all, c.wholeList(r, v.Path, values))
		case v.Path.Type != "":
			all = append(all, inList(r, v))
		default:
			all = append(all, simple(r, v))
		}
	}
	return all
}

// simple returns the operation for a value that is not in a list.
func simple(r scim.Resource, v scim.Value) scim.Operation {
	switch op := (scim.Operation{Op: scim.Replace, Path: v.Path.String(), Value: v.Content}); {
	case v.Content == nil:
		return scim.Operation{Op: scim.Remove, Path: op.Path}
	case r.Lookup(v.Path) == nil:
		op.Op = scim.Add
		return op
	default:
		return op
	}
}

// inList returns the operation for one entry of a list. An entry that is missing is added
// with its type: a path to it may be refused. It is the primary one if none is.
func inList(r scim.Resource, v scim.Value) scim.Operation {
	entry := scim.Path{Schema: v.Path.Schema, Attribute: v.Path.Attribute, Type: v.Path.Type}
	switch exists := r.Lookup(entry) != nil; {
	case v.Content == nil:
		return scim.Operation{Op: scim.Remove, Path: entry.String()}
	case exists:
		return scim.Operation{Op: scim.Replace, Path: v.Path.String(), Value: v.Content}
	}
	added := scim.NewEntry(v.Path.Type, !hasPrimary(r.Entries(v.Path)))
	added[v.Path.Part] = v.Content
	return scim.Operation{Op: scim.Add, Path: v.Path.List(), Value: []any{added}}
}

func hasPrimary(entries []map[string]any) bool {
	return slices.ContainsFunc(entries, func(e map[string]any) bool {
		return scim.Resource(e).Lookup(scim.Path{Attribute: "primary"}) == true
	})
}

// wholeList returns the operation that replaces a list: with the other entries as they
// were, but for the parts that only the service writes, and unless one is all it may have.
func (c *Client) wholeList(r scim.Resource, list scim.Path, values []scim.Value) scim.Operation {
	after := scim.Resource{"schemas": []any{}}
	var kept []any
	for _, entry := range r.Clone().Entries(list) {
		if c.keeps(r, list, entry) {
			kept = append(kept, c.writable(entry))
		}
	}
	if kept != nil {
		after.Set(scim.Path{Schema: list.Schema, Attribute: list.Attribute}, kept)
	}
	for _, v := range values {
		switch {
		case v.Path.List() != list.List():
		case v.Content == nil:
			after.Clear(v.Path)
		default:
			after.Set(v.Path, v.Content)
		}
	}
	left := after.Entries(list)
	if len(left) == 0 {
		return scim.Operation{Op: scim.Remove, Path: list.List()}
	}
	return scim.Operation{Op: scim.Replace, Path: list.List(), Value: left}
}

// keeps reports whether an entry stays in a list that is replaced.
func (c *Client) keeps(r scim.Resource, list scim.Path, entry scim.Resource) bool {
	kind := entry.Text(scim.Path{Attribute: "type"})
	if c.profile.Follower != "" && strings.EqualFold(kind, c.profile.Follower) {
		return entry.Lookup(scim.Path{Attribute: list.Part}) != r.Lookup(list)
	}
	return !c.profile.OneEntry || strings.EqualFold(kind, list.Type)
}

// writable returns an entry without the parts that only the service writes.
func (c *Client) writable(entry map[string]any) map[string]any {
	if len(c.profile.EntryParts) == 0 {
		return entry
	}
	kept := map[string]any{}
	for _, name := range c.profile.EntryParts {
		if value := scim.Resource(entry).Lookup(scim.Path{Attribute: name}); value != nil {
			kept[name] = value
		}
	}
	return kept
}
