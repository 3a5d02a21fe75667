package privilege

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/infra/local/sandbox"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/scim/scimtest"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// signIn makes the trigger queue a sign-in, which deliver then delivers.
func (x trial) signIn() {
	u := x.addUser("sign-in")
	x.invoke("postauth", map[string]any{
		"version": "1", "triggerSource": "PostAuthentication_Authentication", "region": "us-east-1",
		"userPoolId": x.PoolID, "userName": u.Username,
		"request": map[string]any{"userAttributes": u.Attributes}, "response": map[string]any{},
	})
	x.delivered(u, 1)
}

// deliver makes the function deliver a change that it has to look up, queue one of each
// kind for a retry while UserHub is down, and remove a user.
func (x trial) deliver() {
	u := x.addUser("delivered")
	x.send(directory.Changed, directory.Trigger, u.Sub)
	x.delivered(u, 1)

	x.UserHub.Always(userhubtest.Fail(http.StatusServiceUnavailable, "UNAVAILABLE"))
	x.send(directory.SignIn, directory.Trigger, u.Sub)
	x.usesOn(x.deliverer(), "sqs:SendMessage", x.hub+"LiveQueue")
	x.send(directory.SignIn, directory.Sync, u.Sub)
	x.usesOn(x.deliverer(), "sqs:SendMessage", x.hub+"BulkQueue")
	x.UserHub.Always(nil)

	x.deleteUser(u)
	x.send(directory.Removed, directory.CloudTrail, u.Sub)
	x.uses(x.deliverer(), "dynamodb:PutItem")
}

// feed makes the functions that deliver to an event bus and to a SCIM service do all that
// deliver does, and have an event looked into again.
func (x trial) feed() {
	if x.bus != "" {
		x.feedTarget(x.bus, "events:PutEvents", func() { x.gate.Down("events:PutEvents") }, func() { x.gate.Down("") })
	}
	if x.scim != "" {
		down := func(scimtest.Request) scimtest.Fault { return scimtest.FailPlain(http.StatusServiceUnavailable) }
		x.feedTarget(x.scim, "secretsmanager:GetSecretValue", func() { x.Service.Decide(down) }, func() { x.Service.Decide(nil) })
	}
}

// feedTarget does so for a target, the names of whose resources begin with name. action is
// what it takes to reach the target, and down and up begin and end its outage.
func (x trial) feedTarget(name, action string, down, up func()) {
	function := sandbox.FunctionName(name + "DeliverFunction")
	queues := sqs.NewFromConfig(x.AWS.Config())
	live, bulk := queue.NewSender(queues, x.Ref(name+"LiveQueue")), queue.NewSender(queues, x.Ref(name+"BulkQueue"))
	u := x.addUser("fed-" + name)
	x.sendOn(live, directory.Changed, directory.Trigger, u.Sub)
	x.uses(function, action)
	x.rest()                                                       // it is confirmed
	x.sendOn(live, directory.Changed, directory.CloudTrail, u.Sub) // nothing to see, perhaps not yet
	x.usesOn(function, "sqs:SendMessage", "EventsQueue")

	down()
	later := x.addUser("fed-later-" + name)
	x.sendOn(live, directory.Changed, directory.Trigger, later.Sub)
	x.usesOn(function, "sqs:SendMessage", name+"LiveQueue")
	x.sendOn(bulk, directory.Changed, directory.Sync, later.Sub)
	x.usesOn(function, "sqs:SendMessage", name+"BulkQueue")
	up()

	x.deleteUser(u)
	x.sendOn(live, directory.Removed, directory.CloudTrail, u.Sub)
	x.uses(function, "cognito-idp:AdminGetUser")
	if name == x.bus {
		x.fed(eventbus.UserDeleted, u)
	}
	for _, kind := range []string{"LiveQueue", "BulkQueue"} {
		x.gate.Pass(Call{Identity: function, Action: "sqs:GetQueueAttributes", Resource: arn("sqs", name+kind)})
	}
}

// rest waits until nothing is under way.
func (x trial) rest() {
	x.Helper()
	var failure error
	err := x.Await(x.Context(), func() bool {
		n, err := x.UnderWay(x.Context())
		failure = err
		return err != nil || n == 0
	})
	if err != nil || failure != nil {
		x.Fatalf("wait for empty queues: %v, %v", err, failure)
	}
}

// fed waits until the bus has told of a user.
func (x trial) fed(kind eventbus.DetailType, u directory.User) {
	x.Helper()
	err := x.Await(x.Context(), func() bool {
		return slices.ContainsFunc(x.Feed.Events(), func(e eventbus.Event) bool { return e.DetailType == kind && e.Detail.Sub == u.Sub })
	})
	if err != nil {
		x.Fatalf("wait for %s: %v", kind, err)
	}
}

// ingest makes the function of that name read the user of an event, prove that one is
// gone, find the owner of an app client, and queue an event for a retry while Cognito
// throttles.
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

// event returns CloudTrail's event about an operation on a user, with only the parts that
// poolsync reads. whose and id say which pool or app client the user belongs to.
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

// run makes a full sync find users, and miss two: one is deleted, and perhaps somebody
// else has the name now; one has left the groups, if there are any.
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

// answerUserHub makes UserHub do everything that the webhook allows.
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
	must(x.UserHub.Setup(x.Context())) // lists everybody, and asks about those who are missing
	u := x.addUser("profile")
	id := u.Username
	if allowed["USERHUB_EXTERNAL_ID"] == "sub" {
		id = u.Sub
	}
	must(x.UserHub.Sync(x.Context()))
	x.rename(u) // otherwise both agree about the user, and nobody looks into the event
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

// attach makes CloudFormation create or delete the pool's attachment, if there is one.
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

// sendTexts gives the pool the role for text messages that the template names. An update
// of the pool then has to pass the role again.
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

// check runs the connectivity check, which must find everything in order.
func (x trial) check() {
	x.Helper()
	var report struct{ OK bool }
	answer := x.invoke("check", nil)
	if err := json.Unmarshal(answer, &report); err != nil || !report.OK {
		x.Errorf("connectivity: %s", answer)
	}
}

// lambda makes the calls that Lambda makes with the functions' roles, and that the local
// stack does not: it writes their logs, and reads the attributes of a queue that it polls.
func (x trial) lambda() {
	for _, r := range x.roles {
		if len(x.Functions.Logs(r.Function)) == 0 {
			continue
		}
		group := arn("logs", "log-group:"+r.ID+"Logs")
		x.gate.Pass(Call{Identity: r.Function, Action: "logs:CreateLogStream", Resource: group})
		x.gate.Pass(Call{Identity: r.Function, Action: "logs:PutLogEvents", Resource: group})
	}
	for _, queue := range []string{x.hub + "LiveQueue", x.hub + "BulkQueue"} {
		x.gate.Pass(Call{Identity: x.deliverer(), Action: "sqs:GetQueueAttributes", Resource: arn("sqs", queue)})
	}
	x.gate.Pass(Call{Identity: "ingest", Action: "sqs:GetQueueAttributes", Resource: arn("sqs", "EventsQueue")})
}
