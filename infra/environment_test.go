package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/local/sandbox"
	"github.com/poolsync/poolsync/infra/setting"
)

// TestEnvironment compares the variables that each function gets with those that its
// source reads. Nobody would notice a misspelt one: its default would apply. Where
// everything is set, the functions of one source together get all that it reads.
func TestEnvironment(t *testing.T) {
	for name, configuration := range configurations {
		all := map[string][]string{} // given, by folder
		for _, id := range configuration().ofType("AWS::Lambda::Function") {
			folder := sandbox.BinaryName(sandbox.FunctionName(id))
			read, required := environmentOf(t, folder)
			variables, _ := configuration().property(id, "Environment.Variables").(map[string]any)
			given := slices.Sorted(maps.Keys(variables))
			given = slices.DeleteFunc(given, func(v string) bool { return v == "STACK_NAME" }) // every function has it

			all[folder] = append(all[folder], given...)
			for _, variable := range given {
				if !slices.Contains(read, variable) {
					t.Errorf("%s, %s: does not read %s", name, id, variable)
				}
			}
			for _, variable := range required {
				if !slices.Contains(given, variable) {
					t.Errorf("%s, %s: needs %s", name, id, variable)
				}
			}
		}
		if name != "everything" {
			continue
		}
		for folder, given := range all {
			read, _ := environmentOf(t, folder)
			slices.Sort(given)
			if diff := cmp.Diff(read, slices.Compact(given)); diff != "" {
				t.Errorf("%s, functions/%s: -read +given\n%s", name, folder, diff)
			}
		}
	}
}

// variableForm is the tag of a field that is read from the environment.
var variableForm = regexp.MustCompile("`env:\"([A-Z_]+)(,required)?")

// environmentOf returns the variables that a function reads, sorted, and those that it
// requires. Lambda's own variables are left out.
func environmentOf(t *testing.T, folder string) (read, required []string) {
	files, err := filepath.Glob("../functions/" + folder + "/*.go")
	if err != nil || files == nil {
		t.Fatalf("functions/%s has no sources: %v", folder, err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range variableForm.FindAllStringSubmatch(string(source), -1) {
			if tag[1] == "STACK_NAME" || strings.HasPrefix(tag[1], "AWS_") {
				continue
			}
			read = append(read, tag[1])
			if tag[2] != "" {
				required = append(required, tag[1])
			}
		}
	}
	slices.Sort(read)
	return read, required
}

// TestEnvironmentLimit shows that settings for whose targets Lambda has no room are refused
// before a deployment.
func TestEnvironmentLimit(t *testing.T) {
	var attributes, targets []string
	for i := range 60 {
		attributes = append(attributes, fmt.Sprintf("%q", fmt.Sprintf("custom:attribute-with-a-long-name-%d", i)))
	}
	for _, name := range []string{"a", "b"} {
		targets = append(targets, fmt.Sprintf(`%q: {"type": "bus", "bus": %q, "attributes": [%s]}`, name, name, strings.Join(attributes, ",")))
	}
	settings, err := setting.Parse([]byte(`{"targets": {` + strings.Join(targets, ",") + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	s := synthesise(settings)
	for _, function := range []string{"CheckFunction", "FullsyncFunction"} {
		if !slices.ContainsFunc(s.findings, func(f string) bool {
			return strings.Contains(f, function+" is told ") && strings.Contains(f, "Lambda takes 4096: use fewer targets")
		}) {
			t.Errorf("%s may be told too much: %v", function, s.findings)
		}
	}
}
