package reconcile

import (
	"context"
	"sync"
	"time"
)

// patience is how long one target's ledger or queue may take for its part of a
// partition while others wait: many times what the largest partition takes, so that
// only one that hangs is given up.
const patience = 2 * time.Minute

// together calls do for each of n targets at the same time, so that the slowest counts
// and not their sum, and returns their errors in order. Where others wait for them they
// have no more than patience; otherwise as long as their step.
func together(ctx context.Context, others bool, n int, do func(ctx context.Context, i int) error) []error {
	errs := make([]error, n)
	if others {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, patience)
		defer stop()
	}
	if n == 1 {
		errs[0] = do(ctx, 0)
		return errs
	}
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs[i] = do(ctx, i) })
	}
	all.Wait()
	return errs
}
