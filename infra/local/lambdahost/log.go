package lambdahost

import (
	"bytes"
	"slices"
	"sync"
	"time"
)

// logLimit is how many lines of each function are kept.
const logLimit = 10_000

// Line is one line that a function wrote.
type Line struct {
	Time      time.Time
	Stream    string // names the instance
	RequestID string // what the instance was working on, or worked on last
	Text      string
}

// log collects the lines of a function's instances.
type log struct {
	mu   sync.Mutex
	kept []Line // guarded by mu
}

func (l *log) add(line Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kept) == logLimit {
		l.kept = slices.Delete(l.kept, 0, logLimit/10)
	}
	l.kept = append(l.kept, line)
}

func (l *log) lines() []Line {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.kept)
}

// lineWriter splits the output of one instance into lines of the log.
type lineWriter struct {
	log       *log
	stream    string
	requestID func() string
	rest      []byte // the beginning of an unfinished line
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		line, rest, found := bytes.Cut(w.rest, []byte("\n"))
		if !found {
			return len(p), nil
		}
		w.add(line)
		w.rest = rest
	}
}

// flush adds the unfinished line.
func (w *lineWriter) flush() {
	if len(w.rest) > 0 {
		w.add(w.rest)
	}
}

func (w *lineWriter) add(line []byte) {
	w.log.add(Line{Time: time.Now(), Stream: w.stream, RequestID: w.requestID(), Text: string(line)})
}
