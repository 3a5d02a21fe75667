package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"time"

	"github.com/poolsync/poolsync/infra/local/bench/table"
)

// report writes the table to out, and to .local/bench.md for infra/docs/performance.md.
func (l *lab) report(out io.Writer, rows []table.Row, took time.Duration) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "`make bench` on %s, in %.0f s:\n%s.\n\n", time.Now().UTC().Format(time.DateOnly), took.Seconds(), l.machine())
	if err := table.Write(&text, rows); err != nil {
		return err
	}
	if missed := table.Missed(rows); len(missed) > 0 {
		fmt.Fprintf(&text, "\nBeyond the limit (!):\n\n")
		for _, metric := range missed {
			fmt.Fprintf(&text, "- %s\n", metric)
		}
	}
	file := filepath.Join(l.root, ".local", "bench.md")
	if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "\n%s\nAlso in %s.\n", text.Bytes(), file)
	return err
}

// model finds the processor's name where Linux tells it.
var model = regexp.MustCompile(`(?m)^model name\s*:\s*(.+)$`)

// machine describes what the figures were measured on.
func (l *lab) machine() string {
	processor := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if found := model.FindSubmatch(info); found != nil {
			processor = string(found[1])
		}
	}
	text := fmt.Sprintf("%d cores of %s, %s, %s", runtime.NumCPU(), processor, runtime.GOOS, runtime.Version())
	if l.node != "" {
		text += ", Node.js " + l.node
	}
	return text
}
