package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/cognito/cognitotest"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/plan"
	"github.com/poolsync/poolsync/shared/userhub"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

const (
	connection    = "conn_test"
	signingARN    = "arn:aws:secretsmanager:us-east-1:111122223333:secret:signing"
	headerARN     = "arn:aws:secretsmanager:us-east-1:111122223333:secret:header"
	signingSecret = "example-signing-secret"
	secondSecret  = "example-second-secret"
)

// vault is a Secrets Manager with two secrets that were never rotated.
type vault struct{ err error }

func (v vault) GetSecretValue(_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	if v.err != nil {
		return nil, v.err
	}
	value, ok := map[string]string{signingARN: signingSecret, headerARN: secondSecret}[*in.SecretId]
	if !ok || aws.ToString(in.VersionStage) != "AWSCURRENT" {
		return nil, &types.ResourceNotFoundException{}
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: &value, CreatedDate: aws.Time(time.Now())}, nil
}

// ledgerOf knows users' names by sub.
type ledgerOf map[string]string

func (l ledgerOf) Entry(_ context.Context, sub string) (plan.Entry, error) {
	if l == nil {
		return plan.Entry{}, errBroken
	}
	return plan.Entry{Sub: sub, Username: l[sub]}, nil
}

// queued remembers the changes that were queued.
type queued struct {
	changes []directory.Change
	err     error
}

func (q *queued) Send(_ context.Context, c directory.Change) error {
	if q.err == nil {
		q.changes = append(q.changes, c)
	}
	return q.err
}

// SendAfter remembers what is queued for later, with what is queued at once.
func (q *queued) SendAfter(ctx context.Context, c directory.Change, _ time.Duration) error {
	return q.Send(ctx, c)
}

// A queue for full syncs too.

func (q *queued) SendAll(_ context.Context, changes []directory.Change) error {
	q.changes = append(q.changes, changes...)
	return q.err
}

func (q *queued) SendAllAfter(ctx context.Context, changes []directory.Change, _ time.Duration) error {
	return q.SendAll(ctx, changes)
}

func (q *queued) Backlog(context.Context) (int, error) { return len(q.changes), q.err }

// forwarded remembers the events that were forwarded.
type forwarded struct {
	inputs []*eventbridge.PutEventsInput
	out    eventbridge.PutEventsOutput
	err    error
}

func (f *forwarded) PutEvents(_ context.Context, in *eventbridge.PutEventsInput, _ ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error) {
	f.inputs = append(f.inputs, in)
	return &f.out, f.err
}

var errBroken = errors.New("broken on demand")

// world is the function with everything around it.
type world struct {
	pool     *cognitotest.Pool
	settings settings
	services services
	queue    *queued
	bus      *forwarded
	logs     bytes.Buffer
	metrics  bytes.Buffer
}

// newWorld returns a world around a pool in which everything is switched off.
func newWorld(pool *cognitotest.Pool) *world {
	w := &world{
		pool: pool, queue: &queued{}, bus: &forwarded{},
		settings: settings{
			PoolID: cognitotest.ID, ConnectionID: connection, ExternalID: userhub.ByUsername,
			SigningSecret: signingARN, Deletion: deletionOff, Stack: "s",
		},
	}
	w.services = services{cognito: pool, ledger: ledgerOf{}, queue: w.queue, bus: w.bus, secrets: vault{}}
	return w
}

// everything switches everything on.
func (w *world) everything(removal cognito.Removal) {
	w.settings.AllowCreate, w.settings.AllowUpdate = true, true
	w.settings.Deletion, w.settings.HeaderSecret = deletion(removal), headerARN
}

// handler starts the function.
func (w *world) handler() handler {
	log := slog.New(slog.NewJSONHandler(&w.logs, nil))
	return handler{webhook: newWebhook(w.services, w.settings, log), log: log, out: &w.metrics, stack: w.settings.Stack}
}

// event returns a request of UserHub's as API Gateway hands it over.
func event(action, body string) events.APIGatewayV2HTTPRequest {
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	return events.APIGatewayV2HTTPRequest{
		RawQueryString: "action=" + action,
		Headers: map[string]string{
			"userhub-action": action, "userhub-timestamp": timestamp,
			"userhub-signature": "00," + userhubtest.Sign(signingSecret, timestamp, []byte(body)),
			"poolsync-secret":   secondSecret,
		},
		Body:           body,
		RequestContext: events.APIGatewayV2HTTPRequestContext{HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: http.MethodPost}},
	}
}

// call sends an action and returns the status and the code of a refusal, such as "404
// NOT_FOUND", or else the answer.
func call(t *testing.T, h handler, action, body string) (status, answer string) {
	t.Helper()
	return send(t, h, event(action, body))
}

func send(t *testing.T, h handler, e events.APIGatewayV2HTTPRequest) (status, answer string) {
	t.Helper()
	response, err := h.Handle(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode == http.StatusOK {
		return "200", response.Body
	}
	var refusal struct{ Code, Message string }
	if err := json.Unmarshal([]byte(response.Body), &refusal); err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(response.StatusCode) + " " + refusal.Code, refusal.Message
}

// leaks reports what of a user's personal data a text holds.
func leaks(t *testing.T, what, text string, personal ...string) {
	t.Helper()
	for _, p := range personal {
		if p != "" && strings.Contains(text, p) {
			t.Errorf("%s holds %q: %s", what, p, text)
		}
	}
}
