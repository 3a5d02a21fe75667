package reference

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// shared starts this test binary's service. Nobody has to stop it: it ends with the
// process that started it.
var shared = sync.OnceValues(func() (*Server, error) { return Start(context.Background()) })

var services atomic.Int64

// ForTest returns the base address of a service that holds nobody, and that no other test
// uses. With a kind of "put" it does not implement PATCH.
func ForTest(t testing.TB, kind string) string {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatalf("start the reference service: %v", err)
	}
	return s.Service(kind + strings.Repeat("x", int(services.Add(1))))
}
