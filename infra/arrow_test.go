package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// floors are the packages of infra from the bottom up, but for those of infra/local. A
// package imports what is on the floors below its own, and nothing beside or above it.
var floors = [][]string{
	{"infra/bundle", "infra/logicalid", "infra/part", "infra/setting/form"},
	{"infra/setting/newpool"},
	{"infra/setting"},
	{"infra/userpool"},
	{"infra/target"},
	{"infra/connectivity", "infra/endpoint", "infra/fullsync", "infra/source", "infra/watch"},
	{"infra/poolsync"},
	{"infra"},
}

// TestArrowsPointDown holds who imports whom: no package reaches back up, and none that
// is deployed imports what is for one machine only.
func TestArrowsPointDown(t *testing.T) {
	const module = "github.com/poolsync/poolsync/"
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, module)
		if strings.HasPrefix(name, "infra/local/") {
			continue
		}
		seen++
		own := floor(name)
		if own < 0 {
			t.Errorf("%s is on no floor", name)
		}
		for _, path := range p.Imports {
			imported := strings.TrimPrefix(path, module)
			if path != imported && strings.HasPrefix(imported, "infra") && !(floor(imported) >= 0 && floor(imported) < own) {
				t.Errorf("%s imports %s", name, imported)
			}
		}
	}
	if seen != len(slices.Concat(floors...)) {
		t.Errorf("%d packages, want those of the floors: %v", seen, floors)
	}
}

// floor returns the floor that a package is on, or -1.
func floor(name string) int {
	return slices.IndexFunc(floors, func(f []string) bool { return slices.Contains(f, name) })
}
