package client

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/poolsync/poolsync/shared/reconcile"
)

// Credentials are what the service knows us by.
type Credentials interface {
	// Header returns the value of the Authorization header. Its error wraps one of the
	// reconcile.Err values.
	Header(ctx context.Context) (string, error)
	// Renew returns the value to use now that the given one was refused. The same value
	// means that there is no other.
	Renew(ctx context.Context, refused string) (string, error)
}

// Secret is where a token or a password comes from. secret.Secret is one.
type Secret interface {
	// Value returns the secret to use.
	Value(ctx context.Context) (string, error)
	// Refresh returns the secret to use now that the given one was refused. The same
	// secret means that there is no other.
	Refresh(ctx context.Context, refused string) (string, error)
}

// Bearer returns the credentials of somebody who holds a token that does not change by
// itself (RFC 6750).
func Bearer(token Secret) Credentials {
	return written{token, func(token string) string { return "Bearer " + token }}
}

// Basic returns the credentials of a user with a password (RFC 7617). The user name has no
// colon.
func Basic(user string, password Secret) Credentials {
	return written{password, func(password string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
	}}
}

// written are credentials that are a secret, written in some way.
type written struct {
	secret Secret
	write  func(secret string) string
}

func (w written) Header(ctx context.Context) (string, error) {
	secret, err := w.secret.Value(ctx)
	if err != nil {
		return "", fmt.Errorf("%w: read secret: %w", reconcile.ErrUnavailable, err)
	}
	return w.write(secret), nil
}

// Renew asks for another secret only if the one in use is the one that was refused:
// somebody may have renewed it by now.
func (w written) Renew(ctx context.Context, refused string) (string, error) {
	secret, err := w.secret.Value(ctx)
	if err == nil && w.write(secret) == refused {
		secret, err = w.secret.Refresh(ctx, secret)
	}
	if err != nil {
		return "", fmt.Errorf("%w: read secret: %w", reconcile.ErrUnavailable, err)
	}
	return w.write(secret), nil
}
