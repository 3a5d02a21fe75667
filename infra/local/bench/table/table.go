// Package table holds the benchmark's results: rows with poolsync's figure, the
// alternative's, their ratio and a limit. It writes them as one Markdown table that also
// reads well on a terminal of 80 columns.
package table

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Row is one metric, or the title of those below it.
type Row struct {
	Metric string
	// Poolsync and Other are the figures; Other may be missing.
	Poolsync, Other Figure
	// Limit is the limit that the metric must keep, if it has one.
	Limit Limit
	// Beside names the alternative in the rows below a title.
	Beside string
}

// Title returns a row that says what the rows below it are about and what they are
// compared with, if anything.
func Title(about, beside string) Row { return Row{Metric: about, Beside: beside} }

// Ratio returns poolsync's figure divided by the other's, and whether there is one.
func (r Row) Ratio() (float64, bool) {
	if r.Other.unit == nil || r.Poolsync.unit == nil || r.Other.N == 0 {
		return 0, false
	}
	return r.Poolsync.N / r.Other.N, true
}

// Missed reports whether the row is beyond its limit.
func (r Row) Missed() bool {
	measured := r.Poolsync.N
	if r.Limit.onRatio {
		ratio, ok := r.Ratio()
		if !ok {
			return true // without a ratio, the limit is missed
		}
		measured = ratio
	}
	switch r.Limit.sign {
	case "≤":
		return measured > r.Limit.bound
	case "≥":
		return measured < r.Limit.bound
	}
	return false
}

// Limit is a bound on a row's ratio, or on poolsync's figure. The zero Limit stands for
// none.
type Limit struct {
	sign    string
	bound   float64
	onRatio bool
}

// RatioAtMost asks for a ratio of bound or less.
func RatioAtMost(bound float64) Limit { return Limit{"≤", bound, true} }

// RatioAtLeast asks for a ratio of bound or more.
func RatioAtLeast(bound float64) Limit { return Limit{"≥", bound, true} }

// AtMost asks for a figure of bound or less, in the figure's unit.
func AtMost(bound float64) Limit { return Limit{"≤", bound, false} }

// cells returns the row's cells as the table shows them.
func (r Row) cells() []string {
	if r.Poolsync.unit == nil {
		return []string{"**" + r.Metric + "**", "", r.Beside, "", ""}
	}
	ratio, limit := "", ""
	if n, ok := r.Ratio(); ok {
		ratio = quotient(n)
	}
	if r.Limit.sign != "" {
		limit = r.Limit.sign + " " + digits(r.Limit.bound)
	}
	if r.Limit.onRatio {
		limit += "×"
	}
	if r.Missed() {
		limit += "!"
	}
	return []string{r.Metric, r.Poolsync.String(), r.Other.String(), ratio, limit}
}

// header names the columns. All but the first are aligned to the right.
var header = []string{"metric", "poolsync", "other", "ratio", "limit"}

// Write writes the rows as an aligned Markdown table. It marks a limit on the ratio with
// ×, and a missed limit with an exclamation mark.
func Write(w io.Writer, rows []Row) error {
	lines := [][]string{header}
	for _, r := range rows {
		lines = append(lines, r.cells())
	}
	widths := make([]int, len(header))
	for _, cells := range lines {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var out strings.Builder
	for n, cells := range lines {
		for i, cell := range cells {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				cell += pad
			} else {
				cell = pad + cell
			}
			out.WriteString("| " + cell + " ")
		}
		out.WriteString("|\n")
		if n == 0 {
			out.WriteString(rule(widths))
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// rule returns the line below the header.
func rule(widths []int) string {
	line := "|" + strings.Repeat("-", widths[0]+2)
	for _, width := range widths[1:] {
		line += "|" + strings.Repeat("-", width+1) + ":"
	}
	return line + "|\n"
}

// Missed returns the metrics that are beyond their limits, each with the title above it.
func Missed(rows []Row) []string {
	var missed []string
	title := ""
	for _, r := range rows {
		if r.Poolsync.unit == nil {
			title = r.Metric
		} else if r.Missed() {
			missed = append(missed, fmt.Sprintf("%s: %s", cmp.Or(title, "untitled"), r.Metric))
		}
	}
	return missed
}
