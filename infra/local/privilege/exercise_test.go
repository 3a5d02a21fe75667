package privilege

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// signIn has the trigger queue a sign-in, which deliver then delivers.
func (x trial) signIn() {
	u := x.addUser("sign-in")
	x.invoke("postauth", map[string]any{
		"version": "1", "triggerSource": "PostAuthentication_Authentication", "region": "us-east-1",
		"userPoolId": x.PoolID, "userName": u.Username,
		"request": map[string]any{"userAttributes": u.Attributes}, "response": map[string]any{},
	})
	x.delivered(u, 1)
}

// deliver has the function deliver a change that it has to look up, put one off while
// UserHub is down, and remove a user.
func (x trial) deliver() {
	u := x.addUser("delivered")
	x.send(directory.Changed, directory.Trigger, u.Sub)
	x.delivered(u, 1)

	x.UserHub.Always(userhubtest.Fail(http.StatusServiceUnavailable, "UNAVAILABLE"))
	x.send(directory.SignIn, directory.Trigger, u.Sub)
	x.uses("deliver", "sqs:SendMessage")
	x.UserHub.Always(nil)

	x.deleteUser(u)
	x.send(directory.Removed, directory.CloudTrail, u.Sub)
	x.uses("deliver", "dynamodb:PutItem")
}

// ingest has the function of that name read a user whom an event is about, prove that
// one is gone, look whose an app client is, and put an event off while Cognito throttles.
func (x trial) ingest() {
	if x.settings("ingest") == nil {
		return
	}
	u := x.addUser("ingested")
	x.tell(directory.Changed, u.Sub)
	x.delivered(u, 1)
	x.deleteUser(u)
	x.tell(directory.Removed, u.Sub)
	x.uses("ingest", "cognito-idp:AdminGetUser")
	x.put(event("SignUp", "clientId", "theirs", u.Sub))
	x.uses("ingest", "cognito-idp:ListUserPoolClients")
	x.put(event("AdminCreateUser", "userPoolId", x.PoolID, directory.Nobody)) // not listed yet
	x.usesOn("ingest", "sqs:SendMessage", "EventsQueue")
}

// event is the part of CloudTrail's event that anybody reads: an operation on a user,
// with what it says of whose user that is.
func event(operation, whose, id, sub string) string {
	body, _ := json.Marshal(map[string]any{ // plain values
		"detail-type": "AWS API Call via CloudTrail", "source": "aws.cognito-idp",
		"detail": map[string]any{
			"eventName": operation, "eventTime": time.Now().UTC().Format(time.RFC3339),
			"requestParameters": map[string]any{whose: id}, "additionalEventData": map[string]any{"sub": sub},
		},
	})
	return string(body)
}

// run has a full sync find users, and miss two: one is deleted, perhaps with somebody
// else by the same name, and one has left the groups, if there are any.
func (x trial) run() {
	deleted, left := x.addUser("deleted"), x.addUser("left")
	x.sync()
	x.delivered(deleted, 1)
	x.delivered(left, 1)
	x.deleteUser(deleted)
	x.addUser("deleted")
	var targets []struct{ Groups []string }
	if err := json.Unmarshal([]byte(x.settings("fullsync")["TARGETS"]), &targets); err != nil {
		x.Fatal(err)
	}
	for _, group := range targets[0].Groups {
		if _, err := x.pool.AdminRemoveUserFromGroup(x.Context(), &cip.AdminRemoveUserFromGroupInput{
			UserPoolId: &x.PoolID, Username: &left.Username, GroupName: &group,
		}); err != nil {
			x.Fatal(err)
		}
	}
	x.sync()
}

func (x trial) sync() {
	x.Helper()
	if _, err := x.Execute(x.Context(), "FullsyncStateMachine", `{}`); err != nil {
		x.Fatal(err)
	}
}

// answerUserHub has UserHub do all that the webhook allows.
func (x trial) answerUserHub() {
	allowed := x.settings("webhook")
	if allowed == nil {
		return
	}
	gone := x.addUser("gone")
	x.send(directory.Changed, directory.Trigger, gone.Sub)
	x.delivered(gone, 1)
	x.deleteUser(gone)

	must := func(err error) {
		x.Helper()
		if err != nil {
			x.Fatal(err)
		}
	}
	must(x.UserHub.Setup(x.Context())) // lists everybody, and asks for those who are missing
	u := x.addUser("profile")
	id := u.Username
	if allowed["USERHUB_EXTERNAL_ID"] == "sub" {
		id = u.Sub
	}
	must(x.UserHub.Sync(x.Context()))
	x.rename(u) // an event about a user whom both know alike is not looked into
	must(x.UserHub.SendEvent(x.Context(), id))
	if allowed["ALLOW_CREATE"] == "true" {
		_, err := x.UserHub.CreateUser(x.Context(), userhubtest.Profile{DisplayName: "New", Email: "new@example.com", Disabled: true})
		must(err)
	}
	if allowed["ALLOW_UPDATE"] == "true" {
		for _, disabled := range []bool{true, false} {
			must(x.UserHub.EditUser(x.Context(), id, func(p *userhubtest.Profile) { p.DisplayName, p.Disabled = "Jane Example", disabled }))
		}
	}
	if allowed["DELETE_POLICY"] != "off" {
		_, err := x.UserHub.Call(x.Context(), "users.delete", []byte(`{"id":"`+id+`"}`))
		must(err)
	}
}

// attach has CloudFormation create or delete the attachment of the pool, if there is
// one.
func (x trial) attach(request cfn.RequestType) {
	x.Helper()
	const kind = "Custom::UserPoolAttachment"
	ids := x.IDs(kind)
	if len(ids) == 0 {
		return
	}
	properties, err := x.Properties(ids[0])
	if err != nil {
		x.Fatal(err)
	}
	var answer cfn.Response
	cloudFormation := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&answer); err != nil {
			x.Errorf("answer to CloudFormation: %v", err)
		}
	}))
	defer cloudFormation.Close()
	x.invoke("attach", cfn.Event{
		RequestType: request, RequestID: "1", ResponseURL: cloudFormation.URL, ResourceType: kind, LogicalResourceID: ids[0],
		PhysicalResourceID: x.PoolID, StackID: "arn:aws:cloudformation:us-east-1:123456789012:stack/poolsync/1",
		ResourceProperties: properties,
	})
	if answer.Status != cfn.StatusSuccess {
		x.Errorf("%s of the attachment: %s", request, answer.Reason)
	}
}

// sendTexts gives the pool the role for text messages that the template says it
// has. An update of the pool then hands the role over again.
func (x trial) sendTexts() {
	for _, r := range x.roles {
		for _, g := range r.Policy.Grants() {
			if g.Action != "iam:PassRole" {
				continue
			}
			if _, err := x.pool.UpdateUserPool(x.Context(), &cip.UpdateUserPoolInput{
				UserPoolId:            &x.PoolID,
				AdminCreateUserConfig: &types.AdminCreateUserConfigType{AllowAdminCreateUserOnly: true},
				SmsConfiguration:      &types.SmsConfigurationType{SnsCallerArn: &g.Resource},
			}); err != nil {
				x.Fatal(err)
			}
		}
	}
}

// check has the connectivity check find everything in order.
func (x trial) check() {
	x.Helper()
	var report struct{ OK bool }
	answer := x.invoke("check", nil)
	if err := json.Unmarshal(answer, &report); err != nil || !report.OK {
		x.Errorf("connectivity: %s", answer)
	}
}

// lambda does what Lambda does in the functions' names, and the local stack does
// not: it keeps their logs, and reads the attributes of a queue that it polls.
func (x trial) lambda() {
	for _, r := range x.roles {
		if len(x.Functions.Logs(r.Function)) == 0 {
			continue
		}
		group := arn("logs", "log-group:"+strings.ToUpper(r.Function[:1])+r.Function[1:]+"FunctionLogs")
		x.gate.Pass(Call{Identity: r.Function, Action: "logs:CreateLogStream", Resource: group})
		x.gate.Pass(Call{Identity: r.Function, Action: "logs:PutLogEvents", Resource: group})
	}
	x.gate.Pass(Call{Identity: "deliver", Action: "sqs:GetQueueAttributes", Resource: arn("sqs", "ChangesQueue")})
	x.gate.Pass(Call{Identity: "ingest", Action: "sqs:GetQueueAttributes", Resource: arn("sqs", "EventsQueue")})
}
