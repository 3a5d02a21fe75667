package main

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/secret"
	"github.com/poolsync/poolsync/shared/userhub"
)

// hub is what a target that is UserHub depends on.
type hub struct {
	key    value
	client interface {
		CheckKey(context.Context) error
		CheckConnection(context.Context) error
	}
	signing value // nil: the webhook is off, or for another connection
	header  value // nil: the webhook asks for no second secret
}

// value is a secret.
type value interface {
	Value(context.Context) (string, error)
}

// checks returns the checks of UserHub, and of the webhook if it has one.
func (u hub) checks() []check {
	all := []check{{name: "UserHub key", test: u.keyAccepted}, {name: "UserHub connection", test: u.connectionKnown}}
	if u.signing != nil {
		all = append(all, check{name: "signing secret", test: u.signingSecret}, check{name: "header secret", test: u.headerSecret})
	}
	return all
}

// keyAccepted reads the Admin API key and has UserHub check it.
func (u hub) keyAccepted(ctx context.Context) finding {
	if _, err := u.key.Value(ctx); err != nil {
		return verdict(err, "Make sure that the target's keySecretArn names a secret that holds the key as plain text, "+
			"and that deploy.secretsKmsKeyArn names the KMS key that encrypts it, if you use your own.")
	}
	err := u.client.CheckKey(ctx)
	if reconcile.VerdictOf(err) == reconcile.Unauthorized {
		return verdict(err, "Put a valid key into the secret that the target's keySecretArn names. Make one in UserHub's "+
			"console: Developers > API keys > New API key, Type Admin API, Integrations Amazon Cognito, no expiration.")
	}
	return verdict(err, "Make sure that the target's baseUrl is UserHub's, and that UserHub is up.")
}

// connectionKnown has UserHub look for nobody in the connection.
func (u hub) connectionKnown(ctx context.Context) finding {
	err := u.client.CheckConnection(ctx)
	switch {
	case err == nil:
		return verdict(nil, "")
	case errors.Is(err, userhub.ErrUnconfirmed) || errors.Is(err, userhub.ErrUnknownConnection) && u.unfinished(ctx):
		return finding{warning, err, "If the connection is not set up in UserHub's console yet, set it up now. " +
			"Then invoke this check again. If the warning stays, the target's connectionId may be wrong."}
	case errors.Is(err, userhub.ErrUnknownConnection):
		return verdict(err, "Set the target's connectionId to the id that UserHub's console shows under Developers, Connections.")
	case reconcile.VerdictOf(err) == reconcile.Unauthorized:
		return finding{skipped, err, "See the check of the UserHub key first."}
	}
	return finding{warning, err, "See the check of the UserHub key first. If that is ok, UserHub waits too long for the webhook: " +
		"make sure that UserHub's console has the address in the output WebhookUrl, and invoke this check again."}
}

// signingSecret reads the secret that UserHub's calls are signed with.
func (u hub) signingSecret(ctx context.Context) finding {
	_, err := u.signing.Value(ctx)
	if absent(err) && u.unfinished(ctx) {
		return finding{warning, err, "Set the webhook up in UserHub's console, as the output WebhookSetup says."}
	}
	return verdict(err, "Store the signing secret that UserHub's console shows for the webhook in the secret "+
		"that providers.userhub.signingSecretArn names, as plain text.")
}

// headerSecret reads the secret that UserHub's calls carry next to the signature.
func (u hub) headerSecret(ctx context.Context) finding {
	if u.header == nil {
		return finding{skipped, errNoHeader, ""}
	}
	_, err := u.header.Value(ctx)
	return verdict(err, "Store a long random text in the secret that providers.userhub.headerSecretArn names, and in "+
		"UserHub's console as the webhook's header Poolsync-Secret.")
}

// errNoHeader is why there is no second secret to check.
var errNoHeader = errors.New("the webhook asks for no second secret")

// unfinished reports whether the webhook still has to be set up in UserHub's console.
// That needs the webhook's address, and so a deployment; until then the signing
// secret has no value and the connection does not exist.
func (u hub) unfinished(ctx context.Context) bool {
	if u.signing == nil {
		return false
	}
	_, err := u.signing.Value(ctx)
	return absent(err) && u.client.CheckConnection(ctx) != nil
}

// absent reports whether a secret has no value, which Secrets Manager reports in the
// same words as a missing secret.
func absent(err error) bool {
	_, none := errors.AsType[*types.ResourceNotFoundException](err)
	return none || errors.Is(err, secret.ErrEmpty)
}
