package awstest

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Queues are several queues at one address, by the names with which their URLs end.
type Queues map[string]*Queue

// Service returns what functions call: SendMessage, SendMessageBatch and
// GetQueueAttributes. A call that names none of the queues is refused.
func (all Queues) Service() Service {
	return operations(func(url string) (*Queue, error) {
		name := url[strings.LastIndex(url, "/")+1:]
		q, ok := all[name]
		if !ok {
			return nil, fmt.Errorf("there is no queue %q", name)
		}
		return q, nil
	})
}

// Service is that of [Queues] for a queue that is alone at its address: it is the one
// that a call is about, whatever URL that names.
func (q *Queue) Service() Service {
	return operations(func(string) (*Queue, error) { return q, nil })
}

// Hang returns an SQS that takes a message and never answers, until the channel is closed.
func Hang(closed <-chan struct{}) Service {
	return Service{"AmazonSQS.SendMessage": func([]byte) (any, error) {
		<-closed
		return nil, fmt.Errorf("the queue hung")
	}}
}

// operations answers the calls about queues that find finds by their URLs.
func operations(find func(url string) (*Queue, error)) Service {
	return Service{
		"AmazonSQS.SendMessage": handle(func(in struct {
			QueueURL string `json:"QueueUrl"`
			sending
		},
		) (any, error) {
			q, err := find(in.QueueURL)
			if err != nil {
				return nil, err
			}
			return q.take(in.sending), nil
		}),
		"AmazonSQS.SendMessageBatch": handle(func(in struct {
			QueueURL string `json:"QueueUrl"`
			Entries  []sending
		},
		) (any, error) {
			q, err := find(in.QueueURL)
			if err != nil {
				return nil, err
			}
			var out struct{ Successful []sent }
			for _, entry := range in.Entries {
				out.Successful = append(out.Successful, q.take(entry))
			}
			return out, nil
		}),
		"AmazonSQS.GetQueueAttributes": handle(func(in struct {
			QueueURL string `json:"QueueUrl"`
		},
		) (any, error) {
			q, err := find(in.QueueURL)
			if err != nil {
				return nil, err
			}
			return map[string]map[string]string{"Attributes": {
				"ApproximateNumberOfMessages":           strconv.Itoa(q.Len()),
				"ApproximateNumberOfMessagesNotVisible": "0",
				"ApproximateNumberOfMessagesDelayed":    "0",
			}}, nil
		}),
	}
}

// sending is the input of SendMessage, and an entry in that of SendMessageBatch.
type sending struct {
	ID           string `json:"Id"`
	MessageBody  string
	DelaySeconds int
}

// sent is the answer to a sending.
type sent struct {
	ID        string `json:"Id,omitempty"`
	MessageID string `json:"MessageId"`
	MD5       string `json:"MD5OfMessageBody"`
}

func (q *Queue) take(in sending) sent {
	sum := md5.Sum([]byte(in.MessageBody)) // the SDK compares it
	id := q.Send(in.MessageBody, time.Duration(in.DelaySeconds)*time.Second)
	return sent{in.ID, id, hex.EncodeToString(sum[:])}
}
