package process

import (
	"io"
	"os"
	"testing"
)

// The child inherits the pipe from its parent, so reading ends only when both have ended.
func TestChildDiesWithItsParent(t *testing.T) {
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	parent := start(t, "parent", in)
	in.Close()

	ready := make([]byte, 1)
	if _, err := io.ReadFull(out, ready); err != nil {
		t.Fatal(err)
	}
	parent.Kill()
	if _, err := io.Copy(io.Discard, out); err != nil {
		t.Fatal(err)
	}
}
