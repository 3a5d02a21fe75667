package client

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/poolsync/poolsync/shared/scim"
)

// user is a user at the service.
type user struct {
	scim.Resource
	etag string
}

// get returns the user with that identifier of the service's, or nil if there is none.
func (c *Client) get(ctx context.Context, id string) (*user, error) {
	got, err := c.do(ctx, call{method: http.MethodGet, path: userPath(id)})
	switch {
	case answered(err, http.StatusNotFound, http.StatusGone):
		return nil, nil
	case err != nil:
		return nil, err
	}
	r := got.resource()
	if r == nil {
		return nil, ErrNotSCIM
	}
	return newUser(r, got.header), nil
}

// newUser returns a user as an answer shows one. The ETag of one in a list is their version
// (RFC 7643, section 3.1).
func newUser(r scim.Resource, header http.Header) *user {
	return &user{r, cmp.Or(header.Get("ETag"), r.Text(scim.Path{Attribute: "meta", Part: "version"}))}
}

// What users are looked up by, as it stands in a filter.
const (
	byExternalID = "externalId"
	byUserName   = "userName"
	byAddress    = "emails.value"
)

// lookUp returns the users of whom an attribute has a value. It fails with
// [ErrFilterIgnored] if the answer lists anybody else, and with [ErrNotSCIM] if it is not
// a list: both prove nothing.
func (c *Client) lookUp(ctx context.Context, attribute, value string) ([]*user, error) {
	quoted, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	filter := url.Values{"filter": {attribute + " eq " + string(quoted)}}
	got, err := c.do(ctx, call{method: http.MethodGet, path: "/Users" + query(filter)})
	if err != nil {
		return nil, err
	}
	var list scim.List
	if json.Unmarshal(got.body, &list) != nil || !list.Valid() {
		return nil, ErrNotSCIM
	}
	var found []*user
	for _, r := range list.Resources {
		if !has(r, attribute, value) || r.ID() == "" {
			return nil, ErrFilterIgnored
		}
		found = append(found, newUser(r, http.Header{}))
	}
	if list.Total > 0 && len(found) == 0 {
		return nil, ErrNotSCIM // it counts somebody whom it does not show
	}
	return found, nil
}

// has reports whether a user is one of those that were asked for. Services differ in
// whether case matters.
func has(r scim.Resource, attribute, value string) bool {
	switch attribute {
	case byExternalID:
		return strings.EqualFold(r.Text(scim.PathExternalID), value)
	case byUserName:
		return strings.EqualFold(r.Text(scim.PathUserName), value)
	}
	for _, entry := range r.Entries(scim.PathEmail) {
		if strings.EqualFold(scim.Resource(entry).Text(scim.Path{Attribute: "value"}), value) {
			return true
		}
	}
	return false
}

// own returns the user whose externalId is a sub, or nil if there is none. It fails with
// [ErrSeveral] if there are more: externalId need not be unique.
func (c *Client) own(ctx context.Context, sub string) (*user, error) {
	found, err := c.lookUp(ctx, byExternalID, sub)
	if err != nil {
		return nil, err
	}
	var own *user
	for _, u := range found {
		switch {
		case u.Text(scim.PathExternalID) != sub:
		case own != nil:
			return nil, ErrSeveral
		default:
			own = u
		}
	}
	return own, nil
}
