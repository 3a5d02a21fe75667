package sandbox

import (
	"net/http"
	"strings"
	"sync"

	"github.com/poolsync/poolsync/infra/local/trail"
)

// calls counts the calls of AWS services by caller.
type calls struct {
	mu     sync.Mutex
	counts map[call]int // guarded by mu
}

// call is an operation and the function that called it. A function's access key is its
// name.
type call struct{ function, operation string }

// before returns next with its calls counted.
func (c *calls) before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, named := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		if caller := trail.Caller(r); named && caller != "" {
			c.mu.Lock()
			c.counts[call{caller, operation}]++
			c.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

// Called returns how often a function has called an AWS operation so far, such as
// ListUsers.
func (s *Stack) Called(function, operation string) int {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	return s.calls.counts[call{function, operation}]
}
