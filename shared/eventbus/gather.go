package eventbus

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// linger is how long a request waits for others to join, unless it is full before. The
// deliveries of a batch begin together, and what keeps them apart is a read of the
// ledger, which takes a few milliseconds.
const linger = 5 * time.Millisecond

// carrier takes events to the bus. What callers hand over at about the same time goes
// out in one request.
type carrier struct {
	api   API
	bus   string
	pacer outbound.Pacer // nil for none

	mu   sync.Mutex // guards open
	open *load      // that others may still join; nil if there is none
}

func newCarrier(api API, bus string) *carrier { return &carrier{api: api, bus: bus} }

// parcel is the events of one delivery. They stay together: if they went out in two
// requests, one could be taken and the one before it not.
type parcel struct {
	ctx     context.Context // its caller's
	entries []entry
	answer  chan error // takes one without anybody waiting
}

func (p *parcel) bytes() int {
	sum := 0
	for _, e := range p.entries {
		sum += e.bytes
	}
	return sum
}

// load is the parcels of one request.
type load struct {
	parcels        []*parcel
	entries, bytes int
	patience       *time.Timer
}

// takes reports whether a parcel fits in.
func (l *load) takes(p *parcel) bool {
	return l.entries+len(p.entries) <= maxEntries && l.bytes+p.bytes() <= maxBytes
}

// carry returns once the bus has taken all entries, or did not take one. The context
// ends only this caller's wait.
func (c *carrier) carry(ctx context.Context, entries []entry) error {
	if len(entries) == 0 {
		return nil
	}
	p := &parcel{ctx, entries, make(chan error, 1)}
	c.join(p)
	select {
	case err := <-p.answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: eventbridge: %w", reconcile.ErrUnavailable, ctx.Err())
	}
}

// join adds a parcel to the next request, which sets out when it is full or nobody has
// joined for too long.
func (c *carrier) join(p *parcel) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open != nil && !c.open.takes(p) {
		c.dispatch()
	}
	if c.open == nil {
		l := &load{}
		l.patience = time.AfterFunc(linger, func() { c.expire(l) })
		c.open = l
	}
	c.open.parcels = append(c.open.parcels, p)
	c.open.entries += len(p.entries)
	c.open.bytes += p.bytes()
	if c.open.entries == maxEntries {
		c.dispatch()
	}
}

// expire sends a load for which nobody waits any longer.
func (c *carrier) expire(l *load) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == l {
		c.dispatch()
	}
}

// dispatch sends the open load. The caller holds mu.
func (c *carrier) dispatch() {
	c.open.patience.Stop()
	go c.send(c.open.parcels)
	c.open = nil
}

// callers returns the context in which the parcels' request is made: with the values of
// the first of their callers, and over when all of them have gone. It is not over when
// one has.
func callers(parcels []*parcel) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parcels[0].ctx))
	stops := []func(){cancel}
	var gone sync.WaitGroup
	latest, limited := time.Time{}, true
	for _, p := range parcels {
		deadline, has := p.ctx.Deadline()
		limited = limited && has
		if deadline.After(latest) {
			latest = deadline
		}
		gone.Add(1)
		stop := context.AfterFunc(p.ctx, gone.Done)
		stops = append(stops, func() {
			if stop() {
				gone.Done()
			}
		})
	}
	go func() {
		gone.Wait()
		cancel()
	}()
	if limited { // for the pacer, which gives up early
		var done context.CancelFunc
		ctx, done = context.WithDeadline(ctx, latest)
		stops = append(stops, done)
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
	}
}
