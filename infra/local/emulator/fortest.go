package emulator

import (
	"context"
	"sync"
	"testing"
)

// shared starts this test binary's emulator. Nobody has to stop it: moto ends with the
// process that started it.
var shared = sync.OnceValues(func() (*Emulator, error) { return Start(context.Background()) })

// ForTest returns the emulator that all tests of this binary share. Use names that no
// other test uses. If your test stops the emulator, or needs an option, call [Start]
// instead.
func ForTest(t testing.TB) *Emulator {
	t.Helper()
	e, err := shared()
	if err != nil {
		t.Fatalf("start the AWS emulator: %v", err)
	}
	return e
}
