package privilege

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/poolsync/poolsync/infra/local/emulator"
)

// Call is one call of an AWS service, as IAM sees it.
type Call struct {
	// Identity is the owner of the credentials that the call was made with.
	Identity string
	// Action is the permission that the call needs, such as sqs:SendMessage.
	Action string
	// Resource is the ARN of what the call is about, or * if it names nothing.
	Resource string
	// Context holds the call's condition keys, as far as they are known.
	Context map[string]string

	passed string // the ARN of a role that the call hands over, if it does
}

// batches are the operations whose permission has a different name.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
var batches = map[string]string{
	"sqs:SendMessageBatch":             "sqs:SendMessage",
	"sqs:DeleteMessageBatch":           "sqs:DeleteMessage",
	"sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}

// credential is the part of a signature that says who signed, and for which service.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
var credential = regexp.MustCompile(`Credential=([^/]+)/\d{8}/[^/]+/([^/]+)/aws4_request`)

// functionPolicy is the path of Lambda's GetPolicy, with the function's ARN.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
var functionPolicy = regexp.MustCompile(`^/2015-03-31/functions/(arn:[^/]+)/policy$`)

// accountSettings is the path of Lambda's GetAccountSettings, which is about no resource.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
const accountSettings = "/2016-08-19/account-settings"

// parse returns the call that a request makes, or false if the request is not signed. The
// services that poolsync calls have the operation in a header and the resource in a JSON
// body; only Lambda has both in the path.
func parse(r *http.Request, body []byte) (Call, bool) {
	signed := credential.FindStringSubmatch(r.Header.Get("Authorization"))
	if signed == nil {
		return Call{}, false
	}
	service, target := signed[2], r.Header.Get("X-Amz-Target")
	if policy := functionPolicy.FindStringSubmatch(r.URL.Path); service == "lambda" && policy != nil {
		return Call{Identity: signed[1], Action: "lambda:GetPolicy", Resource: policy[1]}, true
	}
	if service == "lambda" && strings.TrimSuffix(r.URL.Path, "/") == accountSettings {
		return Call{Identity: signed[1], Action: "lambda:GetAccountSettings", Resource: "*"}, true
	}
	c := Call{Identity: signed[1], Action: service + ":" + target[strings.LastIndexByte(target, '.')+1:]}
	if permission, ok := batches[c.Action]; ok {
		c.Action = permission
	}
	c.Resource, c.passed = resource(service, body)
	return c, true
}

// resource returns the ARN of what the body of a request is about, and the ARN of the role
// that it hands over, if any.
func resource(service string, body []byte) (about, passed string) {
	var named struct {
		QueueURL         string `json:"QueueUrl"`
		TableName        string
		UserPoolID       string `json:"UserPoolId"`
		SecretID         string `json:"SecretId"`
		Name             string // of an event bus, or its ARN
		Entries          []struct{ EventBusName string }
		SmsConfiguration struct{ SnsCallerArn string }
	}
	if json.Unmarshal(body, &named) != nil {
		return "*", ""
	}
	switch {
	case service == "sqs" && named.QueueURL != "":
		return arn(service, last(named.QueueURL)), ""
	case service == "dynamodb" && named.TableName != "":
		return arn(service, "table/"+named.TableName), ""
	case service == "cognito-idp" && named.UserPoolID != "":
		return arn(service, "userpool/"+named.UserPoolID), named.SmsConfiguration.SnsCallerArn
	case service == "secretsmanager" && named.SecretID != "":
		return named.SecretID, ""
	case service == "events" && named.Name != "":
		return arn(service, "event-bus/"+last(named.Name)), ""
	case service == "events" && len(named.Entries) > 0:
		return arn(service, "event-bus/"+last(named.Entries[0].EventBusName)), ""
	}
	return "*", ""
}

// last returns what follows the last slash.
func last(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// region returns the Region in an ARN.
func region(arn string) string {
	parts := strings.SplitN(arn, ":", 5) // arn:partition:service:region:...
	if len(parts) < 5 {
		return ""
	}
	return parts[3]
}

// arn returns the ARN of something in the emulator's account and Region.
func arn(service, name string) string {
	return "arn:aws:" + service + ":" + emulator.Region + ":" + emulator.AccountID + ":" + name
}
