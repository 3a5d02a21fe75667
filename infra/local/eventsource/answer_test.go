package eventsource

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

func TestSucceeded(t *testing.T) {
	all := []string{"a", "b", "c"}
	tests := []struct {
		name    string
		answer  string
		want    []string
		wantErr error
	}{
		{name: "empty list", answer: `{"batchItemFailures":[]}`, want: all},
		{name: "null list", answer: `{"batchItemFailures":null}`, want: all},
		{name: "empty object", answer: `{}`, want: all},
		{name: "null", answer: `null`, want: all},
		{name: "nothing", answer: ``, want: all},
		{name: "one", answer: `{"batchItemFailures":[{"itemIdentifier":"b"}]}`, want: []string{"a", "c"}},
		{name: "one twice", answer: `{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}`, want: []string{"a", "c"}},
		{
			name:   "every one",
			answer: `{"batchItemFailures":[{"itemIdentifier":"c"},{"itemIdentifier":"b"},{"itemIdentifier":"a"}]}`,
			want:   []string{},
		},
		{name: "unknown id", answer: `{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"z"}]}`, wantErr: ErrMalformedAnswer},
		{name: "empty id", answer: `{"batchItemFailures":[{"itemIdentifier":""}]}`, wantErr: ErrMalformedAnswer},
		{name: "null id", answer: `{"batchItemFailures":[{"itemIdentifier":null}]}`, wantErr: ErrMalformedAnswer},
		{name: "wrong key", answer: `{"batchItemFailures":[{"messageId":"a"}]}`, wantErr: ErrMalformedAnswer},
		{name: "wrong type", answer: `{"batchItemFailures":"a"}`, wantErr: ErrMalformedAnswer},
		{name: "not JSON", answer: `done`, wantErr: ErrMalformedAnswer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var messages []types.Message
			for _, id := range all {
				messages = append(messages, types.Message{MessageId: aws.String(id)})
			}
			taken, err := succeeded(messages, []byte(tt.answer))
			if !errors.Is(err, tt.wantErr) {
				t.Fatalf("got error %v, want %v", err, tt.wantErr)
			}
			if err != nil {
				return
			}
			got := []string{}
			for _, message := range taken {
				got = append(got, aws.ToString(message.MessageId))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("succeeded (-want +got):\n%s", diff)
			}
		})
	}
}
