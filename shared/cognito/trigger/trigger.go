// Package trigger reads the events that Cognito sends to a Lambda trigger.
//
// It is separate from shared/cognito and imports no SDK: a sign-in waits for the
// function that uses it, so start-up time and memory count.
package trigger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/poolsync/poolsync/shared/decode"
	"github.com/poolsync/poolsync/shared/directory"
)

// ErrMalformed is returned by [Change] for an event that it cannot read. The
// error that wraps it names the field and repeats no value.
var ErrMalformed = errors.New("malformed trigger event")

// kinds maps the trigger sources that speak of one user's state to what they
// hint at. A federated user's first sign-in creates the profile and arrives as
// PostConfirmation_ConfirmSignUp, the later ones as PostAuthentication. (Amazon
// Cognito developer guide, "Customizing user pool workflows with Lambda
// triggers",
// https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-identity-pools-working-with-aws-lambda-triggers.html)
var kinds = map[string]directory.Kind{
	"PostAuthentication_Authentication":      directory.SignIn,
	"PostConfirmation_ConfirmSignUp":         directory.SignUp,
	"PostConfirmation_ConfirmForgotPassword": directory.Changed,
}

// event is the part of a trigger event that is read. AWS adds fields at will, so
// the rest is ignored; that includes request.clientMetadata, which the person who
// signs in controls.
type event struct {
	Source   string `json:"triggerSource"`
	Pool     string `json:"userPoolId"`
	Username string `json:"userName"`
	Request  struct {
		Attributes map[string]json.RawMessage `json:"userAttributes"`
	} `json:"request"`
}

// Change turns a PostAuthentication or PostConfirmation event into the change that it
// hints at, with the user as the event shows them, observed now. The change has the
// id of the pool, because several pools can call one function. It reports false for
// the events of every other trigger. The error is [ErrMalformed].
//
// The user is enabled, because a disabled one can neither sign in nor confirm.
// (An administrator can confirm a disabled user's sign-up; the next full sync
// corrects that.) An event carries no dates and no groups.
func Change(raw []byte, now time.Time) (directory.Change, bool, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return directory.Change{}, false, fmt.Errorf("%w: %s", ErrMalformed, decode.Problem(err))
	}
	if e.Source == "" {
		return directory.Change{}, false, fmt.Errorf("%w: triggerSource: missing", ErrMalformed)
	}
	kind, ok := kinds[e.Source]
	if !ok {
		return directory.Change{}, false, nil
	}
	u, err := e.user()
	if err != nil {
		return directory.Change{}, false, err
	}
	return directory.Change{
		ID:         directory.NewChangeID(),
		Kind:       kind,
		Sub:        u.Sub,
		Username:   u.Username,
		ObservedAt: now.UTC(),
		Origin:     directory.Trigger,
		Pool:       e.Pool,
		User:       &u,
	}, true, nil
}

// user returns the user that the event is about.
func (e event) user() (directory.User, error) {
	u := directory.User{
		Sub:        text(e.Request.Attributes["sub"]),
		Username:   e.Username,
		Enabled:    true,
		Status:     text(e.Request.Attributes["cognito:user_status"]),
		Attributes: make(map[string]string, len(e.Request.Attributes)),
	}
	if u.Sub == "" {
		return directory.User{}, fmt.Errorf("%w: request.userAttributes.sub: missing", ErrMalformed)
	}
	if u.Username == "" {
		return directory.User{}, fmt.Errorf("%w: userName: missing", ErrMalformed)
	}
	for name, raw := range e.Request.Attributes {
		if v := text(raw); directory.KeepAttribute(name, v) {
			u.Attributes[name] = v
		}
	}
	return u, nil
}

// text returns an attribute's value as the string that Cognito stores. Live
// events carry strings only ("true"), but AWS's own test events carry booleans,
// and nulls have been seen.
func text(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return ""
	case raw[0] != '"':
		return string(raw)
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return "" // not reached: the decoder has already accepted raw
	}
	return s
}
