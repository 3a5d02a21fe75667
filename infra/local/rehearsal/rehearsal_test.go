package main

import (
	"slices"
	"testing"

	"github.com/poolsync/poolsync/infra/local/project"
)

// The short form of the rehearsal attaches an existing pool, moves to another pool, which
// fails and rolls back, moves again, which succeeds, and removes the stack. After each
// step, no pool of the account may call a function that does not permit it.
func TestStackGoesFromPoolToPoolAndLocksNobodyOut(t *testing.T) {
	root, err := project.Root()
	if err != nil {
		t.Fatal(err)
	}
	c, err := newCDK(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	short := slices.DeleteFunc(slices.Clone(steps), func(s step) bool { return s.name == "update" || s.name == "failure" })
	results, err := rehearse(t.Context(), c, "attached-pool", short, func(string, error) {})
	if err != nil {
		t.Fatal(err)
	}
	for i, err := range results {
		if err != nil {
			t.Errorf("%s: %v", short[i].name, err)
		}
	}
}

// Each golden template has settings that can be read.
func TestEveryGoldenConfigurationIsRehearsed(t *testing.T) {
	root, err := project.Root()
	if err != nil {
		t.Fatal(err)
	}
	names, err := configurations(root)
	if err != nil || len(names) == 0 {
		t.Fatalf("%d configurations, %v", len(names), err)
	}
	for _, name := range names {
		given, err := readSettings(root, name)
		if err != nil || given.text(connectionID) == "" {
			t.Errorf("%s: connection %q, %v", name, given.text(connectionID), err)
		}
	}
}
