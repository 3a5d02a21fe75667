// Package queue carries changes over Amazon SQS: the envelope that a change
// travels in, and a sender that fills batches.
package queue

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/poolsync/poolsync/shared/decode"
	"github.com/poolsync/poolsync/shared/directory"
)

// ErrMalformed is returned by [Decode] for a message that no retry can make
// readable. The error that wraps it names the field and repeats no value.
var ErrMalformed = errors.New("malformed change")

// envelopeVersion is the format that this code writes and reads. A message of
// another version is malformed to it, and so ends in the dead-letter queue,
// where the code that understands it can have it redriven.
const envelopeVersion = 1

// envelope is the JSON form of a change on the queue.
type envelope struct {
	Version int `json:"v"`
	directory.Change
}

// noncharacters escapes the two characters that JSON may hold as they are, and a
// message may not: SQS would refuse it.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
var noncharacters = strings.NewReplacer("\uFFFE", `\ufffe`, "\uFFFF", `\uffff`)

// Encode returns the message body for a change. It fails only for a change that
// [directory.Change.Validate] refuses.
func Encode(c directory.Change) ([]byte, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("encode change: %w", err)
	}
	c.ObservedAt, c.WrittenAt = c.ObservedAt.UTC(), c.WrittenAt.UTC()
	body, err := json.Marshal(envelope{Version: envelopeVersion, Change: c})
	return []byte(noncharacters.Replace(string(body))), err
}

// Tried returns a message body with the note that its change may have reached the target:
// see [directory.Change.Tried]. A body that is no change's stays as it is.
func Tried(body string) string {
	c, err := Decode([]byte(body))
	if err != nil {
		return body
	}
	c.Tried = true
	noted, err := Encode(c)
	if err != nil {
		return body
	}
	return string(noted)
}

// Decode reads a message body. Unknown fields are ignored, so that an older
// reader understands a newer writer of the same version. The error is
// [ErrMalformed].
func Decode(body []byte) (directory.Change, error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return directory.Change{}, fmt.Errorf("%w: %s", ErrMalformed, decode.Problem(err))
	}
	if e.Version != envelopeVersion {
		return directory.Change{}, fmt.Errorf("%w: v: want %d", ErrMalformed, envelopeVersion)
	}
	if err := e.Change.Validate(); err != nil {
		return directory.Change{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return e.Change, nil
}
