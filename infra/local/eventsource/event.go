package eventsource

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// record is one message in the event that a function receives
// (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html).
type record struct {
	MessageID         string               `json:"messageId"`
	ReceiptHandle     string               `json:"receiptHandle"`
	Body              string               `json:"body"`
	Attributes        map[string]string    `json:"attributes"`
	MessageAttributes map[string]attribute `json:"messageAttributes"`
	MD5OfBody         string               `json:"md5OfBody"`
	EventSource       string               `json:"eventSource"`
	EventSourceARN    string               `json:"eventSourceARN"`
	AWSRegion         string               `json:"awsRegion"`
}

// attribute is a message attribute. SQS has no list attributes, so Lambda's lists are
// always empty.
type attribute struct {
	StringValue      *string  `json:"stringValue,omitempty"`
	BinaryValue      []byte   `json:"binaryValue,omitempty"`
	StringListValues []string `json:"stringListValues"`
	BinaryListValues [][]byte `json:"binaryListValues"`
	DataType         string   `json:"dataType"`
}

// event returns the payload that hands messages to a function.
func event(messages []types.Message, queueARN string) ([]byte, error) {
	parts := strings.Split(queueARN, ":") // arn:aws:sqs:Region:account:name
	if len(parts) != 6 {
		return nil, fmt.Errorf("queue ARN %q: want six parts", queueARN)
	}
	records := make([]record, len(messages))
	for i, message := range messages {
		records[i] = record{
			MessageID:         aws.ToString(message.MessageId),
			ReceiptHandle:     aws.ToString(message.ReceiptHandle),
			Body:              aws.ToString(message.Body),
			Attributes:        message.Attributes,
			MessageAttributes: map[string]attribute{},
			MD5OfBody:         aws.ToString(message.MD5OfBody),
			EventSource:       "aws:sqs",
			EventSourceARN:    queueARN,
			AWSRegion:         parts[3],
		}
		for name, value := range message.MessageAttributes {
			records[i].MessageAttributes[name] = attribute{
				StringValue:      value.StringValue,
				BinaryValue:      value.BinaryValue,
				StringListValues: []string{},
				BinaryListValues: [][]byte{},
				DataType:         aws.ToString(value.DataType),
			}
		}
	}
	return json.Marshal(map[string][]record{"Records": records})
}
