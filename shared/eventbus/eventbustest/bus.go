// Package eventbustest is an event bus inside the process, to test against: it answers
// PutEvents with EventBridge's limits, and fails on demand.
//
// It keeps time by package time, so testing/synctest steps it. infra/local/conformance
// puts the same events on moto's bus.
package eventbustest

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"

	"github.com/poolsync/poolsync/shared/eventbus"
)

// Name is the name of every bus of this package. Events for another are taken and
// dropped, as EventBridge does with those for a bus that does not exist.
const Name = "changes"

// Where the events come from.
const (
	account = "111122223333"
	region  = "us-east-1"
)

// Limits of PutEvents.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
const (
	maxEntries = 10
	maxBytes   = 256 << 10
)

// Bus is an event bus. It is safe for concurrent use.
type Bus struct {
	mu       sync.Mutex // guards what follows
	decide   func(Request) Fault
	requests []Request
	taken    [][]byte
	made     int
}

// Request is one call of PutEvents.
type Request struct {
	// Number counts the requests, from 1.
	Number int
	// Entries are what it asks to take.
	Entries []types.PutEventsRequestEntry
}

// Fault is what befalls a request. The zero Fault is none.
type Fault struct {
	// Delay is how long the answer takes.
	Delay time.Duration
	// Err is answered to the whole request, and nothing is taken, or with Lost everything
	// is.
	Err  error
	Lost bool
	// Refused has the error codes of entries that are not taken, by their position.
	Refused map[int]string
}

// New returns a bus that takes everything.
func New() *Bus { return &Bus{} }

// Decide has a function say what befalls each request from now on, or nothing with nil.
func (b *Bus) Decide(decide func(Request) Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.decide = decide
}

// Answer returns the error of a request that is refused with a code.
func Answer(code string) error { return &smithy.GenericAPIError{Code: code} }

// PutEvents implements [eventbus.API].
func (b *Bus) PutEvents(ctx context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	fault := b.enter(in.Entries)
	select {
	case <-time.After(fault.Delay):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := check(in.Entries); err != nil {
		return nil, err
	}
	if fault.Err != nil && !fault.Lost {
		return nil, fault.Err
	}
	out := &eventbridge.PutEventsOutput{}
	for i, e := range in.Entries {
		code := fault.Refused[i]
		if !json.Valid([]byte(aws.ToString(e.Detail))) {
			code = "MalformedDetail"
		}
		if code != "" {
			out.FailedEntryCount++
			out.Entries = append(out.Entries, types.PutEventsResultEntry{ErrorCode: &code})
			continue
		}
		out.Entries = append(out.Entries, types.PutEventsResultEntry{EventId: aws.String(b.take(e))})
	}
	if fault.Err != nil {
		return nil, fault.Err
	}
	return out, nil
}

// enter counts a request, and returns what befalls it.
func (b *Bus) enter(entries []types.PutEventsRequestEntry) Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := Request{len(b.requests) + 1, entries}
	b.requests = append(b.requests, q)
	if b.decide == nil {
		return Fault{}
	}
	return b.decide(q)
}

// check returns the answer to a request that is beyond the limits.
func check(entries []types.PutEventsRequestEntry) error {
	bytes := 0
	for _, e := range entries {
		bytes += 14 + len(aws.ToString(e.Source)) + len(aws.ToString(e.DetailType)) + len(aws.ToString(e.Detail))
	}
	if len(entries) == 0 || len(entries) > maxEntries || bytes > maxBytes {
		return Answer("ValidationException")
	}
	return nil
}

// take takes an entry, and returns the id that the bus gives it.
func (b *Bus) take(e types.PutEventsRequestEntry) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.made++
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", b.made)
	if aws.ToString(e.EventBusName) != Name {
		return id
	}
	b.taken = append(b.taken, fmt.Appendf(nil,
		`{"version":"0","id":%q,"detail-type":%q,"source":%q,"account":%q,"time":%q,"region":%q,"resources":[],"detail":%s}`,
		id, *e.DetailType, *e.Source, account, aws.ToTime(e.Time).UTC().Format(time.RFC3339), region, *e.Detail))
	return id
}

// Messages returns every event that the bus took so far, in that order, as the target of
// a rule gets it.
func (b *Bus) Messages() [][]byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([][]byte(nil), b.taken...)
}

// Events returns the same, decoded.
func (b *Bus) Events() []eventbus.Event {
	var events []eventbus.Event
	for _, message := range b.Messages() {
		var e eventbus.Event
		if err := json.Unmarshal(message, &e); err != nil {
			panic(fmt.Sprintf("an event that the bus made itself: %v", err))
		}
		events = append(events, e)
	}
	return events
}

// Requests returns every request so far, also those that failed.
func (b *Bus) Requests() []Request {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Request(nil), b.requests...)
}
