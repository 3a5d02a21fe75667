package eventbus

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
)

const (
	// requestTimeout bounds one request. EventBridge answers within some 100 ms, and two
	// tries fit into the time that a delivery has.
	requestTimeout = 5 * time.Second
	// tries is how often a request is made that brought no answer, or the answer that
	// EventBridge failed. A connection that died while the function slept fails once.
	tries = 2
)

// send makes the request for parcels and answers them. Each is answered for itself. If a
// request is refused as a whole, the fault may be one parcel's: then each goes alone.
func (c *carrier) send(parcels []*parcel) {
	parcels = slices.DeleteFunc(parcels, func(p *parcel) bool { return p.ctx.Err() != nil })
	if len(parcels) == 0 {
		return // everybody has gone
	}
	results, err := c.put(parcels)
	if reconcile.VerdictOf(err).Refuses() && len(parcels) > 1 {
		for _, p := range parcels {
			c.send([]*parcel{p})
		}
		return
	}
	for _, p := range parcels {
		n := len(p.entries)
		if err != nil {
			p.answer <- err
			continue
		}
		p.answer <- firstFailure(results, n)
		results = results[min(n, len(results)):]
	}
}

// put makes the request for parcels, a second time if that may help, and returns what
// became of each entry, or why that is nothing.
func (c *carrier) put(parcels []*parcel) (results []types.PutEventsResultEntry, err error) {
	ctx, stop := callers(parcels)
	defer stop()
	in := &eventbridge.PutEventsInput{}
	for _, p := range parcels {
		for _, e := range p.entries {
			e.request.EventBusName = &c.bus
			in.Entries = append(in.Entries, e.request)
		}
	}
	for range tries {
		if err := outbound.Turn(ctx, c.pacer); err != nil {
			return nil, err
		}
		results, err = c.request(ctx, in)
		if reconcile.VerdictOf(err) != reconcile.Unavailable || ctx.Err() != nil {
			break
		}
	}
	return results, err
}

// request makes one request, without the SDK's own repetitions, of which the pacer would
// not know.
func (c *carrier) request(ctx context.Context, in *eventbridge.PutEventsInput) ([]types.PutEventsResultEntry, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	out, err := c.api.PutEvents(ctx, in, func(o *eventbridge.Options) { o.Retryer = aws.NopRetryer{} })
	if err != nil {
		err = errorOf(err)
		c.comply([]error{err})
		return nil, err
	}
	answers := make([]error, len(out.Entries))
	for i, e := range out.Entries {
		answers[i] = failure(e)
	}
	c.comply(answers)
	return out.Entries, nil
}

// firstFailure returns why one of the first n entries was not taken, or nil if all were.
func firstFailure(results []types.PutEventsResultEntry, n int) error {
	for i := range n {
		if i >= len(results) {
			return errUnanswered
		}
		if err := failure(results[i]); err != nil {
			return err
		}
	}
	return nil
}

// failure returns why an entry was not taken, also in an answer with status 200. The
// position of a result is that of its entry.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
func failure(e types.PutEventsResultEntry) error {
	switch {
	case aws.ToString(e.ErrorCode) != "":
		return &Error{Code: *e.ErrorCode}
	case aws.ToString(e.EventId) == "":
		return errUnanswered
	}
	return nil
}
