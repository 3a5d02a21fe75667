package source

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/poolsync/poolsync/infra/part"
	"github.com/poolsync/poolsync/infra/userpool"
	"github.com/poolsync/poolsync/shared/cloudtrail"
)

// RuleProps is what [NewRule] depends on.
type RuleProps struct {
	Events awssqs.Queue
	Pool   userpool.Pool
}

// NewRule puts what CloudTrail says about the pool on the events queue. It needs no role:
// the queue lets this rule in.
//
// EventBridge retries for a day, its default, and then sends an event to the queue's own
// dead-letter queue. SQS redrives only messages that came from a queue, so these events
// cannot be redriven. They need not be: the next full sync finds what they were about.
func NewRule(scope constructs.Construct, id string, p *RuleProps) awsevents.CfnRule {
	scope = constructs.NewConstruct(scope, &id)
	deadLetters := p.Events.DeadLetterQueue().Queue
	rule := awsevents.NewCfnRule(scope, jsii.String("CloudTrailRule"), &awsevents.CfnRuleProps{
		Description:  jsii.String("poolsync: passes on what CloudTrail records about the pool's users"),
		EventPattern: pattern(*p.Pool.ID),
		Targets: []any{&awsevents.CfnRule_TargetProperty{
			Id:               jsii.String("events"),
			Arn:              p.Events.QueueArn(),
			DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: deadLetters.QueueArn()},
		}},
	})
	for _, queue := range []awssqs.IQueue{p.Events, deadLetters} {
		send := part.Allow(queue.QueueArn(), "sqs:SendMessage")
		send.AddServicePrincipal(jsii.String("events.amazonaws.com"), nil)
		send.AddCondition(jsii.String("ArnEquals"), map[string]*string{"aws:SourceArn": rule.AttrArn()})
		queue.AddToResourcePolicy(send)
	}
	return rule
}

// pattern matches the events that may be about a user of the pool. It has two
// conditions, an "$or" each:
//
//  1. The event's name is one that we act on. The answer to a challenge counts only for
//     the one challenge that we act on. A challenge that CloudTrail hides or leaves out
//     does not match: if it did, so would every sign-in of the account.
//  2. The pool's id is in one of the two places where CloudTrail puts it, or in neither.
//     Users who act for themselves, with an access token or through an app client, name
//     no pool; ingest finds out which pool they belong to.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func pattern(poolID string) map[string]any {
	var names []any
	for _, call := range cloudtrail.Calls() {
		names = append(names, call)
	}
	for _, page := range cloudtrail.Pages() {
		names = append(names, map[string]string{"equals-ignore-case": page})
	}
	id := func(filter any) map[string]any { return map[string]any{"userPoolId": []any{filter}} }
	absent := map[string]bool{"exists": false}
	return map[string]any{
		"source":      []string{cloudtrail.Source},
		"detail-type": []string{cloudtrail.CallDetailType, cloudtrail.PageDetailType},
		"$or": []any{
			map[string]any{"detail": map[string]any{"eventName": names}},
			map[string]any{"detail": map[string]any{
				"eventName":         cloudtrail.Challenges(),
				"requestParameters": map[string]any{"challengeName": []string{cloudtrail.NewPasswordRequired}},
			}},
		},
		"detail": map[string]any{
			"$or": []any{
				map[string]any{"requestParameters": id(poolID)},
				map[string]any{"additionalEventData": id(poolID)},
				map[string]any{"requestParameters": id(absent), "additionalEventData": id(absent)},
			},
		},
	}
}
