package client

import (
	"context"
	"fmt"
	"net/http"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
)

// leave does about a leaver what the settings say. That nobody is there to do it to is a
// success: the ledger may know no more than that somebody was about to create them.
func (c *Client) leave(ctx context.Context, d reconcile.Delivery) (reconcile.Remote, error) {
	if c.leavers == Keep || d.Held == (reconcile.Remote{Note: outside}) {
		return reconcile.Remote{}, nil
	}
	m, err := c.held(ctx, d)
	if m == nil && err == nil {
		m, err = c.linked(ctx, d, false)
	}
	switch {
	case err != nil:
		return d.Held, fmt.Errorf("find leaver: %w", err)
	case m == nil:
		return reconcile.Remote{}, nil
	}
	if err := c.part(ctx, m, d.Sub); err != nil {
		return m.remote(), fmt.Errorf("part with leaver: %w", err)
	}
	return reconcile.Remote{}, nil
}

// part lets go of a user whom we adopted, and disables or deletes one whom we created.
func (c *Client) part(ctx context.Context, m *match, sub string) error {
	switch {
	case m.note != created && m.Text(scim.PathExternalID) != sub:
		return nil
	case m.note != created:
		return c.update(ctx, m.user, []scim.Value{{Path: scim.PathExternalID}})
	case c.leavers == Delete:
		return c.delete(ctx, m.ID())
	}
	return c.update(ctx, m.user, []scim.Value{{Path: scim.PathActive, Content: false}})
}

// delete deletes a user. One who is gone already is a success.
func (c *Client) delete(ctx context.Context, id string) error {
	path := userPath(id)
	if c.profile.DeleteQuery != "" {
		path += "?" + c.profile.DeleteQuery
	}
	_, err := c.do(ctx, call{method: http.MethodDelete, path: path})
	if answered(err, http.StatusNotFound, http.StatusGone) {
		return nil
	}
	return err
}
