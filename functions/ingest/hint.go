package main

import (
	"cmp"
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/poolsync/poolsync/shared/cloudtrail"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/queue"
)

// hint is what messages say of one user, and which messages it settles.
type hint struct {
	change directory.Change
	// ready is set when the change says itself what the pool holds, as a provider's do.
	ready bool
	// unverified is set when nobody has said yet that the user is one of our pool.
	unverified bool
	// clientID is the app client that the user acted through, if that is all that an
	// event says of its pool.
	clientID string
	queuedAt time.Time // when the message came on the queue; zero if it does not say
	settles  []string  // message ids
}

// read decodes a message: an event as EventBridge put it on the queue, or a change by
// a provider. It returns why an event needs no look, if it needs none. The error
// repeats nothing of the message.
func read(decoder *cloudtrail.Decoder, message events.SQSMessage) (hint, cloudtrail.Reason, error) {
	body := []byte(message.Body)
	settles := []string{message.MessageId}
	var form struct {
		DetailType *json.RawMessage `json:"detail-type"` // every event has one, no change does
	}
	if json.Unmarshal(body, &form) != nil || form.DetailType == nil {
		c, err := queue.Decode(body)
		return hint{change: c, ready: c.User != nil || c.Gone, settles: settles}, "", err
	}
	h := hint{settles: settles}
	if sent, err := strconv.ParseInt(message.Attributes["SentTimestamp"], 10, 64); err == nil {
		h.queuedAt = time.UnixMilli(sent)
	}
	result, err := decoder.Decode(body)
	h.change, h.unverified, h.clientID = result.Change, result.PoolUnverified, result.ClientID
	h.change.WrittenAt = h.change.ObservedAt
	return h, result.Ignored, err
}

// coalesce leaves one hint of each user: the pool is read once, and says what has come
// of all that the hints speak of. A change that is ready stays as it is.
func coalesce(hints []hint) []hint {
	var left []hint
	place := make(map[string]int) // of each user's hint, by sub
	for _, h := range hints {
		if h.ready {
			left = append(left, h)
			continue
		}
		i, met := place[h.change.Sub]
		if !met {
			place[h.change.Sub] = len(left)
			left = append(left, h)
			continue
		}
		left[i] = merge(left[i], h)
	}
	return left
}

// merge returns a hint of all that two hints of one user speak of. The user may be gone
// if one says so, is ours if one says so, and was written to when the later one says.
// What only one of them was done by a provider is news to that provider, and what only
// one target wants to be looked into again, but has happened anew, is for all.
func merge(a, b hint) hint {
	if b.change.Since().Before(a.change.Since()) {
		a, b = b, a
	}
	m := b
	if a.change.Kind == directory.Removed {
		m.change.Kind = directory.Removed
	}
	if a.change.Origin == directory.CloudTrail {
		m.change.Origin = directory.CloudTrail
	}
	if a.change.WrittenAt.After(b.change.WrittenAt) {
		m.change.WrittenAt = a.change.WrittenAt
	}
	if a.change.By != b.change.By {
		m.change.By = ""
	}
	if a.change.Again != b.change.Again {
		m.change.Again = ""
	}
	m.change.Group = cmp.Or(b.change.Group, a.change.Group)
	m.unverified = a.unverified && b.unverified
	if a.clientID == "" {
		m.clientID = ""
	}
	m.settles = append(append([]string{}, a.settles...), b.settles...)
	return m
}
