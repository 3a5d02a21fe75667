package fullrun

import (
	"context"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// What a function computes, on a whole processor. The figures are those of
// BenchmarkEntries in shared/ledger and BenchmarkWalk in shared/reconcile on an AMD EPYC,
// rounded up, and of the SDK with a page of users who have ten attributes each.
const (
	readEntry   = 4 * time.Microsecond    // read an entry of a ledger, and take it in
	compareUser = 2 * time.Microsecond    // compare a user for one target
	readPage    = 1200 * time.Microsecond // ask for a page of users, and read it
)

// processorShare is what a function of 256 MB has of a processor: one of 1,769 MB has a
// whole one (https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html).
const processorShare = 256.0 / 1769

// processor is one function's share of a processor. One thing at a time is computed.
type processor chan struct{}

func newProcessor() processor { return make(processor, 1) }

// compute takes the time of so much work on a whole processor.
func (p processor) compute(work time.Duration) {
	p <- struct{}{}
	time.Sleep(time.Duration(float64(work) / processorShare))
	<-p
}

// slow is a pool whose pages have to be read.
type slow struct {
	counted
	processor processor
}

// Walk lists a partition.
func (p slow) Walk(ctx context.Context, prefix string, page func([]directory.User) error) error {
	return p.counted.Walk(ctx, prefix, func(users []directory.User) error {
		p.processor.compute(readPage)
		return page(users)
	})
}

// comparing is a target whose fingerprints take their time to compute, counted out once
// for several users, because the clock's timers are not that fine.
type comparing struct {
	reconcile.Fingerprinter
	processor processor
	compared  int
}

// compareAtOnce is how many users are counted out at once: a page.
const compareAtOnce = 60

// Fingerprint returns a user's fingerprint.
func (c *comparing) Fingerprint(u directory.User) directory.Fingerprint {
	if c.compared++; c.compared%compareAtOnce == 0 {
		c.processor.compute(compareAtOnce * compareUser)
	}
	return c.Fingerprinter.Fingerprint(u)
}
