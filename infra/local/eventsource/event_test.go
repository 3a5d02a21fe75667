package eventsource

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

const queueARN = "arn:aws:sqs:us-east-1:123456789012:changes"

func TestEventHasLambdasForm(t *testing.T) {
	got, err := event([]types.Message{
		{
			MessageId:     aws.String("00000000-0000-4000-8000-000000000001"),
			ReceiptHandle: aws.String("handle-1"),
			Body:          aws.String(`{"v":1}`),
			MD5OfBody:     aws.String("2a61ad2e30d0ec3ee0a2ea3a6d3bc5a8"),
			Attributes: map[string]string{
				"ApproximateFirstReceiveTimestamp": "1700000000001",
				"ApproximateReceiveCount":          "1",
				"SenderId":                         "AIDAEXAMPLE",
				"SentTimestamp":                    "1700000000000",
			},
			MessageAttributes: map[string]types.MessageAttributeValue{
				"reason": {DataType: aws.String("String"), StringValue: aws.String("test")},
			},
		},
		{
			MessageId:     aws.String("00000000-0000-4000-8000-000000000002"),
			ReceiptHandle: aws.String("handle-2"),
			Body:          aws.String("plain"),
			MD5OfBody:     aws.String("bbd4d8a2be1cb4ac3b4ad2a3c4c3c4c3"),
			Attributes:    map[string]string{},
		},
	}, queueARN)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/event.json")
	if err != nil {
		t.Fatal(err)
	}
	var indented bytes.Buffer
	json.Indent(&indented, got, "", "  ")
	indented.WriteByte('\n')
	if diff := cmp.Diff(string(want), indented.String()); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
}

func TestEventNeedsAnARN(t *testing.T) {
	if got, err := event(nil, "changes"); err == nil {
		t.Errorf("got %s and no error", got)
	}
}
