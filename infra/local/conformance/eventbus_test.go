package conformance

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/eventbus"
	"github.com/poolsync/poolsync/shared/eventbus/eventbustest"
	"github.com/poolsync/poolsync/shared/eventbus/schema"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// feed is a bus in moto, and a queue behind a rule for all that poolsync puts on it.
type feed struct {
	events *eventbridge.Client
	queues *sqs.Client
	bus    string
	arn    string
	queue  string
}

func newFeed(t *testing.T) *feed {
	t.Helper()
	config := emulator.ForTest(t).Config()
	f := &feed{events: eventbridge.NewFromConfig(config), queues: sqs.NewFromConfig(config), bus: "feed-" + rand.Text()}
	made, err := f.events.CreateEventBus(t.Context(), &eventbridge.CreateEventBusInput{Name: &f.bus})
	if err != nil {
		t.Fatal(err)
	}
	f.arn = *made.EventBusArn
	queue, err := f.queues.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &f.bus})
	if err != nil {
		t.Fatal(err)
	}
	f.queue = *queue.QueueUrl
	attributes, err := f.queues.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: queue.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameQueueArn},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.events.PutRule(t.Context(), &eventbridge.PutRuleInput{
		Name: &f.bus, EventBusName: &f.bus, EventPattern: aws.String(`{"source": ["poolsync"]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.events.PutTargets(t.Context(), &eventbridge.PutTargetsInput{
		Rule: &f.bus, EventBusName: &f.bus, Targets: []types.Target{{Id: aws.String("queue"), Arn: aws.String(attributes.Attributes["QueueArn"])}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// receive returns what is on the queue.
func (f *feed) receive(t *testing.T) (messages []string) {
	t.Helper()
	for {
		out, err := f.queues.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &f.queue, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return messages
		}
		for _, m := range out.Messages {
			messages = append(messages, *m.Body)
		}
	}
}

// life returns deliveries about one user that bring events of all types.
func life() []reconcile.Delivery {
	begin := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	state := func(n int, kind directory.Kind, name string, enabled bool) reconcile.Delivery {
		u := &directory.User{
			Sub: "84e844c8-3041-70aa-1111-0123456789ab", Username: "jane", Enabled: enabled,
			Attributes: map[string]string{"name": name, "email": "jane@example.com", "nickname": "<J> & \"Já\""},
		}
		return reconcile.Delivery{Confirm: true, Change: directory.Change{
			ID: fmt.Sprintf("%032x", n), Kind: kind, Origin: directory.Trigger, Sub: u.Sub, Username: u.Username,
			ObservedAt: begin.Add(time.Duration(n) * 1234567 * time.Microsecond), Pool: cognitotest.ID, User: u,
		}}
	}
	gone := state(6, directory.Removed, "", false)
	gone.User = nil
	return []reconcile.Delivery{
		state(1, directory.SignUp, "Jane", true), state(2, directory.Changed, "Jane Doe", true), state(3, directory.Changed, "Jane Doe", false),
		state(4, directory.Changed, "Jane Doe", true), state(5, directory.SignIn, "Jane", true), gone,
	}
}

// takeLife delivers a life to a bus.
func takeLife(t *testing.T, api eventbus.API, bus string) {
	t.Helper()
	target := eventbus.New(api, bus, cognitotest.ID, nil, eventbus.WithAttributes("name", "nickname", "username"))
	var held reconcile.Remote
	for _, d := range life() {
		var err error
		d.Held = held
		if held, err = target.Deliver(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
}

// summary returns what events say, in the order of their times, without EventBridge's ids.
func summary(t *testing.T, messages []string) (lines []string) {
	t.Helper()
	for _, m := range messages {
		var e eventbus.Event
		if err := json.Unmarshal([]byte(m), &e); err != nil {
			t.Fatal(err)
		}
		e.Detail.ID = "" // it has the name of the bus in it
		detail, err := json.Marshal(e.Detail)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("%s %s %s: %s", e.Time.Format(time.RFC3339), e.Source, e.DetailType, detail))
	}
	slices.Sort(lines)
	return lines
}

// TestEventBus puts events of all types on moto's bus, shows that the queue behind a rule
// gets each as its schema describes it, and that the stand-in hands on the same.
func TestEventBus(t *testing.T) {
	f := newFeed(t)
	takeLife(t, f.events, f.bus)
	messages := f.receive(t)
	seen := map[eventbus.DetailType]bool{}
	for _, m := range messages {
		seen[validateEvent(t, m)] = true
	}
	if len(seen) != len(eventbus.DetailTypes()) {
		t.Errorf("events of the types %v, want all of %v", seen, eventbus.DetailTypes())
	}

	standIn := eventbustest.New()
	takeLife(t, standIn, eventbustest.Name)
	var same []string
	for _, m := range standIn.Messages() {
		same = append(same, string(m))
	}
	if diff := cmp.Diff(summary(t, messages), summary(t, same)); diff != "" {
		t.Errorf("moto and the stand-in differ: -moto +stand-in\n%s", diff)
	}
}

// validateEvent checks an event against the schema of its type, which it returns. moto
// leaves out the account, which every event of EventBridge's has.
func validateEvent(t *testing.T, message string) eventbus.DetailType {
	t.Helper()
	var e eventbus.Event
	if err := json.Unmarshal([]byte(message), &e); err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiled, err := compiler.Compile("../../../shared/eventbus/schema/" + schema.FileName(e.DetailType))
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	value.(map[string]any)["account"] = emulator.AccountID
	if err := compiled.Validate(value); err != nil {
		t.Errorf("%s\n%v", message, err)
	}
	return e.DetailType
}

// TestEventBusByARN shows that a bus can be given by its ARN.
func TestEventBusByARN(t *testing.T) {
	f := newFeed(t)
	takeLife(t, f.events, f.arn)
	if n := len(f.receive(t)); n != 8 {
		t.Errorf("%d events, want 8", n)
	}
}

// TestCheckEventBus shows which buses exist.
func TestCheckEventBus(t *testing.T) {
	f := newFeed(t)
	for _, name := range []string{f.bus, f.arn} {
		if err := eventbus.Check(t.Context(), f.events, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := eventbus.Check(t.Context(), f.events, "none"); !errors.Is(err, eventbus.ErrNoBus) {
		t.Errorf("a bus that does not exist: %v", err)
	}
}
