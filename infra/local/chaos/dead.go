package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// dead looks into the dead-letter queues. Only unreadable messages belong there.
func (w *world) dead(ctx context.Context) (finding, error) {
	unread, other := 0, []string{}
	for _, id := range []string{"UserhubDeadLetterQueue", "FeedDeadLetterQueue", "EventsDeadLetterQueue"} {
		for {
			got, err := w.queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
				QueueUrl: aws.String(w.Ref(id)), MaxNumberOfMessages: 10, VisibilityTimeout: 600,
			})
			if err != nil {
				return finding{}, fmt.Errorf("look into the dead-letter queue: %w", err)
			}
			for _, message := range got.Messages {
				if body := aws.ToString(message.Body); body == garbage {
					unread++
				} else {
					other = append(other, id+": "+body)
				}
			}
			if len(got.Messages) == 0 {
				break
			}
		}
	}
	return finding{
		ok:   unread == w.garbage && len(other) == 0,
		text: fmt.Sprintf("dead-letter queues: %d of the %d unreadable messages, %d others", unread, w.garbage, len(other)),
		what: other,
	}, nil
}
