package sandbox

import (
	"context"
	"sync"
)

// bell wakes all goroutines that wait for something to change.
type bell struct {
	mu   sync.Mutex
	rung chan struct{} // guarded by mu; closed and replaced when it rings
}

func newBell() *bell { return &bell{rung: make(chan struct{})} }

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.rung)
	b.rung = make(chan struct{})
}

// await returns when done is true. It asks at once, and each time the bell rings. It
// fails with the context's cause when the context ends.
func (b *bell) await(ctx context.Context, done func() bool) error {
	for {
		b.mu.Lock()
		rung := b.rung
		b.mu.Unlock()
		if done() {
			return nil
		}
		select {
		case <-rung:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
