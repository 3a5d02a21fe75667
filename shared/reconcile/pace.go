package reconcile

import (
	"context"
	"time"
)

// handOver is kept back from a step's deadline for giving its result back.
const handOver = 10 * time.Second

// working returns the context for a step's work: it ends when it is time to hand
// over, so that work which takes longer than anybody could foresee does not take
// with it what was done before.
func working(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-handOver))
}

// pace decides whether another piece of work fits before the deadline, by the
// longest piece so far.
type pace struct {
	deadline time.Time // zero for none
	began    time.Time // the piece under way
	longest  time.Duration
	pieces   int
}

// newPace returns the pace of the work that ctx is for: see working.
func newPace(ctx context.Context) *pace {
	deadline, _ := ctx.Deadline()
	return &pace{deadline: deadline, began: time.Now()}
}

// allows reports whether there is time for another piece. There always is for the
// first: without it nothing would ever be done.
func (p *pace) allows() bool {
	if p.pieces == 0 || p.deadline.IsZero() {
		return true
	}
	// Half as much again, because partitions differ in size.
	return time.Until(p.deadline) > p.longest*3/2
}

// done marks the end of a piece, and the beginning of the next.
func (p *pace) done() {
	now := time.Now()
	p.longest = max(p.longest, now.Sub(p.began))
	p.began = now
	p.pieces++
}

// keep keeps back so much more time, if there is several times as much.
func (p *pace) keep(back time.Duration) {
	if !p.deadline.IsZero() && time.Until(p.deadline) > 3*back {
		p.deadline = p.deadline.Add(-back)
	}
}
