package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/poolsync/poolsync/infra/local/sandbox"
	"github.com/poolsync/poolsync/shared/queue"
)

// patience is how long deliver may work on a batch, and how long the queue waits for it.
// readingPatience is the same for ingest, which keeps 6 s of it in reserve. The deployed
// stack has 30 s and 180 s, but here a message whose function died must come again within
// the soak.
const (
	patience        = 6 * time.Second
	readingPatience = 10 * time.Second
)

const password = "correct-Horse-7-battery"

// world is the running stack, everybody in its pool, and what is going wrong right now.
type world struct {
	*sandbox.Stack
	pools   *cognitoidentityprovider.Client
	queues  *sqs.Client
	secrets *secretsmanager.Client
	targets []*queue.Sender // each one's live queue
	events  *queue.Sender
	// webhookRole is the role with which the webhook writes into the pool for UserHub.
	webhookRole string

	life     context.Context // of the soak
	underWay sync.WaitGroup  // runs that have not ended

	key, signing string // the secrets that should be in use; only the faults' goroutine rotates them

	mu       sync.Mutex // guards what follows
	random   *rand.Rand
	began    time.Time
	people   map[int]*person
	count    map[deed]int // how often each deed was done, or each fault struck
	refused  int          // sign-ins that were refused, and retried
	runs     map[string]int
	untold   map[string]bool // user names whose events CloudTrail lost
	garbage  int             // unreadable messages that were sent
	active   map[deed]int    // faults under way
	broken   deed            // failing or busFailing if that target does not work at all
	condemn  map[string]bool // functions to kill at their next call of AWS
	skew     time.Duration
	removals map[int]int // how often UserHub wrongly took each person for gone
	mourned  map[int]int // how often the feed did
}

// person is somebody who is, or was, in the pool.
type person struct {
	number               int
	email, username, sub string
	present              bool // certainly in the pool
	history              []string
	signIns              []time.Time // that went through
}

// newWorld brings up the stack with an empty pool.
func newWorld(ctx context.Context, seed uint64) (*world, error) {
	w := &world{
		life:   ctx,
		random: rand.New(rand.NewPCG(seed, 3)), people: map[int]*person{}, count: map[deed]int{}, runs: map[string]int{},
		untold: map[string]bool{}, active: map[deed]int{}, condemn: map[string]bool{}, removals: map[int]int{}, mourned: map[int]int{},
	}
	var err error
	if w.Stack, err = sandbox.Start(ctx,
		sandbox.WithDelivery("Userhub", patience, patience), sandbox.WithDelivery("Feed", patience, patience),
		sandbox.WithVisibility("EventsQueue", readingPatience), sandbox.WithTimeout("IngestFunction", readingPatience),
		sandbox.WithGate(w.gate), sandbox.WithObserver(w.redeliver)); err != nil {
		return nil, err
	}
	aws := w.AWS.Config()
	w.pools, w.queues = cognitoidentityprovider.NewFromConfig(aws), sqs.NewFromConfig(aws)
	w.secrets = secretsmanager.NewFromConfig(aws)
	for _, id := range []string{"UserhubLiveQueue", "FeedLiveQueue"} {
		w.targets = append(w.targets, queue.NewSender(w.queues, w.Ref(id)))
	}
	w.events = queue.NewSender(w.queues, w.Ref("EventsQueue"))
	if w.webhookRole, err = w.role("WebhookFunction"); err != nil {
		w.Stop()
		return nil, err
	}
	w.UserHub.Decide(w.fail)
	return w, nil
}

// role returns the ARN of the role of a function.
func (w *world) role(function string) (string, error) {
	properties, err := w.Properties(function)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(properties["Role"]), nil
}

// report queues an event, as the stack's rule does.
func (w *world) report(ctx context.Context, body string) error {
	if err := w.events.Postpone(ctx, body, 0); err != nil {
		return fmt.Errorf("send an event: %w", err)
	}
	return nil
}

// send puts a message on a queue.
func (w *world) send(ctx context.Context, to *queue.Sender, body string) error {
	if err := to.Postpone(ctx, body, 0); err != nil {
		return fmt.Errorf("send a message: %w", err)
	}
	return nil
}

// chance returns true one time in n. The caller holds mu.
func (w *world) chance(n int) bool { return w.random.IntN(n) == 0 }
