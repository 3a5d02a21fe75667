package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// width is how wide a report is, in columns.
const width = 80

// report is the result for each configuration.
type report struct{ rows []row }

type row struct {
	name    string
	results []error
}

func (r *report) add(name string, results []error) { r.rows = append(r.rows, row{name, results}) }

// failed reports whether a step failed.
func (r *report) failed() bool {
	for _, row := range r.rows {
		if errors.Join(row.results...) != nil {
			return true
		}
	}
	return false
}

// verdict returns a step's result in a word.
func verdict(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, errNotReached):
		return "-"
	default:
		return "FAILED"
	}
}

// print writes what failed and why, what was left out, and the table.
func (r *report) print(out io.Writer) {
	for _, row := range r.rows {
		for i, err := range row.results {
			if verdict(err) == "FAILED" {
				fmt.Fprintf(out, "\n%s, %s:\n%s\n", row.name, steps[i].name, wrap(err.Error()))
			}
		}
	}
	fmt.Fprintf(out, "\nLeft out:\n")
	for _, omission := range leftOut {
		fmt.Fprintln(out, wrap(omission.name+": "+omission.why))
	}
	line := fmt.Sprintf("%-13s", "")
	for _, step := range steps {
		line += fmt.Sprintf("  %-*s", column(step), step.name)
	}
	fmt.Fprintf(out, "\n%s\n", strings.TrimRight(line, " "))
	for _, row := range r.rows {
		line = fmt.Sprintf("%-13s", row.name)
		for i, err := range row.results {
			line += fmt.Sprintf("  %-*s", column(steps[i]), verdict(err))
		}
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

// column returns the width of a step's column: that of its name, or of FAILED.
func column(s step) int { return max(len(s.name), len("FAILED")) }

// wrap breaks lines between words, and indents them.
func wrap(text string) string {
	var b strings.Builder
	for _, line := range strings.Split(text, "\n") {
		length := 0
		for i, word := range strings.Fields(line) {
			if i > 0 && length+1+len(word) > width {
				b.WriteString("\n")
				length = 0
			}
			if length == 0 {
				b.WriteString("  ")
				length = 2
			} else {
				b.WriteString(" ")
				length++
			}
			b.WriteString(word)
			length += len(word)
		}
		b.WriteString("\n")
	}
	return strings.TrimRight(b.String(), "\n")
}
