package emulator

import (
	"context"
	"sync"
	"testing"
)

// shared starts the emulator of this test binary. It needs no end: moto ends
// with the process that started it.
var shared = sync.OnceValues(func() (*Emulator, error) { return Start(context.Background()) })

// ForTest returns the emulator that all tests of this binary share. A test keeps
// apart from the others by names of its own. A test whose emulator must be its
// own, because it stops it or needs an option, calls [Start].
func ForTest(t testing.TB) *Emulator {
	t.Helper()
	e, err := shared()
	if err != nil {
		t.Fatalf("start the AWS emulator: %v", err)
	}
	return e
}
