package client

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/poolsync/poolsync/shared/scim"
)

// update changes what differs of a user from the values. It sends nothing if nothing does.
func (a *attempt) update(ctx context.Context, u *user, values []scim.Value) error {
	changed := slices.DeleteFunc(slices.Clone(values), func(v scim.Value) bool { return same(u.Resource, v) })
	if a.profile.Activation == nil {
		return a.change(ctx, u, changed)
	}
	// Whether one is active goes by itself, because it may have to go another way.
	isActive := func(v scim.Value) bool { return v.Path == scim.PathActive }
	active := slices.DeleteFunc(slices.Clone(changed), func(v scim.Value) bool { return !isActive(v) })
	if err := a.change(ctx, u, slices.DeleteFunc(changed, isActive)); err != nil {
		return err
	}
	err := a.change(ctx, u, active)
	if answered(err, a.profile.Activation.Statuses...) {
		return a.activate(ctx, u.ID(), active[0].Content)
	}
	return err
}

// change makes the changes in one request: by PATCH, or by PUT where the service does not
// implement that.
func (a *attempt) change(ctx context.Context, u *user, values []scim.Value) error {
	if len(values) == 0 {
		return nil
	}
	if !a.putOnly.Load() {
		patch := scim.NewPatch(a.operations(u.Resource, values)...)
		err := a.fenced(ctx, u, http.MethodPatch, patch)
		if !answered(err, http.StatusNotImplemented, http.StatusMethodNotAllowed) {
			return err
		}
		a.putOnly.Store(true)
	}
	return a.replace(ctx, u, values)
}

// fence returns the ETag that must still be the user's when a change arrives: one that
// comes late, after its sender has given up, must not undo a newer one. Without an ETag
// there is no fence; and neither is there for a service that took a version for another
// one, and shows the same again: by RFC 9110, section 13.1.1, a weak ETag never matches.
func (a *attempt) fence(u *user) string {
	if u.etag == a.stale {
		return ""
	}
	return u.etag
}

// fenced makes a request that changes a user, unless the user is another version by now.
func (a *attempt) fenced(ctx context.Context, u *user, method string, body any) error {
	got, err := a.do(ctx, call{method: method, path: userPath(u.ID()), body: body, match: a.fence(u)})
	if answered(err, http.StatusPreconditionFailed) {
		a.stale = u.etag
	}
	if err == nil {
		u.etag = got.header.Get("ETag")
	}
	return err
}

// replace makes the changes by PUT of the user as the service showed them, for whatever is
// left out is cleared. What the service alone writes is left out; some refuse it.
func (a *attempt) replace(ctx context.Context, u *user, values []scim.Value) error {
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
	return a.fenced(ctx, u, http.MethodPut, whole)
}

// activate changes whether a user is active by the profile's other way.
func (a *attempt) activate(ctx context.Context, id string, active any) error {
	way := a.profile.Activation
	body := map[string]any{"schemas": []string{way.Schema}, "active": active}
	_, err := a.do(ctx, call{method: http.MethodPut, path: way.Path + url.PathEscape(id), body: body})
	return err
}
