package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/poolsync/poolsync/shared/cloudtrail"
	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/ledger/ledgertest"
	"github.com/poolsync/poolsync/shared/nettest"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/throttle"
	"github.com/poolsync/poolsync/shared/userhub"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// What the deployment sets, as far as it matters here.
const (
	visibility    = 180 * time.Second
	maxReceives   = 5 // fewer than are deployed
	functionLimit = 30 * time.Second
	ownRole       = "arn:aws:iam::111122223333:role/poolsync-webhook"
)

// world is the whole way of a change on one clock: a pool, queues with SQS's rules, a
// reader of events, instances of the function, and the stand-in UserHub behind HTTP in
// memory.
type world struct {
	t       *testing.T
	dice    *dice
	pool    *cognitotest.Pool
	ledger  *ledgertest.Memory
	decoder *cloudtrail.Decoder
	events  *sqsQueue // of CloudTrail
	queue   *sqsQueue
	userhub *userhubtest.Server
	network *nettest.Network

	mu     sync.Mutex // guards what follows
	fault  func() userhubtest.Fault
	subs   map[string]string                // of everybody ever added, by user name
	mirror map[string]directory.Fingerprint // what UserHub found when it last looked, by user name
	asked  int                              // requests that UserHub got
	signed map[string]int                   // sign-ins that UserHub was told of, by user name
}

// dice are thrown by many goroutines.
type dice struct {
	mu     sync.Mutex // guards random
	random *rand.Rand
}

// roll returns a number from 0 to n-1.
func (d *dice) roll(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.random.IntN(n)
}

func newWorld(t *testing.T) *world {
	w := &world{
		t: t, dice: &dice{random: rand.New(rand.NewPCG(1, 2))}, pool: cognitotest.New(), ledger: ledgertest.New(), decoder: newDecoder(t),
		events: newQueue(), queue: newQueue(), userhub: userhubtest.New(), network: nettest.New(),
		subs: make(map[string]string), mirror: make(map[string]directory.Fingerprint), signed: make(map[string]int),
	}
	go w.userhub.Serve(w.network)
	w.userhub.Decide(w.decide)
	return w
}

// newDecoder returns what reads the pool's events.
func newDecoder(t *testing.T) *cloudtrail.Decoder {
	decoder, err := cloudtrail.NewDecoder(cognitotest.ID, cloudtrail.OwnRole{ARN: ownRole, Provider: userhub.ProviderName})
	if err != nil {
		t.Fatal(err)
	}
	return decoder
}

// close ends what would keep the test's clock from coming to rest, once the last
// request that was answered too late has had its effect.
func (w *world) close() {
	time.Sleep(time.Minute) // on the test's clock
	w.userhub.Close()
}

// decide lets a fault befall a request, if one is due. A request that takes effect
// makes UserHub look at the user, as an event does.
func (w *world) decide(q userhubtest.Request) userhubtest.Fault {
	w.mu.Lock()
	w.asked++
	fault := userhubtest.Fault(func(rw http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(rw, r) })
	if w.fault != nil {
		if f := w.fault(); f != nil {
			fault = f
		}
	}
	w.mu.Unlock()
	return func(rw http.ResponseWriter, r *http.Request, next http.Handler) {
		fault(rw, r, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(rw, r)
			w.look(q)
		}))
	}
}

// add adds a user to the pool and returns the sub.
func (w *world) add(username string, attributes map[string]string) string {
	sub := w.pool.Add(username, attributes)
	if sub == "" {
		w.t.Errorf("the user name %s is taken", username)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.subs[username] = sub
	return sub
}

// look is what UserHub does about an event. Of what it only accepts it forgets half.
func (w *world) look(q userhubtest.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if q.Kind == "SIGNIN" {
		w.signed[q.ExternalID]++
	}
	if q.Action == "event" && !q.Wait && w.dice.roll(2) == 0 {
		return // nobody is told
	}
	delete(w.mirror, q.ExternalID)
	if u, there := w.pool.User(w.subs[q.ExternalID]); there {
		w.mirror[u.Username] = fingerprint(u)
	}
}

func fingerprint(u directory.User) directory.Fingerprint {
	return directory.NewFingerprint(1, userhub.View(userhub.ByUsername, u))
}

// key is UserHub's key.
type key struct{}

func (key) Value(context.Context) (string, error)           { return userhubtest.DefaultKey, nil }
func (key) Refresh(context.Context, string) (string, error) { return userhubtest.DefaultKey, nil }

// instance is one instance of the function, with connections, pace and breaker of
// its own, until its life ends.
type instance struct {
	handler handler
	life    context.Context
	kill    context.CancelFunc
}

func (w *world) newInstance() *instance {
	transport := userhub.NewTransport()
	transport.DialContext = w.network.DialContext
	client := userhub.NewClient(key{}, userhubtest.DefaultConnection, userhub.WithBaseURL("http://userhub.example.com"),
		userhub.WithTransport(transport), userhub.WithPacer(newPace(w.ledger, throttle.Limit{PerSecond: 50})))
	life, kill := context.WithCancel(context.Background())
	context.AfterFunc(life, transport.CloseIdleConnections)
	pool := cognito.New(w.pool, cognitotest.ID)
	return &instance{life: life, kill: kill, handler: handler{
		pool:      cognitotest.ID,
		deliverer: reconcile.NewDeliverer(pool, w.ledger, reconcile.Guard(client), reconcile.Report, nil, reconcile.WithProvider(userhub.ProviderName)),
		lanes:     lanes{live: w.queue}, log: slog.New(slog.DiscardHandler), out: io.Discard,
	}}
}

// poll is one of Lambda's pollers: it hands batches to an instance of its own until
// done is closed, and puts a new one in the place of one that was killed.
func (w *world) poll(done <-chan struct{}, instances chan<- *instance) {
	i := w.newInstance()
	defer func() { i.kill() }()
	for {
		select {
		case <-done:
			return
		case instances <- i: // somebody wants to kill one
		default:
		}
		batch := w.queue.receive(10)
		if len(batch.Records) == 0 {
			time.Sleep(time.Second)
			continue
		}
		ctx, cancel := context.WithTimeout(i.life, functionLimit)
		answer, err := i.handler.Handle(ctx, batch)
		cancel()
		if i.life.Err() != nil { // the answer died with it
			i = w.newInstance()
			continue
		}
		if err != nil {
			w.t.Error(err)
		}
		w.queue.settle(batch, answer)
	}
}

// run polls with several pollers until both queues are empty, killing an instance at
// each of the given moments.
func (w *world) run(kills ...time.Duration) {
	done, instances := make(chan struct{}), make(chan *instance)
	var pollers sync.WaitGroup
	for range 3 {
		pollers.Go(func() { w.poll(done, instances) })
	}
	pollers.Go(func() { w.ingest(done) })
	start := time.Now()
	for _, at := range kills {
		time.Sleep(time.Until(start.Add(at)))
		i := <-instances
		time.Sleep(time.Duration(w.dice.roll(50)) * time.Millisecond) // into its next batch
		i.kill()
	}
	for w.events.len()+w.queue.len() > 0 {
		time.Sleep(time.Second)
	}
	close(done)
	pollers.Wait()
}

// usersByName returns the fingerprint of everybody in the pool by user name.
func (w *world) usersByName() map[string]directory.Fingerprint {
	users := make(map[string]directory.Fingerprint)
	for u := range w.pool.All() {
		users[u.Username] = fingerprint(u)
	}
	return users
}

// event returns CloudTrail's event of an operation on a user, by the pool's owner or
// by one of our roles.
func event(operation, sub, role string) string {
	parameters := map[string]any{"userPoolId": cognitotest.ID, "username": "HIDDEN_DUE_TO_SECURITY_REASONS"}
	if operation == "UpdateUserAttributes" {
		parameters = map[string]any{"accessToken": "HIDDEN_DUE_TO_SECURITY_REASONS"}
	}
	body, _ := json.Marshal(map[string]any{
		"version": "0", "id": "11111111-1111-1111-1111-111111111111", "source": "aws.cognito-idp",
		"detail-type": "AWS API Call via CloudTrail", "time": time.Now().UTC().Format(time.RFC3339),
		"detail": map[string]any{
			"eventSource": "cognito-idp.amazonaws.com", "eventName": operation, "eventType": "AwsApiCall",
			"eventTime": time.Now().UTC().Format(time.RFC3339), "eventID": "33333333-3333-3333-3333-333333333333",
			"userIdentity":        map[string]any{"sessionContext": map[string]any{"sessionIssuer": map[string]any{"arn": role}}},
			"requestParameters":   parameters,
			"additionalEventData": map[string]any{"sub": sub},
		},
	})
	return string(body)
}

// trigger returns the change that a trigger queues.
func (w *world) trigger(kind directory.Kind, sub string) string {
	return w.change(kind, directory.Trigger, sub)
}

// change returns a change with a snapshot.
func (w *world) change(kind directory.Kind, origin directory.Origin, sub string) string {
	u, _ := w.pool.User(sub)
	body, err := queue.Encode(directory.Change{
		ID: directory.NewChangeID(), Kind: kind, Origin: origin, Sub: sub, Username: u.Username, ObservedAt: time.Now(), User: &u,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return string(body)
}

// sqsQueue is a queue with SQS's rules: delay, visibility, a limit of receives.
type sqsQueue struct {
	mu       sync.Mutex // guards what follows
	next     int
	messages map[string]*sqsMessage
	dead     []string // bodies
}

type sqsMessage struct {
	body     string
	visible  time.Time
	receives int
}

func newQueue() *sqsQueue { return &sqsQueue{messages: make(map[string]*sqsMessage)} }

func (q *sqsQueue) send(body string, delay time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.next++
	q.messages[strconv.Itoa(q.next)] = &sqsMessage{body: body, visible: time.Now().Add(delay)}
}

func (q *sqsQueue) Postpone(ctx context.Context, body string, delay time.Duration) error {
	if delay > 15*time.Minute {
		return errors.New("InvalidParameterValue: DelaySeconds")
	}
	if ctx.Err() == nil {
		q.send(body, delay)
	}
	return ctx.Err()
}

func (q *sqsQueue) receive(most int) events.SQSEvent {
	q.mu.Lock()
	defer q.mu.Unlock()
	var batch events.SQSEvent
	for _, id := range slices.Sorted(maps.Keys(q.messages)) {
		m := q.messages[id]
		if len(batch.Records) == most || m.visible.After(time.Now()) {
			continue
		}
		if m.receives++; m.receives > maxReceives {
			q.dead = append(q.dead, m.body)
			delete(q.messages, id)
			continue
		}
		m.visible = time.Now().Add(visibility)
		batch.Records = append(batch.Records, events.SQSMessage{
			MessageId: id, Body: m.body, Attributes: map[string]string{"ApproximateReceiveCount": strconv.Itoa(m.receives)},
		})
	}
	return batch
}

func (q *sqsQueue) settle(batch events.SQSEvent, answer events.SQSEventResponse) {
	q.mu.Lock()
	defer q.mu.Unlock()
	kept := make(map[string]bool)
	for _, failure := range answer.BatchItemFailures {
		kept[failure.ItemIdentifier] = true
	}
	for _, m := range batch.Records {
		if !kept[m.MessageId] {
			delete(q.messages, m.MessageId)
		}
	}
}

func (q *sqsQueue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages)
}
