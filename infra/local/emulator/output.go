package emulator

import (
	"bytes"
	"sync"
)

// tailSize is how much of moto's error output is kept: the end of a traceback.
const tailSize = 8 << 10

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte // guarded by mu
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	t.text = t.text[max(0, len(t.text)-tailSize):]
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

// firstLine sends the first line written to it on its channel and drops the rest.
type firstLine struct {
	line chan string
	head []byte
	sent bool
}

func newFirstLine() *firstLine { return &firstLine{line: make(chan string, 1)} }

func (f *firstLine) Write(p []byte) (int, error) {
	if f.sent {
		return len(p), nil
	}
	f.head = append(f.head, p...)
	if line, _, found := bytes.Cut(f.head, []byte("\n")); found {
		f.line <- string(line)
		f.sent = true
	}
	return len(p), nil
}
