package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
)

const (
	// tokenTimeout bounds one request for a token.
	tokenTimeout = 10 * time.Second
	// tokenMargin is how long before its end a token is renewed.
	tokenMargin = 10 * time.Second
	// tokenPause is the least time between two requests for a token because one was
	// refused: a service that refuses all of them must not cost a request each time,
	// and requests for tokens have a limit of their own.
	tokenPause = 10 * time.Second
)

// ClientCredentials gets tokens by OAuth 2.0's client credentials grant (RFC 6749, section
// 4.4), one at a time, and keeps each until it ends or is refused. It is safe for use by
// several goroutines.
type ClientCredentials struct {
	config clientcredentials.Config
	secret Secret
	http   *http.Client

	turn chan struct{} // held to touch what follows; a mutex that can be left when a context ends

	token   *oauth2.Token
	renewed time.Time // when a token was last asked for because one was refused
}

// NewClientCredentials returns the credentials of the client with that id, whose secret
// has to be given to the token endpoint's address. Requests are carried by the transport.
func NewClientCredentials(tokenURL, id string, secret Secret, transport http.RoundTripper, scopes ...string) *ClientCredentials {
	return &ClientCredentials{
		config: clientcredentials.Config{
			ClientID: id, TokenURL: tokenURL, Scopes: scopes,
			// Found out by trying, it would be sent in the form too when it is refused.
			AuthStyle: oauth2.AuthStyleInHeader,
		},
		secret: secret,
		http:   &http.Client{Transport: transport, Timeout: tokenTimeout, CheckRedirect: outbound.Stay},
		turn:   make(chan struct{}, 1),
	}
}

// Header returns the Authorization header with a token that counts for a while yet. The
// error wraps [reconcile.ErrUnauthorized] if the secret was refused.
func (c *ClientCredentials) Header(ctx context.Context) (string, error) {
	if err := c.acquire(ctx); err != nil {
		return "", err
	}
	defer c.release()
	if c.token != nil && (c.token.Expiry.IsZero() || time.Until(c.token.Expiry) > tokenMargin) {
		return header(c.token), nil
	}
	return c.fetch(ctx)
}

// Renew returns the header with another token than the refused one. Who comes soon after
// another gets that one's.
func (c *ClientCredentials) Renew(ctx context.Context, refused string) (string, error) {
	if err := c.acquire(ctx); err != nil {
		return "", err
	}
	defer c.release()
	if c.token != nil && (header(c.token) != refused || time.Since(c.renewed) < tokenPause) {
		return header(c.token), nil
	}
	c.renewed = time.Now()
	return c.fetch(ctx)
}

func header(t *oauth2.Token) string { return "Bearer " + t.AccessToken }

func (c *ClientCredentials) acquire(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w: wait for a token: %w", reconcile.ErrUnavailable, ctx.Err())
	}
}

func (c *ClientCredentials) release() { <-c.turn }

// fetch gets a token, with a newer secret if the one in use is refused. The caller holds
// the turn.
func (c *ClientCredentials) fetch(ctx context.Context) (string, error) {
	secret, err := c.secret.Value(ctx)
	if err != nil {
		return "", fmt.Errorf("%w: read client secret: %w", reconcile.ErrUnavailable, err)
	}
	token, err := c.ask(ctx, secret)
	if errors.Is(err, reconcile.ErrUnauthorized) {
		fresh, renewal := c.secret.Refresh(ctx, secret)
		if renewal == nil && fresh != secret {
			token, err = c.ask(ctx, fresh)
		}
	}
	if err != nil {
		return "", fmt.Errorf("get token: %w", err)
	}
	c.token = token
	return header(token), nil
}

// ask makes one request for a token. Its context is that of the request, not one that
// outlasts it.
func (c *ClientCredentials) ask(ctx context.Context, secret string) (*oauth2.Token, error) {
	config := c.config
	config.ClientSecret = secret
	token, err := config.Token(context.WithValue(ctx, oauth2.HTTPClient, c.http))
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return nil, newTokenError(refusal)
	}
	if err != nil {
		return nil, outbound.NoAnswer(err)
	}
	return token, nil
}
