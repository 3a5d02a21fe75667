package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAlarms shows that each alarm reaches somebody, and says what to do.
func TestAlarms(t *testing.T) {
	// There are 8 alarms of a deployment, and 6 of each target. By default there is no
	// webhook. With every switch off there is one, and a queue for its events, but there
	// are no runs.
	for title, tt := range map[string]struct {
		synthesis
		count int
		topic string
	}{
		"new pool":       {newPool(), 13, "AlarmTopic"},
		"topic given":    {everySet(), 26, "arn:aws:sns:us-east-1:111122223333:on-call"},
		"nothing to see": {switchedOff(), 13, "AlarmTopic"},
	} {
		t.Run(title, func(t *testing.T) {
			ids := tt.ofType("AWS::CloudWatch::Alarm")
			if len(ids) != tt.count {
				t.Errorf("%d alarms, want %d: %v", len(ids), tt.count, ids)
			}
			for _, id := range ids {
				for _, action := range []string{"AlarmActions", "OKActions"} {
					got := list(tt.property(id, action))
					if len(got) != 1 || name(got[0]) != tt.topic {
						t.Errorf("%s has the %s %v, want %s", id, action, got, tt.topic)
					}
				}
				// CloudWatch takes 1,024 characters.
				text, _ := tt.property(id, "AlarmDescription").(string)
				if !strings.Contains(text, ". First: ") || len(text) > 1024 {
					t.Errorf("%s has a description of %d characters: %q", id, len(text), text)
				}
			}
		})
	}
	if ids := append(everySet().ofType("AWS::SNS::Topic"), everySet().ofType("AWS::KMS::Key")...); ids != nil {
		t.Errorf("the settings name a topic, and the stack still declares %v", ids)
	}
}

// TestSilence shows when the absence of a successful run rings. An hour without data
// counts as an hour without a run; CloudWatch does not look at an older hour instead.
func TestSilence(t *testing.T) {
	want := map[string]any{"EvaluationPeriods": 2.0, "Threshold": 1.0,
		"ComparisonOperator": "LessThanThreshold", "TreatMissingData": "breaching"}
	for property, want := range want {
		if got := newPool().property("UserhubAlarmNoRun", property); got != want {
			t.Errorf("%s is %v, want %v", property, got, want)
		}
	}
	metric := func(name string) string {
		return "map[Metric:map[Dimensions:[map[Name:Target Value:poolsync/userhub]] MetricName:" + name + " Namespace:poolsync] Period:3600 Stat:Sum]"
	}
	const formula = "map[Expression:FILL(succeeded, 0) + FILL(waiting, 0) Id:expr_1 Label:Successful full syncs ReturnData:true]"
	rings := []string{formula, metric("RunSucceeded"), metric("RunWaiting")} // a run whose changes wait is alive
	var got []string
	for i, query := range list(newPool().property("UserhubAlarmNoRun", "Metrics")) {
		if i > 0 {
			query = query.(map[string]any)["MetricStat"]
		}
		got = append(got, fmt.Sprint(query))
	}
	if diff := cmp.Diff(rings, got); diff != "" {
		t.Errorf("rings by: -want +got\n%s", diff)
	}
}

// TestAlarmTopic shows that the topic is encrypted, and that CloudWatch may publish to
// it and use its key only for this stack's alarms.
func TestAlarmTopic(t *testing.T) {
	if got := name(newPool().property("AlarmTopic", "KmsMasterKeyId")); got != "AlarmKey.Arn" {
		t.Errorf("encrypted with %s", got)
	}
	policies := map[string]any{"AlarmKey": newPool().property("AlarmKey", "KeyPolicy.Statement")}
	for _, id := range newPool().ofType("AWS::SNS::TopicPolicy") {
		policies[id] = newPool().property(id, "PolicyDocument.Statement")
	}
	want := `map[ArnLike:map[aws:SourceArn:map[Fn::Join:[ [arn: map[Ref:AWS::Partition] :cloudwatch: map[Ref:AWS::Region] : map[Ref:AWS::AccountId] :alarm:poolsync-*]]]] StringEquals:map[aws:SourceAccount:map[Ref:AWS::AccountId]]]`
	for id, statements := range policies {
		granted := 0
		for _, statement := range list(statements) {
			statement := statement.(map[string]any)
			if fmt.Sprint(statement["Principal"]) != "map[Service:cloudwatch.amazonaws.com]" {
				continue
			}
			granted++
			if diff := cmp.Diff(want, fmt.Sprint(statement["Condition"])); diff != "" {
				t.Errorf("%s: -want +got\n%s", id, diff)
			}
		}
		if granted != 1 {
			t.Errorf("%s has %d statements for CloudWatch, want one", id, granted)
		}
	}
}
