package eventbus_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/eventbustest"
)

// renaming puts events for whatever bus on the one that there is.
type renaming struct{ *eventbustest.Bus }

func (r renaming) PutEvents(ctx context.Context, in *eventbridge.PutEventsInput, options ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	for i := range in.Entries {
		in.Entries[i].EventBusName = aws.String(eventbustest.Name)
	}
	return r.Bus.PutEvents(ctx, in, options...)
}

// watched notes when a request has ended.
type watched struct {
	*eventbustest.Bus
	ended *bool
}

func (w watched) PutEvents(ctx context.Context, in *eventbridge.PutEventsInput, options ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	defer func() { *w.ended = true }()
	return w.Bus.PutEvents(ctx, in, options...)
}

// detailOf returns what an entry says.
func detailOf(t *testing.T, e types.PutEventsRequestEntry) (d eventbus.Detail) {
	t.Helper()
	if err := json.Unmarshal([]byte(*e.Detail), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// pacer notes what it is asked, and fails on demand.
type pacer struct {
	mu    sync.Mutex // guards what follows
	turns int
	rests []time.Duration
	err   error
	lane  any // what the last who waited had in the context
}

type laneKey struct{}

func (p *pacer) Wait(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turns++
	p.lane = ctx.Value(laneKey{})
	return p.err
}

func (p *pacer) Backoff(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rests = append(p.rests, d)
}
