package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/infra/local/emulator"
)

const (
	// crowdPace is the time between two events of other pools.
	crowdPace = 40 * time.Millisecond
	// crowdSize is how many people of other pools act, over and over.
	crowdSize = 25
)

// crowd makes people of other pools act until end is called. Like all events of people
// who act for themselves, theirs name no pool, so the stack's rule lets them in.
func (w *world) crowd(ctx context.Context) (end func() error) {
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- w.press(ctx) }()
	return func() error { stop(); return <-done }
}

// press sends the crowd's events, one at a time.
func (w *world) press(ctx context.Context) error {
	for {
		select {
		case <-time.After(crowdPace):
		case <-ctx.Done():
			return nil
		}
		w.mu.Lock()
		w.count[crowded]++
		who := w.random.IntN(crowdSize)
		w.mu.Unlock()
		if err := w.report(ctx, ownDoing(who, time.Now())); err != nil && ctx.Err() == nil {
			return err
		}
	}
}

// ownDoing returns CloudTrail's event of somebody in another pool who changes an
// attribute of their own, with only the parts that poolsync reads.
func ownDoing(who int, at time.Time) string {
	when := at.UTC().Format(time.RFC3339)
	body, _ := json.Marshal(map[string]any{ // plain values
		"version": "0", "id": "11111111-1111-1111-1111-111111111111", "region": emulator.Region,
		"source": "aws.cognito-idp", "detail-type": "AWS API Call via CloudTrail", "time": when,
		"detail": map[string]any{
			"eventSource": "cognito-idp.amazonaws.com", "eventName": "UpdateUserAttributes", "eventType": "AwsApiCall",
			"eventTime": when, "eventID": "33333333-3333-3333-3333-333333333333",
			"userIdentity":        map[string]any{"type": "Unknown", "principalId": "Anonymous"},
			"requestParameters":   map[string]any{"accessToken": "HIDDEN_DUE_TO_SECURITY_REASONS"},
			"additionalEventData": map[string]any{"sub": fmt.Sprintf("0000cafe-0000-4000-8000-%012x", who)},
		},
	})
	return string(body)
}
