package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents returns the names of all documents of the repository.
func documents(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir("..", func(file string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() && slices.Contains([]string{".git", ".local", "cdk.out", "node_modules"}, entry.Name()) {
			return filepath.SkipDir
		}
		if filepath.Ext(file) == ".md" {
			found = append(found, file)
		}
		return err
	})
	if err != nil || len(found) < 10 {
		t.Fatalf("%d documents, %v", len(found), err)
	}
	return found
}

// TestLinksOfDocuments shows that each link from a document to another file of the
// repository leads to an existing file, and to a heading that it has.
func TestLinksOfDocuments(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s:#]*)(#[^)\s]+)?\)`) // no colon: not to another site
	for _, document := range documents(t) {
		for _, l := range link.FindAllStringSubmatch(read(t, document), -1) {
			target, anchor := document, l[2]
			if l[1] != "" {
				target = filepath.Join(filepath.Dir(document), l[1])
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: %s: %v", document, l[0], err)
			} else if anchor != "" && !anchors(read(t, target))[anchor] {
				t.Errorf("%s: %s: there is no such heading", document, l[0])
			}
		}
	}
}

// TestBlocksOfDocuments shows that each JSON block in a document is valid, that each
// diagram has arrows, and that the README has one diagram.
func TestBlocksOfDocuments(t *testing.T) {
	diagrams := 0
	for _, document := range documents(t) {
		for _, b := range blocks(read(t, document)) {
			switch b.language {
			case "json":
				if !json.Valid([]byte(b.text)) {
					t.Errorf("%s: not JSON:\n%s", document, b.text)
				}
			case "mermaid":
				if !strings.HasPrefix(b.text, "flowchart ") || strings.Count(b.text, "-->") < 2 {
					t.Errorf("%s: not a flowchart:\n%s", document, b.text)
				}
				if document == "../README.md" {
					diagrams++
				}
			}
		}
	}
	if diagrams != 1 {
		t.Errorf("the README has %d diagrams, want one", diagrams)
	}
}

// TestMakeInDocuments shows that the Makefile has every target that a document names.
func TestMakeInDocuments(t *testing.T) {
	makefile := "\n" + read(t, "../Makefile")
	line, span := regexp.MustCompile(`(?m)^\s*make ([a-z]+)`), regexp.MustCompile("`make ([a-z]+)")
	named := 0
	for _, document := range documents(t) {
		text := read(t, document)
		commands := span.FindAllStringSubmatch(text, -1)
		for _, b := range blocks(text) {
			commands = append(commands, line.FindAllStringSubmatch(b.text, -1)...)
		}
		for _, c := range commands {
			named++
			if !strings.Contains(makefile, "\n"+c[1]+":") {
				t.Errorf("%s: %s: the Makefile has no such target", document, c[0])
			}
		}
	}
	if named == 0 {
		t.Error("no document names a target of make")
	}
}

// block is a fenced block of a document.
type block struct{ language, text string }

// blocks returns the fenced blocks of a document, indented ones too.
func blocks(text string) []block {
	var found []block
	inside := false
	for line := range strings.Lines(text) {
		fence, is := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case is && !inside:
			found, inside = append(found, block{language: fence}), true
		case is:
			inside = false
		case inside:
			found[len(found)-1].text += line
		}
	}
	return found
}

// anchors returns the anchors of a document's headings, as GitHub forms them.
func anchors(text string) map[string]bool {
	found := make(map[string]bool)
	dropped := regexp.MustCompile(`[^\p{L}\p{N}\- ]`)
	for line := range strings.Lines(text) {
		marks, heading, ok := strings.Cut(strings.TrimSpace(line), " ")
		if ok && marks != "" && strings.Trim(marks, "#") == "" {
			heading = dropped.ReplaceAllString(strings.ToLower(heading), "")
			found["#"+strings.ReplaceAll(heading, " ", "-")] = true
		}
	}
	return found
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
