package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLinksOfDocuments shows that each link of a document to another file of the
// repository leads to one, and to a heading that it has.
func TestLinksOfDocuments(t *testing.T) {
	documents, err := filepath.Glob("docs/*.md")
	if err != nil || len(documents) == 0 {
		t.Fatalf("%d documents, %v", len(documents), err)
	}
	link := regexp.MustCompile(`\]\(([^)\s:#]*)(#[^)\s]+)?\)`) // no colon: not one to another site
	for _, document := range append(documents, "../README.md") {
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

// anchors returns what a link to a heading of a document ends with, as GitHub forms it.
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
