package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
)

// attempt is a delivery with what was learnt from its first tries.
type attempt struct {
	*Client
	reconcile.Delivery
	tried bool   // we may have created the user by now, or taken one over as ours
	place int    // among others of one call
	stale string // the ETag that was not the user's any more when our change came
}

// bring brings the service to the user's state:
//
//  1. map the user to what we own of them;
//  2. find the user at the service;
//  3. create one if there is none, and where the service has one after all, take that;
//  4. change what differs.
//
// What it returns with an error is what the ledger keeps if that is a refusal.
func (a *attempt) bring(ctx context.Context) (reconcile.Remote, error) {
	values, err := a.mapping.Values(*a.User)
	if err != nil {
		return a.Held, fmt.Errorf("map user: %w: %w", reconcile.ErrRejected, err)
	}
	m, err := a.find(ctx, values)
	if err != nil {
		return a.Held, fmt.Errorf("find user: %w", err)
	}
	if m == nil {
		id, err := a.create(ctx, values)
		switch {
		case err == nil:
			return reconcile.Remote{ID: id, Note: created}, nil
		case !duplicate(err):
			return a.Held, fmt.Errorf("create user: %w", err)
		}
		if m, err = a.inTheWay(ctx, values, err); err != nil {
			return a.Held, fmt.Errorf("create user: %w", err)
		}
	}
	if err := a.update(ctx, m.user, a.may(m, values)); err != nil {
		return m.remote(), fmt.Errorf("update user: %w", err)
	}
	return m.remote(), nil
}

// find returns the user at the service, or nil if there is none that we know of.
func (a *attempt) find(ctx context.Context, values []scim.Value) (*match, error) {
	m, err := a.held(ctx)
	if m != nil || err != nil {
		return m, err
	}
	if a.Held.ID != "" || a.claimed(a.Delivery) || a.tried || a.profile.SameNames {
		if m, err := a.linked(ctx); m != nil || err != nil {
			return m, err
		}
	}
	if a.adoption == AdoptNobody {
		return nil, nil
	}
	return a.candidate(ctx, userName(values))
}

// inTheWay returns the user for whom the service refused to create one, if it is this one
// after all, or may be taken over. Else it fails with [ErrTaken] and the refusal.
func (a *attempt) inTheWay(ctx context.Context, values []scim.Value, refusal error) (*match, error) {
	m, err := a.linked(ctx)
	if m == nil && err == nil && (a.adoption != AdoptNobody || a.former != nil) {
		m, err = a.candidate(ctx, userName(values))
	}
	if m == nil && err == nil {
		err = fmt.Errorf("%w: %w", ErrTaken, refusal)
	}
	return m, err
}

// userName returns the user name among the values of a user, which is their first.
func userName(values []scim.Value) string {
	name, _ := values[0].Content.(string)
	return name
}

// create makes a new user and returns the service's identifier.
func (a *attempt) create(ctx context.Context, values []scim.Value) (string, error) {
	got, err := a.do(ctx, call{method: http.MethodPost, path: "/Users", body: a.resource(values)})
	if err != nil {
		a.tried = a.tried || mayHaveTakenEffect(err)
		return "", err
	}
	a.tried = true
	return a.identifier(ctx, got)
}

// resource returns the user to create.
func (c *Client) resource(values []scim.Value) scim.Resource {
	user := scim.NewUser()
	for _, v := range append(values[:len(values):len(values)], c.profile.Created...) {
		if v.Content != nil {
			user.Set(v.Path, v.Content)
		}
	}
	return user
}

// mayHaveTakenEffect reports whether a request may have done what it asks for, although
// no success was answered.
func mayHaveTakenEffect(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Status >= 500 && e.Status != http.StatusNotImplemented
	}
	return outbound.IsNoAnswer(err)
}

// unsettled returns the error of an attempt that has failed. If the user may have been
// created, it says no more than that the service is unavailable, whatever failed after that:
// the claim has to stay, by which the next attempt knows the account as ours.
func (a *attempt) unsettled(err error) error {
	if v := reconcile.VerdictOf(err); !a.tried || v != reconcile.Unauthorized && v != reconcile.Throttled {
		return err
	}
	return fmt.Errorf("%w: the user may have been created: %v", reconcile.ErrUnavailable, err)
}

// identifier returns the service's identifier of a user just created: the body's, or else
// that in the Location header, which some services leave out. Failing both it looks the
// user up.
func (a *attempt) identifier(ctx context.Context, got *answer) (string, error) {
	if r := got.resource(); r != nil {
		return r.ID(), nil
	}
	if id := located(got.header.Get("Location")); id != "" {
		u, err := a.get(ctx, id)
		if err != nil || u != nil {
			return id, err
		}
	}
	u, err := a.own(ctx, a.Sub)
	switch {
	case err != nil:
		return "", err
	case u == nil:
		return "", ErrNotSCIM
	}
	return u.ID(), nil
}

// located returns the identifier in a user's address, which may be a part of one, or "".
func located(address string) string {
	_, escaped, _ := strings.Cut(address, "/Users/")
	id, err := url.PathUnescape(escaped)
	if err != nil || strings.Contains(escaped, "/") {
		return ""
	}
	return id
}

// may returns what we may change of a user: of one whom we adopted neither user name nor
// addresses nor whether they are active, and nothing is taken from them.
func (a *attempt) may(m *match, values []scim.Value) []scim.Value {
	if m.note == created {
		return values
	}
	var ours []scim.Value
	for _, v := range values {
		if v.Content != nil && v.Path != scim.PathUserName && v.Path != scim.PathActive && v.Path.Attribute != scim.PathEmail.Attribute {
			ours = append(ours, v)
		}
	}
	return ours
}
