package cloudtrail

import (
	"maps"
	"slices"
	"strings"

	"github.com/poolsync/poolsync/shared/directory"
)

// Source is the EventBridge source of every event about Cognito user pools. No
// caller of PutEvents can use a source that begins with "aws.".
const Source = "aws.cognito-idp"

// The detail types of the events to decode. A rule that names only the first
// never sees what happens on the hosted sign-in pages.
const (
	CallDetailType = "AWS API Call via CloudTrail"
	PageDetailType = "AWS Service Event via CloudTrail"
)

// operation is an API operation or a hosted page whose write a target can see.
type operation struct {
	kind directory.Kind
	// takesCode is set if the caller has to know a code that was sent. Many calls
	// are then guesses or slips, which must cost us nothing.
	takesCode bool
	// group is set if the call is about a membership.
	group bool
}

// Calls returns the eventName of every API operation that is acted on, sorted;
// compare them exactly.
func Calls() []string { return slices.Sorted(maps.Keys(calls)) }

// Challenges returns the eventName of the API operations that are acted on only if
// they answer [NewPasswordRequired], sorted; compare them exactly.
func Challenges() []string { return slices.Clone(challenges) }

// Pages returns the eventName of every hosted page that is acted on, sorted; compare
// them without regard to case.
func Pages() []string { return slices.Sorted(maps.Keys(pages)) }

// operation returns the documented name of what happened and the kind of change
// that it hints at, or nothing for an event that is not acted on.
func (e event) operation() (string, directory.Kind) {
	name, op := e.find()
	return name, op.kind
}

// find returns the documented name of what happened, and what is known of it.
func (e event) find() (string, operation) {
	if e.envelope.at("source").text() != Source {
		return "", operation{}
	}
	name := e.detail.at("eventName").text()
	switch e.envelope.at("detail-type").text() {
	case CallDetailType:
		if op, ok := calls[name]; ok {
			return name, op
		}
		if slices.Contains(challenges, name) && e.detail.at("requestParameters", "challengeName").text() == NewPasswordRequired {
			return name, operation{kind: directory.Changed}
		}
	case PageDetailType:
		for page, op := range pages {
			if strings.EqualFold(page, name) {
				return page, op
			}
		}
	}
	return "", operation{}
}
