package setting

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files, the schema and the documents' tables anew")

// compareGolden compares got with a file, or writes the file if that is asked for.
func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(strings.Split(readText(t, file), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs; accept it by go test ./infra/setting -update: -want +got\n%s", file, diff)
	}
}

// compareTable compares a table with what a document has between two marks, or writes
// it there if that is asked for.
func compareTable(t *testing.T, document, mark, want string) {
	t.Helper()
	text := readText(t, document)
	begin, end := "<!-- "+mark+":begin -->\n", "<!-- "+mark+":end -->"
	before, rest, begins := strings.Cut(text, begin)
	table, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		t.Fatalf("%s has no table between %q and %q", document, begin, end)
	}
	if *update {
		table = want
		if err := os.WriteFile(document, []byte(before+begin+table+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, table); diff != "" {
		t.Errorf("%s: the table of %s differs; renew it by go test ./infra/setting -update: -want +got\n%s", document, mark, diff)
	}
}

func readText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
