package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReport(t *testing.T) {
	var r report
	r.add("attached-pool", []error{nil, nil, nil, nil, nil, nil, nil})
	r.add("everything", []error{nil, errors.New(strings.Repeat("a reason of many words ", 9)), errNotReached, errNotReached, errNotReached, errNotReached, errNotReached})
	if !r.failed() {
		t.Error("a report with a failed step has not failed")
	}
	var out strings.Builder
	r.print(&out)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for _, line := range lines {
		if len(line) > width {
			t.Errorf("%d columns, want at most %d: %s", len(line), width, line)
		}
	}
	got := []string{strings.Join(strings.Fields(lines[len(lines)-2]), " "), strings.Join(strings.Fields(lines[len(lines)-1]), " ")}
	want := []string{"attached-pool ok ok ok ok ok ok ok", "everything ok FAILED - - - - -"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table: -want +got\n%s", diff)
	}
	if !strings.Contains(out.String(), "everything, deploy:\n  a reason of") {
		t.Errorf("the report does not say why a step failed:\n%s", out.String())
	}
}

func TestReportOfSuccessHasNotFailed(t *testing.T) {
	var r report
	r.add("new-pool", []error{nil, nil})
	if r.failed() {
		t.Error("a report without a failed step has failed")
	}
}
