package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCloudTrailRule shows that events go to their queue, and lost ones to its dead-letter
// queue.
func TestCloudTrailRule(t *testing.T) {
	want := []any{map[string]any{
		"Id":               "events",
		"Arn":              map[string]any{"Fn::GetAtt": []any{"EventsQueue", "Arn"}},
		"DeadLetterConfig": map[string]any{"Arn": map[string]any{"Fn::GetAtt": []any{"EventsDeadLetterQueue", "Arn"}}},
	}}
	if diff := cmp.Diff(want, newPool().property("CloudTrailRule", "Targets")); diff != "" {
		t.Errorf("targets: -want +got\n%s", diff)
	}
}

// TestQueuesLetInTheRule shows that nobody else but this one rule may send to a queue.
func TestQueuesLetInTheRule(t *testing.T) {
	got := map[string][]string{}
	for _, id := range newPool().ofType("AWS::SQS::QueuePolicy") {
		queue := name(list(newPool().property(id, "Queues"))[0])
		for _, statement := range list(newPool().property(id, "PolicyDocument.Statement")) {
			if s := statement.(map[string]any); s["Effect"] == "Allow" {
				got[queue] = append(got[queue], granted(s)...)
			}
		}
	}
	allowed := func(queue string) []string {
		return []string{"sqs:SendMessage on " + queue + ".Arn if map[ArnEquals:map[aws:SourceArn:map[Fn::GetAtt:[CloudTrailRule Arn]]]]"}
	}
	want := map[string][]string{"EventsQueue": allowed("EventsQueue"), "EventsDeadLetterQueue": allowed("EventsDeadLetterQueue")}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
