package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/userhub"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// troubled is the report of a world with one of each result.
func troubled(t *testing.T) report {
	w, f := inOrder()
	changeHub(&w, func(u *hub) { u.header = nil })
	f.triggers = cognito.Triggers{PostAuthentication: postauth}
	f.fails["CheckKey"] = fmt.Errorf("report event: %w: userhub: UNAUTHENTICATED (status 401)", reconcile.ErrUnauthorized)
	f.fails["CheckConnection"] = userhub.ErrUnconfirmed
	f.fails["Probe"] = fmt.Errorf("write to the table: key of jane@example.com: %s", strings.Repeat("no such table, ", 30))
	return newReport("poolsync", w.checks(), run(t.Context(), w.checks()))
}

func TestReport(t *testing.T) {
	r := troubled(t)
	body, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	for file, got := range map[string]string{
		"testdata/table.golden.txt":   r.table(),
		"testdata/report.golden.json": string(body) + "\n",
		"testdata/reason.golden.txt":  r.err().Error() + "\n",
	} {
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: -want +got\n%s", file, diff)
		}
		if strings.Contains(got, "jane@example.com") {
			t.Errorf("%s repeats an address", file)
		}
	}
	for line := range strings.Lines(r.table()) {
		if len([]rune(strings.TrimSuffix(line, "\n"))) > width && !strings.Contains(line, "arn:") {
			t.Errorf("wider than %d characters: %s", width, line)
		}
	}
}

// TestReasonFits shows that CloudFormation takes the text of a failure however much
// failed.
func TestReasonFits(t *testing.T) {
	r := report{}
	for range 8 {
		r.Checks = append(r.Checks, row{Check: "ü", Result: failed, Cause: strings.Repeat("ü", maxCause/2), Remedy: strings.Repeat("Tu es. ", 40)})
	}
	if got := r.err().Error(); len(got) > maxReason || !strings.HasPrefix(got, "8 of 8 connectivity checks failed.") {
		t.Errorf("%d bytes: %s", len(got), got)
	}
	if err := (report{OK: true}).err(); err != nil {
		t.Errorf("a report without failures is an error: %v", err)
	}
}
