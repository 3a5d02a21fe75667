package client

import (
	"context"
	"net/http"
	"slices"

	"github.com/poolsync/poolsync/shared/scim"
)

// update changes what differs of a user from the values. It sends nothing if nothing does.
func (c *Client) update(ctx context.Context, u *user, values []scim.Value) error {
	changed := slices.DeleteFunc(slices.Clone(values), func(v scim.Value) bool { return same(u.Resource, v) })
	if c.profile.Activation == nil {
		return c.change(ctx, u, changed)
	}
	// Whether one is active goes by itself, because it may have to go another way.
	isActive := func(v scim.Value) bool { return v.Path == scim.PathActive }
	active := slices.DeleteFunc(slices.Clone(changed), func(v scim.Value) bool { return !isActive(v) })
	if err := c.change(ctx, u, slices.DeleteFunc(changed, isActive)); err != nil {
		return err
	}
	err := c.change(ctx, u, active)
	if answered(err, c.profile.Activation.Statuses...) {
		return c.activate(ctx, u.ID(), active[0].Content)
	}
	return err
}

// change makes the changes in one request: by PATCH, or by PUT where the service does not
// implement that.
func (c *Client) change(ctx context.Context, u *user, values []scim.Value) error {
	if len(values) == 0 {
		return nil
	}
	if !c.putOnly.Load() {
		patch := scim.NewPatch(c.operations(u.Resource, values)...)
		_, err := c.do(ctx, call{method: http.MethodPatch, path: userPath(u.ID()), body: patch})
		if !answered(err, http.StatusNotImplemented, http.StatusMethodNotAllowed) {
			return err
		}
		c.putOnly.Store(true)
	}
	return c.replace(ctx, u, values)
}

// replace makes the changes by PUT of the user as the service showed them, for whatever is
// left out is cleared. What the service alone writes is left out; some refuse it.
func (c *Client) replace(ctx context.Context, u *user, values []scim.Value) error {
	whole := u.Clone()
	for _, name := range []string{"meta", "groups"} {
		whole.Clear(scim.Path{Attribute: name})
	}
	for _, v := range values {
		if v.Content == nil {
			whole.Clear(v.Path)
		} else {
			whole.Set(v.Path, v.Content)
		}
	}
	_, err := c.do(ctx, call{method: http.MethodPut, path: userPath(u.ID()), body: whole, match: u.etag})
	return err
}

// activate changes whether a user is active by the profile's other way.
func (c *Client) activate(ctx context.Context, id string, active any) error {
	way := c.profile.Activation
	body := map[string]any{"schemas": []string{way.Schema}, "active": active}
	_, err := c.do(ctx, call{method: http.MethodPut, path: way.Path + id, body: body})
	return err
}
