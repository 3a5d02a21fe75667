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
	// Identity is whose credentials the call was made with.
	Identity string
	// Action is the permission that the call needs, such as sqs:SendMessage.
	Action string
	// Resource is the ARN of what the call is about, or * where it names nothing.
	Resource string
	// Context holds the condition keys that are known of the call.
	Context map[string]string
}

// batches are the operations whose permission has another name.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
var batches = map[string]string{
	"sqs:SendMessageBatch":             "sqs:SendMessage",
	"sqs:DeleteMessageBatch":           "sqs:DeleteMessage",
	"sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
	"lambda:Invoke":                    "lambda:InvokeFunction",
}

// credential is the part of a signature that says who signed for which service.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
var credential = regexp.MustCompile(`Credential=([^/]+)/\d{8}/[^/]+/([^/]+)/aws4_request`)

// parse returns the call that a request makes, and false for one that nobody
// signed. The services that poolsync calls name the operation in a header, and
// what it is about in a JSON body; Lambda has both in the path.
func parse(header http.Header, path string, body []byte) (Call, bool) {
	signed := credential.FindStringSubmatch(header.Get("Authorization"))
	if signed == nil {
		return Call{}, false
	}
	identity, service := signed[1], signed[2]
	operation := header.Get("X-Amz-Target")
	operation = operation[strings.LastIndexByte(operation, '.')+1:]
	function, isInvoke := strings.CutPrefix(path, "/2015-03-31/functions/")
	if isInvoke {
		operation = "Invoke"
	}
	c := Call{Identity: identity, Action: service + ":" + operation, Resource: "*"}
	if permission, ok := batches[c.Action]; ok {
		c.Action = permission
	}
	if isInvoke {
		name, _, _ := strings.Cut(function, "/")
		c.Resource = arn(service, "function:"+name[strings.LastIndexByte(name, ':')+1:])
	} else {
		c.Resource = resource(service, body)
	}
	return c, true
}

// resource returns the ARN of what the body of a request names.
func resource(service string, body []byte) string {
	var named struct {
		QueueURL        string `json:"QueueUrl"`
		TableName       string
		UserPoolID      string `json:"UserPoolId"`
		SecretID        string `json:"SecretId"`
		StateMachineARN string `json:"stateMachineArn"`
		Entries         []struct{ EventBusName string }
	}
	if json.Unmarshal(body, &named) != nil {
		return "*"
	}
	switch {
	case service == "sqs" && named.QueueURL != "":
		return arn(service, named.QueueURL[strings.LastIndexByte(named.QueueURL, '/')+1:])
	case service == "dynamodb" && named.TableName != "":
		return arn(service, "table/"+named.TableName)
	case service == "cognito-idp" && named.UserPoolID != "":
		return arn(service, "userpool/"+named.UserPoolID)
	case service == "secretsmanager" && named.SecretID != "":
		return named.SecretID
	case service == "states" && named.StateMachineARN != "":
		return named.StateMachineARN
	case service == "events" && len(named.Entries) > 0:
		bus := named.Entries[0].EventBusName
		return arn(service, "event-bus/"+bus[strings.LastIndexByte(bus, '/')+1:])
	}
	return "*"
}

// region returns the Region in an ARN.
func region(arn string) string {
	parts := strings.SplitN(arn, ":", 5) // arn:partition:service:region:...
	if len(parts) < 5 {
		return ""
	}
	return parts[3]
}

// arn returns the name of something in the emulator's account and Region.
func arn(service, name string) string {
	return "arn:aws:" + service + ":" + emulator.Region + ":" + emulator.AccountID + ":" + name
}
