package eventsource

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/infra/local/emulator"
)

// The emulator's queue itself moves a message that was received too often to its
// dead-letter queue, and counts the receives, which functions see.
func TestMessageEndsInTheDeadLetterQueue(t *testing.T) {
	client := sqs.NewFromConfig(emulator.ForTest(t).Config())
	create := func(name string, attributes map[string]string) (url, arn string) {
		t.Helper()
		queue, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name, Attributes: attributes})
		if err != nil {
			t.Fatal(err)
		}
		got, err := client.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
			QueueUrl: queue.QueueUrl, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameQueueArn},
		})
		if err != nil {
			t.Fatal(err)
		}
		return aws.ToString(queue.QueueUrl), got.Attributes["QueueArn"]
	}
	deadURL, deadARN := create("eventsource-dead", nil)
	url, arn := create("eventsource", map[string]string{
		"VisibilityTimeout": "1",
		"RedrivePolicy":     `{"deadLetterTargetArn":"` + deadARN + `","maxReceiveCount":"2"}`,
	})
	for _, body := range []string{"good", "bad"} {
		_, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
		if err != nil {
			t.Fatal(err)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var received []string
	poller := New(client, Mapping{QueueURL: url, QueueARN: arn, BatchSize: 1, MaximumConcurrency: 1}, func(_ context.Context, payload []byte) ([]byte, error) {
		var event struct {
			Records []struct {
				Body       string
				Attributes map[string]string
			}
		}
		if err := json.Unmarshal(payload, &event); err != nil {
			return nil, err
		}
		body, count := event.Records[0].Body, event.Records[0].Attributes["ApproximateReceiveCount"]
		received = append(received, body+" "+count)
		if body == "bad" {
			return nil, errors.New("refused")
		}
		return nil, nil
	}, nil)
	done := make(chan struct{})
	go func() {
		poller.Run(ctx)
		close(done)
	}()

	dead, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &deadURL, WaitTimeSeconds: 20})
	cancel()
	<-done
	if err != nil || len(dead.Messages) != 1 || aws.ToString(dead.Messages[0].Body) != "bad" {
		t.Errorf("dead-letter queue: got %v and error %v, want the bad message", dead.Messages, err)
	}
	if diff := cmp.Diff("good 1, bad 1, bad 2", strings.Join(received, ", ")); diff != "" {
		t.Errorf("received (-want +got):\n%s", diff)
	}
}
