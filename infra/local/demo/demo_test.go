package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestDemoPasses(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), &out, ""); err != nil {
		t.Errorf("got error %v", err)
	}
	if !regexp.MustCompile(`\ndemo: [0-9]+ checks passed, 0 failed\n$`).MatchString(out.String()) {
		t.Errorf("output does not end with the outcome:\n%s", out.String())
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > 80+len("\n") || strings.Contains(line, "\x1b") {
			t.Errorf("line is longer than 80 columns or not plain text: %q", line)
		}
	}
}

// until is a writer that calls a function once a given text is written.
type until struct {
	text string
	call func()

	mu      sync.Mutex
	written strings.Builder // guarded by mu
	once    sync.Once
}

func (u *until) Write(p []byte) (int, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.written.Write(p)
	if strings.Contains(u.written.String(), u.text) {
		u.once.Do(u.call)
	}
	return len(p), nil
}

func TestInterruptedDemoLeavesNothingBehind(t *testing.T) {
	interrupted := errors.New("interrupted")
	for _, moment := range []string{"Building the functions", "2. UserHub is well", "4. UserHub hangs"} {
		t.Run(moment, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			out := &until{text: moment, call: func() { cancel(interrupted) }}
			if err := run(ctx, out, ""); !errors.Is(err, interrupted) {
				t.Errorf("got error %v, want %v", err, interrupted)
			}
			if strings.Contains(out.written.String(), "FAILED") {
				t.Errorf("interrupted demo reports a failed check:\n%s", out.written.String())
			}
			if runtime.GOOS == "linux" {
				if left := children(t); left != "" {
					t.Errorf("processes left: %s", left)
				}
			}
		})
	}
}

// children returns the ids of this process's children, as Linux lists them.
func children(t *testing.T) string {
	t.Helper()
	lists, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(lists) == 0 {
		t.Fatalf("got lists %v and error %v, want one for each thread", lists, err)
	}
	var all []string
	for _, list := range lists {
		pids, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		all = append(all, strings.Fields(string(pids))...)
	}
	return strings.Join(all, " ")
}
