package eventbus

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// Limits of PutEvents. The limit of 256 KB for an entry, and for all entries of a
// request, is that of the API's reference in all Regions and partitions. Newer SDKs say
// 1 MB for a request; the smaller bound holds everywhere, and also where a rule leads:
// an SQS queue of before August 2025 takes 256 KB.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
const (
	maxEntries = 10
	maxBytes   = 256 << 10
	// envelope is room for what EventBridge puts around an entry, which one page counts
	// and another does not: some 300 bytes of names, ids and times.
	envelope = 1 << 10
)

// entry is one event, ready to be sent.
type entry struct {
	request types.PutEventsRequestEntry
	bytes   int
}

// encode returns the entry for an event. If it is too large, the attributes stay behind,
// and it says so.
func encode(h happening) (entry, error) {
	e, err := encodeAsIs(h)
	if err != nil || e.bytes <= maxBytes || h.detail.User == nil {
		return e, err
	}
	h.detail.User = &User{Enabled: h.detail.User.Enabled, Truncated: true}
	return encodeAsIs(h)
}

func encodeAsIs(h happening) (entry, error) {
	var detail bytes.Buffer
	encoder := json.NewEncoder(&detail)
	encoder.SetEscapeHTML(false) // six bytes for one, and nobody puts it into a page as it is
	if err := encoder.Encode(h.detail); err != nil {
		// Only a year that JSON has no form for, which no change has: see Change.Validate.
		return entry{}, fmt.Errorf("%w: encode event: %w", reconcile.ErrRejected, err)
	}
	request := types.PutEventsRequestEntry{
		Source:     aws.String(Source),
		DetailType: aws.String(string(h.kind)),
		Detail:     aws.String(string(bytes.TrimSpace(detail.Bytes()))),
		Time:       aws.Time(h.detail.ObservedAt),
	}
	return entry{request, sizeOf(request)}, nil
}

// timeBytes is what the time of an entry counts.
const timeBytes = 14

// sizeOf returns the size of an entry as EventBridge documents it, and room for its
// envelope.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size
func sizeOf(e types.PutEventsRequestEntry) int {
	return timeBytes + len(*e.Source) + len(*e.DetailType) + len(*e.Detail) + envelope
}
