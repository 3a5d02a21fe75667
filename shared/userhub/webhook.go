package userhub

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/poolsync/poolsync/shared/decode"
)

// Secrets is where signing secrets and header secrets come from.
type Secrets interface {
	// Values returns every secret that counts at this moment, the current one first.
	Values(ctx context.Context) ([]string, error)
	// Refresh is told that the current secret did not fit, and may read it again.
	Refresh(ctx context.Context, refused string) (string, error)
}

// Webhook answers UserHub's calls: it is the user provider of a Custom Users
// connection. It is safe for use by several goroutines.
type Webhook struct {
	signing  Secrets
	provider Provider

	secretHeader  string
	headerSecrets Secrets
}

// WebhookOption changes a [Webhook].
type WebhookOption func(*Webhook)

// WithSecretHeader also requires a header with one of the given values, which the
// webhook connection is configured to send. Unlike the signature it cannot be
// learnt from a captured body. Default: none is required.
func WithSecretHeader(name string, secrets Secrets) WebhookOption {
	return func(w *Webhook) { w.secretHeader, w.headerSecrets = name, secrets }
}

// NewWebhook returns a webhook that trusts requests signed with one of the
// signing secrets.
func NewWebhook(signing Secrets, provider Provider, options ...WebhookOption) *Webhook {
	w := &Webhook{signing: signing, provider: provider}
	for _, option := range options {
		option(w)
	}
	return w
}

// Handle answers a request. The error says why the answer is not a success, for the
// log; the answer is complete in any case.
func (w *Webhook) Handle(ctx context.Context, r Request) (Response, error) {
	body, err := w.handle(ctx, r)
	if err != nil {
		return refuse(err), err
	}
	return answer(http.StatusOK, body), nil
}

// handle verifies a request and carries it out:
//
//  1. the signature, with secrets that may just have been rotated;
//  2. the second secret, where one is required;
//  3. the action, which header and address must agree on;
//  4. the action itself.
func (w *Webhook) handle(ctx context.Context, r Request) ([]byte, error) {
	header := canonical(r.Header)
	if err := trusted(ctx, w.signing, func(secrets []string) error {
		return verify(r.Method, header, r.Body, secrets, time.Now())
	}); err != nil {
		return nil, err
	}
	if err := w.checkSecretHeader(ctx, header); err != nil {
		return nil, err
	}
	action := header.Get(actionHeader)
	for _, named := range r.Query["action"] {
		if named != action {
			return nil, &Refusal{Code: InvalidArgument, Message: "action: header and address differ"}
		}
	}
	return w.dispatch(ctx, action, r.Body)
}

// trusted checks something against the secrets that count. If none fits, they may
// have been rotated since they were read: then it reads them again, but outsiders
// cannot make it do so more often than the secrets allow.
func trusted(ctx context.Context, s Secrets, check func(secrets []string) error) error {
	secrets, err := s.Values(ctx)
	if err != nil {
		return unreadable(err)
	}
	refusal := check(secrets)
	if !errors.Is(refusal, errSignature) && !errors.Is(refusal, errHeader) || len(secrets) == 0 {
		return refusal
	}
	if _, err := s.Refresh(ctx, secrets[0]); err != nil {
		return unreadable(err)
	}
	if secrets, err = s.Values(ctx); err != nil {
		return unreadable(err)
	}
	return check(secrets)
}

// ErrUnverified is wrapped by the error of a request that could not be verified,
// because our own secret cannot be read. Anybody may have sent it.
var ErrUnverified = errors.New("read webhook secret")

// unreadable refuses a request because our own secret cannot be read.
func unreadable(err error) error {
	return &Refusal{Code: Unavailable, Message: "try again later", Err: fmt.Errorf("%w: %w", ErrUnverified, err)}
}

// checkSecretHeader compares digests, so that the time it takes tells nothing, not
// even a length.
func (w *Webhook) checkSecretHeader(ctx context.Context, header http.Header) error {
	if w.headerSecrets == nil {
		return nil
	}
	got := sha256.Sum256([]byte(header.Get(w.secretHeader)))
	return trusted(ctx, w.headerSecrets, func(secrets []string) error {
		for _, secret := range secrets {
			want := sha256.Sum256([]byte(secret))
			if secret != "" && subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
				return nil
			}
		}
		return errHeader
	})
}

// dispatch carries out one action and returns what to answer.
func (w *Webhook) dispatch(ctx context.Context, action string, body []byte) ([]byte, error) {
	p := w.provider
	switch action {
	case "challenge":
		return body, nil // byte for byte
	case "users.list":
		return perform(ctx, body, ListRequest.check, p.ListUsers)
	case "users.get":
		return perform(ctx, body, UserRequest.check, p.GetUser)
	case "users.create":
		return perform(ctx, body, UserInput.check, p.CreateUser)
	case "users.update":
		return perform(ctx, body, UserInput.checkNamed, p.UpdateUser)
	case "users.delete":
		return perform(ctx, body, UserRequest.check, acknowledged(p.DeleteUser))
	case "events.handle":
		return perform(ctx, body, nil, acknowledged(p.HandleEvent))
	}
	return nil, errUnimplemented
}

// errUnimplemented answers every action that the provider does not have. It is the
// accepted way to say so.
var errUnimplemented = &Refusal{Code: Unimplemented, Message: "this action is not available here"}

// perform decodes and checks a request, has the provider carry it out, and encodes
// the result.
func perform[In, Out any](ctx context.Context, body []byte, check func(In) error, action func(context.Context, In) (Out, error)) ([]byte, error) {
	if action == nil {
		return nil, errUnimplemented
	}
	var in In
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, &Refusal{Code: InvalidArgument, Message: decode.Problem(err)}
	}
	if check != nil {
		if err := check(in); err != nil {
			return nil, err
		}
	}
	out, err := action(ctx, in)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// acknowledged turns an action without a result into one that answers {}.
func acknowledged[In any](action func(context.Context, In) error) func(context.Context, In) (struct{}, error) {
	if action == nil {
		return nil
	}
	return func(ctx context.Context, in In) (struct{}, error) { return struct{}{}, action(ctx, in) }
}
