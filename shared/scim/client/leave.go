package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
)

// leave does about a leaver what the settings say. That nobody is there to do it to is a
// success: the ledger may know no more than that somebody was about to create them.
func (a *attempt) leave(ctx context.Context) (reconcile.Remote, error) {
	if a.leavers == Keep || a.Held == (reconcile.Remote{Note: outside}) {
		return reconcile.Remote{}, nil
	}
	m, err := a.held(ctx)
	if m == nil && err == nil {
		m, err = a.linked(ctx)
	}
	switch {
	case err != nil:
		return a.Held, fmt.Errorf("find leaver: %w", err)
	case m == nil:
		return reconcile.Remote{}, nil
	}
	if err := a.part(ctx, m); err != nil {
		return m.remote(), fmt.Errorf("part with leaver: %w", err)
	}
	return reconcile.Remote{}, nil
}

// part lets go of a user whom we adopted, and disables or deletes one whom we created.
func (a *attempt) part(ctx context.Context, m *match) error {
	switch {
	case m.note != created && m.Text(scim.PathExternalID) != a.Sub:
		return nil
	case m.note != created:
		return a.update(ctx, m.user, []scim.Value{{Path: scim.PathExternalID}})
	case a.leavers == Delete:
		return a.delete(ctx, m.ID())
	}
	return a.update(ctx, m.user, []scim.Value{{Path: scim.PathActive, Content: false}})
}

// delete deletes a user. That they are gone already is a success, if the service itself
// says so, and not something in front of it.
func (c *Client) delete(ctx context.Context, id string) error {
	path := userPath(id)
	if c.profile.DeleteQuery != "" {
		path += "?" + c.profile.DeleteQuery
	}
	_, err := c.do(ctx, call{method: http.MethodDelete, path: path})
	if e, ok := errors.AsType[*Error](err); ok && e.form == ofSCIM && answered(e, http.StatusNotFound, http.StatusGone) {
		return nil
	}
	return err
}
