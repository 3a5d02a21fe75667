package privilege

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/infra/local/sandbox"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/queue"
)

// patience is far longer than a trial takes on a busy machine.
const patience = 2 * time.Minute

// trial is a stack behind a gate, in which every function may do exactly what its role in
// the template allows.
type trial struct {
	*testing.T
	*sandbox.Stack
	limit  context.Context // ends a trial in which something never happens
	gate   *Gate
	roles  []Role
	pool   *cip.Client   // the test's own, which may do anything
	hub    string        // what the names of the resources for UserHub begin with
	bus    string        // likewise of those for an event bus; empty: there is none
	scim   string        // likewise of those for a SCIM service
	live   *queue.Sender // likewise
	bulk   *queue.Sender // likewise
	events *queue.Sender // likewise
}

// begin brings up the stack of a template.
func begin(t *testing.T, template string) trial {
	t.Helper()
	gate := NewGate()
	s, err := sandbox.Start(t.Context(), sandbox.WithTemplate(template), sandbox.WithGate(gate.Before))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	limit, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	roles, err := Roles(s)
	if err != nil {
		t.Fatal(err)
	}
	hub := targetOf(s, `"userhub":`)
	x := trial{
		T: t, Stack: s, limit: limit, gate: gate, roles: roles,
		hub:    hub,
		bus:    targetOf(s, `"bus":`),
		scim:   targetOf(s, `"scim":`),
		pool:   cip.NewFromConfig(s.AWS.Config()),
		live:   queue.NewSender(sqs.NewFromConfig(s.AWS.Config()), s.Ref(hub+"LiveQueue")),
		bulk:   queue.NewSender(sqs.NewFromConfig(s.AWS.Config()), s.Ref(hub+"BulkQueue")),
		events: queue.NewSender(sqs.NewFromConfig(s.AWS.Config()), s.Ref("EventsQueue")),
	}
	for _, r := range roles {
		gate.Limit(r.Function, r.Policy)
	}
	x.encrypt()
	t.Cleanup(x.explain)
	return x
}

// Context returns the context of everything that the trial does.
func (x trial) Context() context.Context { return x.limit }

// explain logs what you need to understand a failure.
func (x trial) explain() {
	for _, c := range x.gate.Denied() {
		x.Errorf("%s needs %s on %s", c.Identity, c.Action, c.Resource)
	}
	if !x.Failed() {
		return
	}
	for _, r := range x.roles {
		for _, line := range x.Functions.Logs(r.Function) {
			x.Logf("%s: %s", r.Function, line.Text)
		}
	}
}

// encrypt puts every secret under the owner's KMS key, if the template names one.
func (x trial) encrypt() {
	key := ""
	var secrets []string
	for _, r := range x.roles {
		for _, g := range r.Policy.Grants() {
			switch g.Action {
			case "kms:Decrypt":
				key = g.Resource
			case "secretsmanager:GetSecretValue":
				secrets = append(secrets, g.Resource)
			}
		}
	}
	if key == "" {
		return
	}
	for _, secret := range secrets {
		x.gate.Encrypt(secret, key)
	}
}

// settings returns a function's environment variables, or none if the function is not
// part of the template.
func (x trial) settings(function string) map[string]string {
	described, err := x.Functions.Describe(function)
	if err != nil {
		return nil
	}
	return described.Environment
}

// invoke calls a function and returns its answer.
func (x trial) invoke(function string, event any) []byte {
	x.Helper()
	payload, err := json.Marshal(event)
	if err != nil {
		x.Fatal(err)
	}
	result, err := x.Functions.Invoke(x.Context(), function, payload)
	if err != nil {
		x.Fatal(err)
	}
	if result.FunctionError != "" {
		x.Fatalf("%s: %s", function, result.Error())
	}
	return result.Payload
}

// uses waits until a function, working by itself, used an action and was allowed it.
func (x trial) uses(function, action string) { x.usesOn(function, action, "") }

// usesOn does the same for a call on a resource whose name ends with on.
func (x trial) usesOn(function, action, on string) {
	x.Helper()
	if err := x.gate.Await(x.Context(), function, action, on); err != nil {
		x.Fatal(err)
	}
}

// addUser adds a user to the pool, and to the groups in scope.
func (x trial) addUser(name string) directory.User {
	x.Helper()
	pool, err := x.pool.DescribeUserPool(x.Context(), &cip.DescribeUserPoolInput{UserPoolId: &x.PoolID})
	if err != nil {
		x.Fatal(err)
	}
	email := name + "@example.com"
	if len(pool.UserPool.UsernameAttributes) > 0 {
		name = email
	}
	created, err := x.pool.AdminCreateUser(x.Context(), &cip.AdminCreateUserInput{
		UserPoolId: &x.PoolID, Username: &name, MessageAction: types.MessageActionTypeSuppress,
		UserAttributes: []types.AttributeType{
			{Name: aws.String("email"), Value: &email},
			{Name: aws.String("email_verified"), Value: aws.String("true")},
			{Name: aws.String("given_name"), Value: aws.String("Jane")},
		},
	})
	if err != nil {
		x.Fatal(err)
	}
	user := directory.User{Username: aws.ToString(created.User.Username), Enabled: true, Attributes: map[string]string{}}
	for _, a := range created.User.Attributes {
		user.Attributes[aws.ToString(a.Name)] = aws.ToString(a.Value)
	}
	user.Sub = user.Attributes["sub"]
	for group := range strings.SplitSeq(x.settings(x.deliverer())["SCOPE_GROUPS"], ",") {
		if group == "" {
			continue
		}
		x.pool.CreateGroup(x.Context(), &cip.CreateGroupInput{UserPoolId: &x.PoolID, GroupName: &group}) // it may exist
		if _, err := x.pool.AdminAddUserToGroup(x.Context(), &cip.AdminAddUserToGroupInput{
			UserPoolId: &x.PoolID, Username: created.User.Username, GroupName: &group,
		}); err != nil {
			x.Fatal(err)
		}
	}
	return user
}

func (x trial) deleteUser(u directory.User) {
	x.Helper()
	if _, err := x.pool.AdminDeleteUser(x.Context(), &cip.AdminDeleteUserInput{UserPoolId: &x.PoolID, Username: &u.Username}); err != nil {
		x.Fatal(err)
	}
}

// rename gives a user another name.
func (x trial) rename(u directory.User) {
	x.Helper()
	if _, err := x.pool.AdminUpdateUserAttributes(x.Context(), &cip.AdminUpdateUserAttributesInput{
		UserPoolId: &x.PoolID, Username: &u.Username,
		UserAttributes: []types.AttributeType{{Name: aws.String("given_name"), Value: aws.String("Joan")}},
	}); err != nil {
		x.Fatal(err)
	}
}

// send queues a user's change, as what it comes from does.
func (x trial) send(kind directory.Kind, origin directory.Origin, sub string) {
	x.Helper()
	changes := x.live
	if origin == directory.Sync {
		changes = x.bulk
	}
	x.sendOn(changes, kind, origin, sub)
}

// sendOn queues a user's change on a queue.
func (x trial) sendOn(changes *queue.Sender, kind directory.Kind, origin directory.Origin, sub string) {
	x.Helper()
	err := changes.Send(x.Context(), directory.Change{
		ID: directory.NewChangeID(), Kind: kind, Origin: origin, Sub: sub, ObservedAt: time.Now(),
	})
	if err != nil {
		x.Fatal(err)
	}
}

// tell queues a hint about a user, as a provider's event does.
func (x trial) tell(kind directory.Kind, sub string) {
	x.Helper()
	err := x.events.Send(x.Context(), directory.Change{
		ID: directory.NewChangeID(), Kind: kind, Origin: directory.Webhook, Sub: sub, ObservedAt: time.Now(),
	})
	if err != nil {
		x.Fatal(err)
	}
}

// targetOf returns what the names of a target's resources begin with, of the first that is
// described by these words.
func targetOf(s *sandbox.Stack, words string) string {
	for _, id := range s.IDs("AWS::Lambda::Function") {
		described, err := s.Functions.Describe(sandbox.FunctionName(id))
		if err == nil && strings.Contains(described.Environment["TARGET"], words) {
			return strings.TrimSuffix(id, "DeliverFunction")
		}
	}
	return ""
}

// deliverer returns the name of the function that delivers to UserHub.
func (x trial) deliverer() string { return sandbox.FunctionName(x.hub + "DeliverFunction") }

// put puts a message on the events queue.
func (x trial) put(body string) {
	x.Helper()
	if err := x.events.Postpone(x.Context(), body, 0); err != nil {
		x.Fatal(err)
	}
}

// delivered waits until UserHub was told of a user that many times.
func (x trial) delivered(u directory.User, times int) {
	x.Helper()
	id := u.Username
	if strings.Contains(x.settings(x.deliverer())["TARGET"], `"externalId":"sub"`) {
		id = u.Sub
	}
	err := x.Await(x.Context(), func() bool {
		n := 0
		for _, event := range x.UserHub.Events() {
			if event.ExternalID == id {
				n++
			}
		}
		return n >= times
	})
	if err != nil {
		x.Fatalf("wait for deliveries: %v", err)
	}
}
