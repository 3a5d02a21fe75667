// Package userhub speaks with UserHub, both ways: [Client] reports changes to its
// Admin API, and [Webhook] answers its calls as the user provider of a Custom
// Users connection.
//
// Facts about the protocol come from UserHub's documentation
// (https://userhub.com/docs) and its official SDKs.
package userhub

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
)

const (
	// DefaultBaseURL is where UserHub's API lives.
	DefaultBaseURL = "https://api.userhub.com"
	// apiVersion is sent with every request. Without it the API answers in an
	// older form.
	apiVersion = "2025-05-01"
	// userAgent names us to UserHub.
	userAgent = "poolsync/0.1.0"
	// maxBody limits what is read of an answer, in bytes, as the official SDKs do.
	maxBody = 5_242_880
)

// Key is where the Admin API key comes from.
type Key interface {
	// Value returns the key to use.
	Value(ctx context.Context) (string, error)
	// Refresh returns the key to use now that the given one was refused. The
	// same key means that there is no other.
	Refresh(ctx context.Context, refused string) (string, error)
}

// Client reports changes to one connection of a UserHub tenant. It is safe for
// use by several goroutines.
type Client struct {
	key        Key
	connection string

	base       string
	externalID ExternalID
	http       *http.Client
	backoff    outbound.Backoff
	pacer      outbound.Pacer // nil for none
}

var _ reconcile.FullTarget = (*Client)(nil)

// Option changes a [Client].
type Option func(*Client)

// WithBaseURL sends requests to another address. Default: [DefaultBaseURL].
func WithBaseURL(base string) Option {
	return func(c *Client) { c.base = strings.TrimRight(base, "/") }
}

// WithExternalID chooses how the connection identifies users. Default: [ByUsername].
func WithExternalID(by ExternalID) Option {
	return func(c *Client) { c.externalID = by }
}

// WithTransport carries requests another way. Default: [NewTransport].
func WithTransport(transport http.RoundTripper) Option {
	return func(c *Client) { c.http.Transport = transport }
}

// WithBackoff chooses the delay before a retry. Default: [outbound.Jittered].
func WithBackoff(backoff outbound.Backoff) Option {
	return func(c *Client) { c.backoff = backoff }
}

// WithPacer spaces requests out. Default: they go out as they come.
func WithPacer(pacer outbound.Pacer) Option {
	return func(c *Client) { c.pacer = pacer }
}

// NewClient returns a client for the connection with the given identifier, such
// as conn_26yEiYymqy6ZmG. It sends nothing yet.
func NewClient(key Key, connection string, options ...Option) *Client {
	c := &Client{
		key:        key,
		connection: connection,
		base:       DefaultBaseURL,
		externalID: ByUsername,
		backoff:    outbound.Jittered,
		http:       &http.Client{CheckRedirect: outbound.Stay},
	}
	for _, option := range options {
		option(c)
	}
	if c.http.Transport == nil {
		c.http.Transport = NewTransport()
	}
	return c
}

// Name names the target in the ledger. Another connection is another target.
func (c *Client) Name() string { return TargetName(c.connection) }

// TargetName is the name of a connection as a target in the ledger.
func TargetName(connection string) string { return "userhub:" + connection }

// event is the body of a users:event request.
type event struct {
	Type string `json:"type"`
	Wait bool   `json:"wait,omitempty"`
}

// Deliver reports a change as POST /admin/v1/users/{externalId}@{connectionId}:event.
// UserHub imports a user it does not know yet. With d.Confirm it answers after it
// has processed the event; without, it answers at once and a later failure is not
// reported to anyone.
//
// Repeating an event is safe, so a failed one is retried although the official SDKs
// do not: an event carries no data of the user, it only asks UserHub to look at the
// user once more.
//
// There is nothing for the ledger to keep: UserHub takes our identifier of a user for
// its own.
//
// The error wraps one of the reconcile.Err values; an answer of UserHub's is an
// [*Error]. If UserHub does not know a removed user, or is about to delete them, that
// is a success: it is what was asked for.
func (c *Client) Deliver(ctx context.Context, d reconcile.Delivery) (reconcile.Remote, error) {
	return reconcile.Remote{}, c.report(ctx, d)
}

// report makes the request of Deliver.
func (c *Client) report(ctx context.Context, d reconcile.Delivery) error {
	externalID := c.externalID.Of(d.Sub, d.Username)
	if externalID == "" {
		return fmt.Errorf("report event: %w: %s: missing", reconcile.ErrRejected, c.externalID)
	}
	err := c.call(ctx, c.userPath(externalID)+":event", event{eventType(d.Kind), d.Confirm})
	if e, ok := errors.AsType[*Error](err); ok && e.userGone() && d.Kind == directory.Removed {
		return nil
	}
	if err != nil {
		return fmt.Errorf("report event: %w", err)
	}
	return nil
}

// eventType translates a kind of change. There is no type for a removal: CHANGED
// makes UserHub look, and find the user gone.
func eventType(kind directory.Kind) string {
	switch kind {
	case directory.SignIn:
		return "SIGNIN"
	case directory.SignUp:
		return "SIGNUP"
	default:
		return "CHANGED"
	}
}

// userPath returns the path of the user that our connection knows by externalID. The
// identifier is one path segment; its at sign may stay as it is, and UserHub splits
// at the last one, so that an e-mail address is a valid external id.
func (c *Client) userPath(externalID string) string {
	return "/admin/v1/users/" + url.PathEscape(externalID+"@"+c.connection)
}

// call posts one request and returns the error that its answer means:
//
//  1. read the key;
//  2. send, and if the key is refused, send once more with a newer one;
//  3. repeat after a delay, while that is useful and the context leaves time.
func (c *Client) call(ctx context.Context, path string, in any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	key, err := c.key.Value(ctx)
	if err != nil {
		return fmt.Errorf("%w: read Admin key: %w", reconcile.ErrUnavailable, err)
	}
	refreshed := false
	return c.retry(ctx, func() error {
		err := outbound.Paced(ctx, c.pacer, func() error { return c.send(ctx, key, path, body) })
		if e, ok := errors.AsType[*Error](err); !ok || e.Status != http.StatusUnauthorized || refreshed {
			return err
		}
		refreshed = true
		fresh, refreshErr := c.key.Refresh(ctx, key)
		if refreshErr != nil || fresh == key {
			return err
		}
		key = fresh
		return outbound.Paced(ctx, c.pacer, func() error { return c.send(ctx, key, path, body) })
	})
}

// send makes one HTTP request.
func (c *Client) send(ctx context.Context, key, path string, body []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%w: %w", reconcile.ErrUnavailable, outbound.WithoutURL(err))
	}
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("UserHub-Api-Version", apiVersion)
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")

	response, err := c.http.Do(request)
	if err != nil {
		return outbound.NoAnswer(err)
	}
	defer response.Body.Close()
	limited := io.LimitReader(response.Body, maxBody)
	// What follows is read so that the connection can be used again.
	defer io.Copy(io.Discard, limited)

	switch {
	case response.StatusCode/100 != 2:
		return newError(response, limited)
	case !isSuccess(limited):
		return &Error{Code: Unknown, Status: response.StatusCode}
	}
	return nil
}

// isSuccess reports whether the body of a 2xx answer is UserHub's: a JSON object or
// nothing. If a page comes instead, from a proxy or a wrong address, UserHub has been
// told nothing.
func isSuccess(body io.Reader) bool {
	err := json.NewDecoder(body).Decode(&struct{}{})
	return err == nil || errors.Is(err, io.EOF)
}
