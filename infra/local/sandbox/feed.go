package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/infra/local/emulator"
	"github.com/poolsync/poolsync/shared/eventbus"
)

// feedQueue is the queue behind the owner's rule on the bus.
const feedQueue = "OwnersFeed"

// Feed is what an owner's rule on the bus of a target sends to an owner's queue.
type Feed struct {
	queues *sqs.Client
	url    string
	bell   *bell

	mu       sync.Mutex // guards what follows
	messages []string
	events   []eventbus.Event
	failed   error
}

// Events returns all events that came so far, in the order in which they came.
func (f *Feed) Events() []eventbus.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.events)
}

// Messages returns the same events as the texts that came, with the account, which the
// emulator leaves out.
func (f *Feed) Messages() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.messages)
}

// Waiting returns how many events the bus has sent to the queue that Events does not have
// yet.
func (f *Feed) Waiting(ctx context.Context) (int, error) {
	return waiting(ctx, f.queues, f.url, atOnce)
}

// Err returns why the queue could not be read, or an event was none of ours.
func (f *Feed) Err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed
}

// ownBus makes the bus that a target puts events on, and has a rule send them to a queue.
// It returns the ARN of the bus.
func (s *Stack) ownBus(ctx context.Context, bus string) (arn string, err error) {
	name := bus[strings.LastIndex(bus, "/")+1:]
	events, queues := eventbridge.NewFromConfig(s.AWS.Config()), sqs.NewFromConfig(s.AWS.Config())
	created, err := events.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: &name})
	if err != nil {
		return "", fmt.Errorf("create the event bus: %w", err)
	}
	queue, err := queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(feedQueue)})
	if err != nil {
		return "", fmt.Errorf("create the queue behind the bus: %w", err)
	}
	rule, pattern := aws.String("feed"), fmt.Sprintf(`{"source":[%q]}`, eventbus.Source)
	if _, err := events.PutRule(ctx, &eventbridge.PutRuleInput{Name: rule, EventBusName: &name, EventPattern: &pattern}); err != nil {
		return "", fmt.Errorf("put the rule on the bus: %w", err)
	}
	if _, err := events.PutTargets(ctx, &eventbridge.PutTargetsInput{
		Rule: rule, EventBusName: &name,
		Targets: []ebtypes.Target{{Id: rule, Arn: aws.String("arn:aws:sqs:" + emulator.Region + ":" + emulator.AccountID + ":" + feedQueue)}},
	}); err != nil {
		return "", fmt.Errorf("put the target of the rule: %w", err)
	}
	s.Feed = &Feed{queues: queues, url: aws.ToString(queue.QueueUrl), bell: s.bell}
	return aws.ToString(created.EventBusArn), nil
}

// run reads the queue until the context ends.
func (f *Feed) run(ctx context.Context) {
	for ctx.Err() == nil {
		got, err := f.queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &f.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1})
		if err != nil {
			f.fail(ctx, err)
			return
		}
		for _, message := range got.Messages {
			if err := f.note(aws.ToString(message.Body)); err != nil {
				f.fail(ctx, err)
			}
			if _, err := f.queues.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &f.url, ReceiptHandle: message.ReceiptHandle}); err != nil {
				f.fail(ctx, err)
			}
		}
		if len(got.Messages) > 0 {
			f.bell.ring()
		}
	}
}

// note keeps an event.
func (f *Feed) note(message string) error {
	var members map[string]any
	if err := json.Unmarshal([]byte(message), &members); err != nil {
		return err
	}
	members["account"] = emulator.AccountID
	whole, err := json.Marshal(members)
	if err != nil {
		return err
	}
	var event eventbus.Event
	if err := json.Unmarshal(whole, &event); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.messages = append(f.messages, string(whole))
	f.events = append(f.events, event)
	return nil
}

// fail keeps why there may be too few events. What fails because the stack stops does not
// count.
func (f *Feed) fail(ctx context.Context, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() == nil && f.failed == nil {
		f.failed = fmt.Errorf("read the queue behind the bus: %w", err)
	}
}
