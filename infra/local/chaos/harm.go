package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/poolsync/poolsync/infra/local/eventsource"
	"github.com/poolsync/poolsync/infra/local/sandbox"
	"github.com/poolsync/poolsync/shared/queue"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// begin starts a fault. The function that it returns ends it.
func (w *world) begin(ctx context.Context, s step) (end func() error, err error) {
	switch s.deed {
	case rotateKey:
		w.renew(s.deed, &w.key)
		w.UserHub.SetKey(w.key)
		return func() error { return w.put(ctx, sandbox.KeySecret, w.key) }, nil
	case rotateTheirs:
		w.renew(s.deed, &w.signing)
		w.sign()
		return func() error { return w.rotated(ctx) }, nil
	case rotateOurs:
		w.renew(s.deed, &w.signing)
		return func() error { return w.rotated(ctx) }, w.store(ctx, "webhook", "WEBHOOK_SIGNING_SECRET_ARN", w.signing)
	case unreadable:
		return nil, w.send(ctx, w.litter(), garbage)
	case crowded:
		return w.crowd(ctx), nil
	case behind:
		w.skewBy(-time.Minute)
		return func() error { w.skewBy(time.Minute); return nil }, nil
	case ahead:
		w.skewBy(time.Minute)
		return func() error { w.skewBy(-time.Minute); return nil }, nil
	}
	if function, ok := strings.CutPrefix(string(s.deed), string(killed)); ok {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.condemn[function] = true
		return nil, nil
	}
	w.shift(s.deed, 1)
	return func() error { w.shift(s.deed, -1); return nil }, nil
}

// garbage is a message that nobody can read.
const garbage = "this is no change"

// litter chooses the queue for an unreadable message: the targets take turns.
func (w *world) litter() *queue.Sender {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count[unreadable]++
	w.garbage++
	return w.targets[w.garbage%len(w.targets)]
}

// renew makes up a new value.
func (w *world) renew(d deed, secret *string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count[d]++
	*secret = fmt.Sprintf("sk_test_%d_%d", w.count[d], w.random.IntN(1e9))
}

// store puts a new value into the secret that a function's variable names.
func (w *world) store(ctx context.Context, function, variable, value string) error {
	described, err := w.Functions.Describe(function)
	if err != nil {
		return err
	}
	return w.put(ctx, described.Environment[variable], value)
}

// put gives a secret another value.
func (w *world) put(ctx context.Context, secret, value string) error {
	_, err := w.secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: aws.String(secret), SecretString: &value})
	return err
}

// sign makes UserHub sign with the new secret from now on.
func (w *world) sign() {
	w.UserHub.EditWebhook(func(h *userhubtest.Webhook) { h.Secrets = []string{w.signing} })
}

// rotated gives both sides the new signing secret. If two rotations overlap, it is the
// later one's.
func (w *world) rotated(ctx context.Context) error {
	w.sign()
	return w.store(ctx, "webhook", "WEBHOOK_SIGNING_SECRET_ARN", w.signing)
}

// skewBy moves the clocks of CloudTrail and UserHub forward.
func (w *world) skewBy(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.skew += d
	w.UserHub.EditWebhook(func(h *userhubtest.Webhook) { h.Skew += d })
}

// shift changes how many faults of a kind are under way.
func (w *world) shift(d deed, by int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.active[d] += by
}

// fail chooses what happens to a request to UserHub.
func (w *world) fail(userhubtest.Request) userhubtest.Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken == failing {
		return userhubtest.Hang()
	}
	for _, f := range userHubFaults {
		if d := failing + deed(f.name); w.active[d] > 0 && !w.chance(3) {
			w.count[d]++
			return f.fault
		}
	}
	return nil
}

// redeliver sends messages of a finished batch once more, up to three seconds late.
func (w *world) redeliver(batch eventsource.Batch) {
	var again []string
	w.mu.Lock()
	if w.active[redelivering] > 0 {
		for _, message := range batch.Messages {
			if w.chance(2) {
				again = append(again, aws.ToString(message.Body))
			}
		}
	}
	w.count[redelivering] += len(again)
	delay := time.Duration(w.random.IntN(4)) * time.Second
	w.mu.Unlock()
	from := queue.NewSender(w.queues, batch.QueueURL)
	for _, body := range again {
		if body != garbage { // the verdict counts those
			from.Postpone(w.life, body, delay) // if it does not come again, nothing is lost
		}
	}
}
