// Package golden compares a test's output with a file of the repository. With the flag
// -update, it writes the file instead.
package golden

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "update the golden files and the documents' tables")

// Compare compares got with a file.
func Compare(t testing.TB, file, got string) {
	t.Helper()
	if *update {
		write(t, file, got)
	}
	if diff := cmp.Diff(lines(read(t, file)), lines(got)); diff != "" {
		t.Errorf("%s differs; if that is right, update it with the flag -update: -want +got\n%s", file, diff)
	}
}

// Section compares got with what a Markdown document has between the comments
// <!-- mark:begin --> and <!-- mark:end -->.
func Section(t testing.TB, document, mark, got string) {
	t.Helper()
	begin, end := "<!-- "+mark+":begin -->\n", "<!-- "+mark+":end -->"
	before, rest, begins := strings.Cut(read(t, document), begin)
	section, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		t.Fatalf("%s has nothing between %q and %q", document, begin, end)
	}
	if *update {
		section = got
		write(t, document, before+begin+got+end+after)
	}
	if diff := cmp.Diff(lines(section), lines(got)); diff != "" {
		t.Errorf("the section %s of %s differs; if that is right, update it with the flag -update: -want +got\n%s", mark, document, diff)
	}
}

func lines(text string) []string { return strings.Split(text, "\n") }

func read(t testing.TB, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
