package reconcile

import (
	"context"
	"time"
)

// handOver is kept back from a step's deadline for giving its result back.
const handOver = 10 * time.Second

// pace decides whether another piece of work fits before the deadline, by the
// longest piece so far.
type pace struct {
	deadline time.Time // zero for none
	began    time.Time // the piece under way
	longest  time.Duration
	pieces   int
}

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
	return time.Until(p.deadline) > p.longest*3/2+handOver
}

// done marks the end of a piece, and the beginning of the next.
func (p *pace) done() {
	now := time.Now()
	p.longest = max(p.longest, now.Sub(p.began))
	p.began = now
	p.pieces++
}
