package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// errFailed is returned when a check failed. The report has said which.
var errFailed = errors.New("a check failed")

// report writes what the demo shows: plain text for 80 columns.
type report struct {
	out            io.Writer
	bold, red, off string // terminal codes, or empty
	passed, failed int
}

// newReport writes to out. It uses bold and red only on a terminal, and only if
// NO_COLOR is not set (https://no-color.org).
func newReport(out io.Writer) *report {
	r := &report{out: out}
	if file, ok := out.(*os.File); ok && os.Getenv("NO_COLOR") == "" {
		if info, err := file.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			r.bold, r.red, r.off = "\x1b[1m", "\x1b[31m", "\x1b[0m"
		}
	}
	return r
}

func (r *report) title(text string) { fmt.Fprintln(r.out, r.bold+text+r.off) }

func (r *report) line(format string, args ...any) { fmt.Fprintf(r.out, "   "+format+"\n", args...) }

// scene announces a scene.
func (r *report) scene(number int, title string) {
	fmt.Fprintf(r.out, "\n%s%d. %s%s\n", r.bold, number, title, r.off)
}

// progress announces something that takes a while. The function that it returns
// shows one more step or, with false, the end.
func (r *report) progress(format string, args ...any) (step func(more bool)) {
	fmt.Fprintf(r.out, "   "+format+" ", args...)
	return func(more bool) {
		if more {
			fmt.Fprint(r.out, ".")
		} else {
			fmt.Fprintln(r.out)
		}
	}
}

// barWidth is how many characters a full bar has.
const barWidth = 40

// bar announces something that fills up. The function that it returns shows how
// much is done and reports whether that is all.
func (r *report) bar(what string, total int) (fill func(done int) bool) {
	fmt.Fprintf(r.out, "   %s [", what)
	shown := 0
	return func(done int) bool {
		for ; shown < barWidth && shown*total < done*barWidth; shown++ {
			fmt.Fprint(r.out, "#")
		}
		if done >= total {
			fmt.Fprintf(r.out, "] %d\n", done)
		}
		return done >= total
	}
}

// durations shows how long something took: the median and the slowest.
func (r *report) durations(what string, took []time.Duration) {
	r.line("%-32s %8s median, %8s slowest", what, brief(median(took)), brief(slowest(took)))
}

// duration shows how long one thing took.
func (r *report) duration(what string, took time.Duration) { r.line("%-32s %8s", what, brief(took)) }

// count shows a number.
func (r *report) count(what string, n int) { r.line("%-32s %8d", what, n) }

// check shows whether something is as it should be, and counts it.
func (r *report) check(ok bool, format string, args ...any) {
	verdict := "ok    "
	if ok {
		r.passed++
	} else {
		r.failed++
		verdict = r.red + "FAILED" + r.off
	}
	r.line(verdict+" "+format, args...)
}

// end shows the outcome. It returns [errFailed] if a check failed.
func (r *report) end() error {
	fmt.Fprintf(r.out, "\ndemo: %d checks passed, %d failed\n", r.passed, r.failed)
	if r.failed > 0 {
		return errFailed
	}
	return nil
}

func median(took []time.Duration) time.Duration {
	if len(took) == 0 {
		return 0
	}
	return slices.Sorted(slices.Values(took))[len(took)/2]
}

func slowest(took []time.Duration) time.Duration {
	if len(took) == 0 {
		return 0
	}
	return slices.Max(took)
}

// brief writes a duration in milliseconds, and from one second on in seconds.
func brief(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
