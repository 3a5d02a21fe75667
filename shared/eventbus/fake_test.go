package eventbus_test

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/eventbustest"
	"github.com/poolsync/poolsync/shared/eventbus/schema"
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

// schemas compiles each schema once.
var schemas = sync.OnceValues(func() (map[eventbus.DetailType]*jsonschema.Schema, error) {
	compiled := make(map[eventbus.DetailType]*jsonschema.Schema)
	for _, kind := range eventbus.DetailTypes() {
		compiler := jsonschema.NewCompiler()
		compiler.AssertFormat()
		s, err := compiler.Compile("schema/" + schema.FileName(kind))
		if err != nil {
			return nil, err
		}
		compiled[kind] = s
	}
	return compiled, nil
})

// validate fails the test if an event is not as its schema says, or has a member of which
// the types do not know.
func validate(t *testing.T, message []byte) {
	t.Helper()
	compiled, err := schemas()
	if err != nil {
		t.Fatal(err)
	}
	var e eventbus.Event
	decoder := json.NewDecoder(bytes.NewReader(message))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&e); err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled[e.DetailType].Validate(value); err != nil {
		t.Errorf("%s\n%v", message, err)
	}
}
