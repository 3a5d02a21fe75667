package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/poolsync/poolsync/infra/local/emulator"
)

// tell queues CloudTrail's event about what the owner did to somebody, as the stack's
// rule does. It does nothing while CloudTrail is silent.
func (w *world) tell(ctx context.Context, operation string, p *person) error {
	return w.tellOf(ctx, map[string]any{"type": "AssumedRole"}, operation, p)
}

// tellOfUs does the same for what the webhook did.
func (w *world) tellOfUs(ctx context.Context, operation string, p *person) error {
	return w.tellOf(ctx, map[string]any{
		"type":           "AssumedRole",
		"sessionContext": map[string]any{"sessionIssuer": map[string]any{"arn": w.webhookRole}},
	}, operation, p)
}

// tellOf does both.
func (w *world) tellOf(ctx context.Context, who map[string]any, operation string, p *person) error {
	w.mu.Lock()
	skew, lost := w.skew, w.active[silent] > 0
	if lost {
		w.untold[p.username] = true
		w.count[silent]++
	}
	if skew < 0 {
		w.count[behind]++
	} else if skew > 0 {
		w.count[ahead]++
	}
	w.mu.Unlock()
	if lost {
		return nil
	}
	return w.report(ctx, event(who, operation, w.Ref("UserPool"), p.sub, time.Now().Add(skew)))
}

// event returns CloudTrail's event about a user, with only the parts that poolsync reads
// (https://docs.aws.amazon.com/cognito/latest/developerguide/logging-using-cloudtrail.html).
func event(who map[string]any, operation, pool, sub string, at time.Time) string {
	when := at.UTC().Format(time.RFC3339)
	body, _ := json.Marshal(map[string]any{ // plain values
		"version": "0", "id": "11111111-1111-1111-1111-111111111111", "region": emulator.Region,
		"source": "aws.cognito-idp", "detail-type": "AWS API Call via CloudTrail", "time": when,
		"detail": map[string]any{
			"eventSource": "cognito-idp.amazonaws.com", "eventName": operation, "eventType": "AwsApiCall",
			"eventTime": when, "eventID": "33333333-3333-3333-3333-333333333333",
			"userIdentity":        who,
			"requestParameters":   map[string]any{"userPoolId": pool, "username": "HIDDEN_DUE_TO_SECURITY_REASONS"},
			"additionalEventData": map[string]any{"sub": sub},
		},
	})
	return string(body)
}
