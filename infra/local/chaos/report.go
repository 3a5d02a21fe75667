package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// printDone prints what was done, and how often each fault struck, in 80 columns.
func (w *world) printDone(out io.Writer, p plan) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintf(out, "\n%-60s %8s\n", "What was done", "times")
	for _, d := range []deed{signIn, signUp, create, rename, disable, enable, remove, welcome, discard, stray, fullRun} {
		fmt.Fprintf(out, "  %-58s %8d\n", d, w.count[d])
	}
	for _, how := range slices.Sorted(maps.Keys(w.runs)) {
		fmt.Fprintf(out, "    %-56s %8d\n", how, w.runs[how])
	}
	fmt.Fprintf(out, "\n%-51s %8s %8s\n", "What went wrong", "times", "struck")
	planned := map[deed]int{}
	for _, s := range p.faults {
		planned[s.deed]++
	}
	for _, d := range slices.Sorted(maps.Keys(planned)) {
		fmt.Fprintf(out, "  %-49s %8d %8d\n", d, planned[d], w.count[d])
	}
	fmt.Fprintf(out, "  %-58s %8d\n", "sign-ins refused by a dying trigger, and retried", w.refused)
}

// examples is how many lines at most say what differs.
const examples = 20

// printFindings prints the findings, and returns whether all are ok.
func printFindings(out io.Writer, findings []finding) bool {
	fmt.Fprintln(out, "\nResult")
	well := true
	for _, f := range findings {
		verdict := "ok    "
		if !f.ok {
			verdict, well = "FAILED", false
		}
		fmt.Fprintf(out, "  %s %s\n", verdict, f.text)
		if f.ok {
			continue
		}
		for _, line := range f.what[:min(len(f.what), examples)] {
			fmt.Fprintln(out, "         "+line)
		}
		if more := len(f.what) - examples; more > 0 {
			fmt.Fprintf(out, "         and %d more\n", more)
		}
	}
	return well
}

// again returns the command that repeats a plan.
func again(p plan) string {
	return fmt.Sprintf("go run ./infra/local/chaos -seed %d -for %v", p.seed, p.length)
}
