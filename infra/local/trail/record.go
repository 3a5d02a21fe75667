package trail

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"

	"github.com/poolsync/poolsync/infra/local/emulator"
)

// hidden replaces the values that CloudTrail does not show.
const hidden = "HIDDEN_DUE_TO_SECURITY_REASONS"

// shown are the parameters whose values CloudTrail shows.
var shown = map[string]bool{"userPoolId": true, "groupName": true, "messageAction": true, "forceAliasCreation": true, "permanent": true}

// administrator is the role of every caller that is not identified.
const administrator = "arn:aws:iam::" + emulator.AccountID + ":role/Administrator"

// call is a call that was made.
type call struct {
	operation string
	request   []byte // JSON
	role      string // ARN of the caller's role
	agent     string
	sub       string // of the user that it is about, or ""
	failure   string // the error's code, or ""
}

// record returns CloudTrail's record of a call.
func (c call) record() map[string]any {
	r := map[string]any{
		"eventVersion":       "1.08",
		"userIdentity":       c.identity(),
		"eventTime":          time.Now().UTC().Format(time.RFC3339),
		"eventSource":        "cognito-idp.amazonaws.com",
		"eventName":          c.operation,
		"awsRegion":          emulator.Region,
		"sourceIPAddress":    "127.0.0.1",
		"userAgent":          c.agent,
		"requestParameters":  c.parameters(),
		"responseElements":   nil,
		"requestID":          newID(),
		"eventID":            newID(),
		"readOnly":           false,
		"eventType":          "AwsApiCall",
		"managementEvent":    true,
		"recipientAccountId": emulator.AccountID,
		"eventCategory":      "Management",
	}
	if c.failure != "" {
		r["errorCode"] = c.failure
	}
	// Some records of failed calls name the user too: the error code decides.
	if c.failure == "" || c.sub != "" {
		r["additionalEventData"] = map[string]any{"sub": c.sub}
	}
	return r
}

// parameters returns the request as CloudTrail shows it: names begin in lower case, and
// most values are hidden.
func (c call) parameters() map[string]any {
	var in map[string]any
	if json.Unmarshal(c.request, &in) != nil {
		return nil
	}
	parameters := map[string]any{}
	for name, value := range in {
		name = strings.ToLower(name[:1]) + name[1:]
		if !shown[name] {
			value = hidden
		}
		parameters[name] = value
	}
	return parameters
}

// identity returns the caller: a session of a role, or somebody unknown to IAM.
func (c call) identity() map[string]any {
	if byToken[c.operation] {
		return map[string]any{"type": "Unknown", "principalId": "Anonymous"}
	}
	name := path.Base(c.role)
	return map[string]any{
		"type":      "AssumedRole",
		"arn":       "arn:aws:sts::" + emulator.AccountID + ":assumed-role/" + name + "/session",
		"accountId": emulator.AccountID,
		"sessionContext": map[string]any{"sessionIssuer": map[string]any{
			"type": "Role", "arn": c.role, "accountId": emulator.AccountID, "userName": name,
		}},
	}
}

// failure returns the error code in an answer.
func failure(answer []byte) string {
	var e struct {
		Type string `json:"__type"`
	}
	if json.Unmarshal(answer, &e) != nil || e.Type == "" {
		return "InternalErrorException"
	}
	return e.Type[strings.LastIndexByte(e.Type, '#')+1:]
}

// newID returns a random UUID.
func newID() string {
	b := make([]byte, 16)
	rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
