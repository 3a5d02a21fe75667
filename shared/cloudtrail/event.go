package cloudtrail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// event is one message in EventBridge's form.
type event struct {
	envelope value
	detail   value // CloudTrail's record
}

// parse reads a message. It finds the fields that we need if they have the usual
// shape, and takes them as absent otherwise: CloudTrail's records are not specified
// field by field, and differ between generations.
func parse(message []byte) (event, error) {
	decoder := json.NewDecoder(bytes.NewReader(message))
	decoder.UseNumber() // any other choice fails on a number out of range
	var tree any
	err := decoder.Decode(&tree)
	if err == nil {
		if _, end := decoder.Token(); !errors.Is(end, io.EOF) {
			err = errors.New("more than one value")
		}
	}
	if err != nil {
		return event{}, fmt.Errorf("%w: not JSON near byte %d", ErrMalformed, decoder.InputOffset())
	}
	envelope := value{tree}
	e := event{envelope: envelope, detail: envelope.at("detail")}
	if envelope.at("detail-type").text() == "" || e.detail.absent() {
		return event{}, ErrNotEvent
	}
	return e, nil
}

// value is a JSON value of unknown shape; its zero value is an absent one.
type value struct{ any }

// at returns the value below v at a path of keys; absent if anything on the way
// is not an object.
func (v value) at(path ...string) value {
	for _, key := range path {
		object, _ := v.any.(map[string]any)
		v = value{object[key]}
	}
	return v
}

// absent reports whether v is missing or null.
func (v value) absent() bool { return v.any == nil }

// first returns the first element of an array, which is how form fields of the
// hosted pages appear, and any other value as it is.
func (v value) first() value {
	list, ok := v.any.([]any)
	switch {
	case !ok:
		return v
	case len(list) == 0:
		return value{}
	}
	return value{list[0]}
}

// What CloudTrail puts in place of a value that it hides, in the spelling of the
// developer guide and in that of its edition for the China Regions.
const (
	hidden      = "HIDDEN_DUE_TO_SECURITY_REASONS"
	hiddenChina = "HIDDEN_FOR_SECURITY_REASONS"
)

// text returns a string, also the first of an array; empty for any other value
// and for a hidden one.
func (v value) text() string {
	s, _ := v.first().any.(string)
	if s == hidden || s == hiddenChina {
		return ""
	}
	return s
}

// number returns a number, also the first of an array and one in quotes; zero
// for any other value. CloudTrail writes a status as 302 or as 302.0.
func (v value) number() float64 {
	var n json.Number
	switch x := v.first().any.(type) {
	case json.Number:
		n = x
	case string:
		n = json.Number(x)
	}
	f, err := n.Float64()
	if err != nil {
		return 0
	}
	return f
}
