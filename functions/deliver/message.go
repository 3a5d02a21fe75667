package main

import (
	"encoding/json"

	"github.com/aws/aws-lambda-go/events"

	"github.com/poolsync/poolsync/shared/cloudtrail"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/queue"
)

// item is one message of a batch.
type item struct {
	id     string // the message's
	change directory.Change
	// unverified is set when nobody has said yet that the user is one of our pool.
	unverified bool
	// ignored is why the message needs no delivery, if it does not.
	ignored cloudtrail.Reason
}

// read decodes a message: a change of our own, or an event of CloudTrail's as
// EventBridge put it on the queue. The error repeats nothing of the message.
func read(decoder *cloudtrail.Decoder, message events.SQSMessage) (item, error) {
	body := []byte(message.Body)
	var form struct {
		DetailType *json.RawMessage `json:"detail-type"` // every event has one, no change does
	}
	if json.Unmarshal(body, &form) != nil || form.DetailType == nil {
		change, err := queue.Decode(body)
		return item{id: message.MessageId, change: change}, err
	}
	result, err := decoder.Decode(body)
	return item{id: message.MessageId, change: result.Change, unverified: result.PoolUnverified, ignored: result.Ignored}, err
}
