package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func lookAtRule(ctx context.Context, t *trial, id string, declared map[string]any) error {
	client, rule := eventbridge.NewFromConfig(t.Config()), aws.String(name(id))
	// For a rule that is gone, the list of targets is empty and not an error.
	if _, err := client.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: rule}); err != nil {
		return err
	}
	out, err := client.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: rule})
	if err != nil {
		return err
	}
	targets, _ := declared["Targets"].([]any)
	if len(out.Targets) != len(targets) {
		return fmt.Errorf("%d targets, want %d", len(out.Targets), len(targets))
	}
	var failure error
	for i, target := range out.Targets {
		failure = errors.Join(failure, t.compare("target", at(targets, i, "Arn"), aws.ToString(target.Arn)))
		if target.DeadLetterConfig != nil {
			failure = errors.Join(failure, t.compare("dead letters", at(targets, i, "DeadLetterConfig", "Arn"), aws.ToString(target.DeadLetterConfig.Arn)))
		} else if at(targets, i, "DeadLetterConfig") != nil {
			failure = errors.Join(failure, errors.New("undelivered events are lost"))
		}
	}
	return failure
}

func lookAtSubscription(ctx context.Context, t *trial, id string, declared map[string]any) error {
	out, err := lambda.NewFromConfig(t.Config()).GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: &id})
	if err != nil {
		return err
	}
	var concurrency any
	if out.ScalingConfig != nil {
		concurrency = aws.ToInt32(out.ScalingConfig.MaximumConcurrency)
	}
	return errors.Join(
		t.compare("EventSourceArn", declared["EventSourceArn"], aws.ToString(out.EventSourceArn)),
		t.compare("FunctionName", declared["FunctionName"], aws.ToString(out.FunctionArn)),
		t.compare("BatchSize", declared["BatchSize"], fmt.Sprint(aws.ToInt32(out.BatchSize))),
		t.compare("MaximumConcurrency", at(declared, "ScalingConfig", "MaximumConcurrency"), fmt.Sprint(concurrency)),
		t.compare("FunctionResponseTypes", at(declared, "FunctionResponseTypes"), fmt.Sprint(out.FunctionResponseTypes)))
}

func lookAtQueue(ctx context.Context, t *trial, id string, declared map[string]any) error {
	out, err := sqs.NewFromConfig(t.Config()).GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &id, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return err
	}
	var redrive struct {
		Target string `json:"deadLetterTargetArn"`
		Max    any    `json:"maxReceiveCount"`
	}
	if policy := out.Attributes["RedrivePolicy"]; policy != "" {
		if err := json.Unmarshal([]byte(policy), &redrive); err != nil {
			return err
		}
	}
	return errors.Join(
		t.compare("VisibilityTimeout", declared["VisibilityTimeout"], out.Attributes["VisibilityTimeout"]),
		t.compare("MessageRetentionPeriod", declared["MessageRetentionPeriod"], out.Attributes["MessageRetentionPeriod"]),
		t.compare("deadLetterTargetArn", at(declared, "RedrivePolicy", "deadLetterTargetArn"), redrive.Target),
		t.compare("maxReceiveCount", at(declared, "RedrivePolicy", "maxReceiveCount"), fmt.Sprint(redrive.Max)))
}
