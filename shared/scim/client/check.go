package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
)

// How a connection can fail to be confirmed. Other errors of [Client.Check] are about the
// credentials or the way to the service.
var (
	// ErrNoFilter is returned when the service says that it has no filters: then nobody is
	// found by externalId, and a lost answer may make a second account.
	ErrNoFilter = errors.New("the service says that it has no filters")
	// ErrSomebody is returned when the service finds a user whom no pool has.
	ErrSomebody = errors.New("the service finds a user whom nobody has")
)

// Check proves that the service can be reached, takes the credentials, and can find users
// as we need it, without touching anybody:
//
//  1. it reads what the service says of itself, where the service says anything;
//  2. it looks for [directory.Nobody], whom the service must not find, nor list anybody
//     else instead.
//
// That users may be created and changed is not proven: nothing proves that but doing it.
// It returns what the service says of itself, to narrow the profile by.
func (c *Client) Check(ctx context.Context) (scim.ServiceConfig, error) {
	config, err := c.describe(ctx)
	if err != nil {
		return config, fmt.Errorf("read ServiceProviderConfig: %w", c.explain(err))
	}
	if config.Filter != nil && !config.Filter.Supported.Supported {
		return config, ErrNoFilter
	}
	found, err := c.lookUp(ctx, byExternalID, directory.Nobody)
	switch {
	case err != nil:
		return config, fmt.Errorf("look up nobody: %w", c.explain(err))
	case len(found) > 0:
		return config, ErrSomebody
	}
	return config, nil
}

// describe reads what the service says of itself. One that has no such page says nothing.
func (c *Client) describe(ctx context.Context) (scim.ServiceConfig, error) {
	var config scim.ServiceConfig
	got, err := c.do(ctx, call{method: http.MethodGet, path: "/ServiceProviderConfig"})
	switch {
	case answered(err, http.StatusNotFound, http.StatusNotImplemented):
		return config, nil
	case err != nil:
		return config, err
	case json.Unmarshal(got.body, &config) != nil:
		return scim.ServiceConfig{}, ErrNotSCIM
	}
	return config, nil
}

// explain says what the credentials need, if they were refused.
func (c *Client) explain(err error) error {
	if c.profile.Needs == "" || !errors.Is(err, reconcile.ErrUnauthorized) {
		return err
	}
	return fmt.Errorf("%w: %s", err, c.profile.Needs)
}
