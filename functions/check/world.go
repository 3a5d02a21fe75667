package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/secret"
	"github.com/poolsync/poolsync/shared/userhub"
)

// world is all that poolsync depends on. The checks do no harm: they read, they
// remove what they write, and everything else is about [directory.Nobody].
type world struct {
	pool interface {
		Estimate(context.Context) (int, error)
		Page(ctx context.Context, size int, token string) ([]directory.User, string, error)
		User(ctx context.Context, sub string) (directory.User, bool, error)
		CheckFilter(context.Context) error
		Triggers(context.Context) (cognito.Triggers, error)
	}
	queue interface {
		Send(context.Context, directory.Change) error
	}
	ledger interface{ Probe(context.Context) error }
	key    value
	target interface {
		CheckKey(context.Context) error
		CheckConnection(context.Context) error
	}
	signing value // nil: there is no webhook
	header  value // nil: the webhook asks for no second secret

	postauth string // the ARN of our trigger
	manual   bool   // the pool's owner sets the triggers
}

// value is a secret.
type value interface {
	Value(context.Context) (string, error)
}

// checks returns all checks, in the order in which their findings are shown.
func (w world) checks() []check {
	return []check{
		{"pool readable", w.poolReadable},
		{"filter by sub", w.filterBySub},
		{"triggers", w.triggers},
		{"queue writable", w.queueWritable},
		{"ledger usable", w.ledgerUsable},
		{"UserHub key", w.keyAccepted},
		{"UserHub connection", w.connectionKnown},
		{"signing secret", w.signingSecret},
		{"header secret", w.headerSecret},
	}
}

// poolReadable describes the pool and lists one user.
func (w world) poolReadable(ctx context.Context) finding {
	_, err := w.pool.Estimate(ctx)
	if err == nil {
		_, _, err = w.pool.Page(ctx, 1, "")
	}
	return verdict(err, "Make sure that the user pool exists in this Region, and that no policy "+
		"denies cognito-idp:DescribeUserPool and cognito-idp:ListUsers.")
}

// filterBySub looks a user up as a delivery does, and splits the pool as a run
// does. A run can do without the latter.
func (w world) filterBySub(ctx context.Context) finding {
	if _, _, err := w.pool.User(ctx, directory.Nobody); err != nil {
		return verdict(err, "Users cannot be looked up until the pool can be listed by sub: see the check \"pool readable\".")
	}
	err := w.pool.CheckFilter(ctx)
	if errors.Is(err, reconcile.ErrFilterRefused) {
		return finding{warning, err, "Nothing to do: a full sync reads the pool in one part, which takes longer."}
	}
	return verdict(err, "See the check \"pool readable\".")
}

// triggers compares the functions that the pool calls with ours. An owner who sets
// them can only do so once our function exists, so then a difference is a warning.
func (w world) triggers(ctx context.Context) finding {
	held, err := w.pool.Triggers(ctx)
	if err != nil {
		return verdict(err, "See the check \"pool readable\".")
	}
	err = errors.Join(w.compare("PostAuthentication", held.PostAuthentication), w.compare("PostConfirmation", held.PostConfirmation))
	if err != nil && w.manual {
		return finding{warning, err, "Set both triggers of the pool to " + w.postauth + ": with pool.triggers=manual, you set them."}
	}
	return verdict(err, "Deploy again, with another pool.triggersRevision if the pool is not the stack's own. If the stack that owns the pool clears our triggers, set pool.triggers to manual and set them there.")
}

// compare returns what is wrong with a trigger.
func (w world) compare(trigger, held string) error {
	switch held {
	case w.postauth:
		return nil
	case "":
		return fmt.Errorf("%s calls nothing", trigger)
	}
	return fmt.Errorf("%s calls %s", trigger, held)
}

// queueWritable queues a change, since nothing else shows that it can. The change is
// about nobody: deliver finds nobody in the pool and in the ledger, and drops it
// without telling the target. With an origin other than sync it might wait for the
// user to appear.
func (w world) queueWritable(ctx context.Context) finding {
	err := w.queue.Send(ctx, directory.Change{
		ID: directory.NewChangeID(), Kind: directory.Changed, Origin: directory.Sync,
		Sub: directory.Nobody, ObservedAt: time.Now(),
	})
	return verdict(err, "Make sure that the stack's queue of changes exists, and that no policy denies sqs:SendMessage on it.")
}

// ledgerUsable writes, reads and removes a test item.
func (w world) ledgerUsable(ctx context.Context) finding {
	return verdict(w.ledger.Probe(ctx), "Make sure that the stack's table exists, and that no policy denies "+
		"dynamodb:PutItem, GetItem and DeleteItem on it.")
}

// keyAccepted reads the Admin API key and has UserHub check it.
func (w world) keyAccepted(ctx context.Context) finding {
	if _, err := w.key.Value(ctx); err != nil {
		return verdict(err, "Make sure that the target's keySecretArn names a secret that holds the key as plain text, "+
			"and that deploy.secretsKmsKeyArn names the KMS key that encrypts it, if you use your own.")
	}
	err := w.target.CheckKey(ctx)
	if errors.Is(err, reconcile.ErrUnauthorized) {
		return verdict(err, "Put a valid key into the secret that the target's keySecretArn names. Make one in UserHub's "+
			"console: Developers > API keys > New API key, Type Admin API, Integrations Amazon Cognito, no expiration.")
	}
	return verdict(err, "Make sure that the target's baseUrl is UserHub's, and that UserHub is up.")
}

// connectionKnown has UserHub look for nobody in the connection.
func (w world) connectionKnown(ctx context.Context) finding {
	err := w.target.CheckConnection(ctx)
	switch {
	case err == nil:
		return verdict(nil, "")
	case errors.Is(err, userhub.ErrUnconfirmed) || errors.Is(err, userhub.ErrUnknownConnection) && w.unfinished(ctx):
		return finding{warning, err, "If the connection is not set up in UserHub's console yet, set it up now. " +
			"Then invoke this check again. If the warning stays, the target's connectionId may be wrong."}
	case errors.Is(err, userhub.ErrUnknownConnection):
		return verdict(err, "Set the target's connectionId to the id that UserHub's console shows under Developers, Connections.")
	case errors.Is(err, reconcile.ErrUnauthorized):
		return finding{skipped, err, "See the check \"UserHub key\" first."}
	}
	return finding{warning, err, "See the check \"UserHub key\" first. If that is ok, UserHub waits too long for the webhook: " +
		"make sure that UserHub's console has the address in the output WebhookUrl, and invoke this check again."}
}

// signingSecret reads the secret that UserHub's calls are signed with.
func (w world) signingSecret(ctx context.Context) finding {
	if w.signing == nil {
		return finding{skipped, errNoWebhook, ""}
	}
	_, err := w.signing.Value(ctx)
	if absent(err) && w.unfinished(ctx) {
		return finding{warning, err, "Set the webhook up in UserHub's console, as the output WebhookSetup says."}
	}
	return verdict(err, "Store the signing secret that UserHub's console shows for the webhook in the secret "+
		"that providers.userhub.signingSecretArn names, as plain text.")
}

// headerSecret reads the secret that UserHub's calls carry next to the signature.
func (w world) headerSecret(ctx context.Context) finding {
	if w.header == nil {
		return finding{skipped, errNoHeader, ""}
	}
	_, err := w.header.Value(ctx)
	return verdict(err, "Store a long random text in the secret that providers.userhub.headerSecretArn names, and in "+
		"UserHub's console as the webhook's header Poolsync-Secret.")
}

// Why there is no secret to check.
var (
	errNoWebhook = errors.New("the webhook is off")
	errNoHeader  = errors.New("the webhook asks for no second secret")
)

// unfinished reports whether the webhook still has to be set up in UserHub's console.
// That needs the webhook's address, and so a deployment; until then the signing
// secret has no value and the connection does not exist.
func (w world) unfinished(ctx context.Context) bool {
	if w.signing == nil {
		return false
	}
	_, err := w.signing.Value(ctx)
	return absent(err) && w.target.CheckConnection(ctx) != nil
}

// absent reports whether a secret has no value, which Secrets Manager reports in the
// same words as a missing secret.
func absent(err error) bool {
	_, none := errors.AsType[*types.ResourceNotFoundException](err)
	return none || errors.Is(err, secret.ErrEmpty)
}

// unusable returns the check of settings that are not usable.
func unusable(errs ...error) []check {
	return []check{{"settings", func(context.Context) finding {
		return verdict(errors.Join(errs...), "Deploy again: the template sets the function's environment variables.")
	}}}
}
