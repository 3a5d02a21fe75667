package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/poolsync/poolsync/shared/telemetry"
)

// report is the result of an invocation, as it is returned.
type report struct {
	Stack string `json:"stack"`
	// OK is whether nothing failed.
	OK     bool  `json:"ok"`
	Checks []row `json:"checks"`
}

// maxCause bounds a cause, in bytes, so that the remedy stands out and the text of a
// failure has room for every check.
const maxCause = 240

// row is one check in a report.
type row struct {
	Check  string `json:"check"`
	Target string `json:"target,omitempty"`
	Result result `json:"result"`
	Cause  string `json:"cause,omitempty"`
	Remedy string `json:"remedy,omitempty"`
}

// newReport says what each check found. Causes are errors of other services, which
// may hold personal data.
func newReport(stack string, checks []check, found []finding) report {
	r := report{Stack: stack, OK: true}
	for i, f := range found {
		line := row{Check: checks[i].name, Target: checks[i].target, Result: f.result, Remedy: f.remedy}
		if f.cause != nil {
			line.Cause = clip(telemetry.Scrub(strings.ReplaceAll(f.cause.Error(), "\n", "; ")), maxCause)
		}
		r.OK = r.OK && f.result != failed
		r.Checks = append(r.Checks, line)
	}
	return r
}

// fails reports whether a check of a target failed.
func (r report) fails(target string) bool {
	return slices.ContainsFunc(r.Checks, func(line row) bool { return line.Target == target && line.Result == failed })
}

// excuse makes warnings of the failures of a target.
func (r *report) excuse(target string) {
	for i := range r.Checks {
		if line := &r.Checks[i]; line.Target == target && line.Result == failed {
			line.Result, line.Remedy = warning, "The deployment goes on, since this worked before with the same settings. "+line.Remedy
		}
	}
	r.OK = r.count(failed) == 0
}

// count returns how many checks had a result.
func (r report) count(want result) int {
	n := 0
	for _, line := range r.Checks {
		if line.Result == want {
			n++
		}
	}
	return n
}

const (
	// width is the table's greatest width, in characters, except for a word that
	// is wider still, such as an ARN.
	width = 80
	// The widths of its first two columns; the first is wider if a name is.
	checkWidth  = 20
	resultWidth = 9
)

// checkColumn returns the width of the first column.
func (r report) checkColumn() int {
	wide := checkWidth
	for _, line := range r.Checks {
		wide = max(wide, len([]rune(line.Check))+1)
	}
	return wide
}

// table returns the report as lines of text for the log.
func (r report) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Connectivity of %s: %d of %d checks failed\n", r.Stack, r.count(failed), len(r.Checks))
	first := r.checkColumn()
	fmt.Fprintf(&b, "%-*s%-*s%s\n", first, "CHECK", resultWidth, "RESULT", "WHAT TO DO")
	for _, line := range r.Checks {
		margin := fmt.Sprintf("%-*s%-*s", first, line.Check, resultWidth, line.Result)
		for _, text := range []string{line.Remedy, line.because()} {
			for _, part := range wrap(text, width-first-resultWidth) {
				fmt.Fprintln(&b, margin+part)
				margin = strings.Repeat(" ", first+resultWidth)
			}
		}
		if line.Remedy == "" && line.Cause == "" {
			fmt.Fprintln(&b, strings.TrimSpace(margin))
		}
	}
	return b.String()
}

// because returns a row's cause as a sentence.
func (r row) because() string {
	if r.Cause == "" || r.Remedy == "" {
		return r.Cause
	}
	return "Because: " + r.Cause
}

// wrap breaks a text at its blanks into lines of at most width characters.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// maxReason bounds the text of a failure, in bytes: an answer may have 4,096 in all
// (CloudFormation user guide, "Custom resource response objects").
const maxReason = 3000

// err returns what failed and what to do about it, as CloudFormation shows it, or
// nil.
func (r report) err() error {
	if r.OK {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d connectivity checks failed.", r.count(failed), len(r.Checks))
	for _, line := range r.Checks {
		if line.Result == failed {
			fmt.Fprintf(&b, " %s: %s (%s)", line.Check, line.Remedy, line.Cause)
		}
	}
	b.WriteString(" To deploy anyway, set deploy.connectivityCheck to advisory.")
	return errors.New(clip(b.String(), maxReason))
}

// clip shortens a text to size bytes.
func clip(text string, size int) string {
	if len(text) <= size {
		return text
	}
	return strings.ToValidUTF8(text[:size-len("…")], "") + "…"
}
