// Package client keeps users at a SCIM 2.0 service in step with the pool: [Client] is a
// target.
//
// A user is found by the identifier that the service gave them, which the ledger keeps, or
// by externalId, which is the user's sub. Nobody is found by name or address unless a
// setting says so, and then only who is nobody else's: see [Adoption].
package client

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
	"github.com/poolsync/poolsync/shared/scim"
)

// userAgent names us to the service.
const userAgent = "poolsync/0.1.0"

// Leavers says what becomes of a user at the service who has left the pool, or the scope.
type Leavers string

// What can become of leavers. It happens to users whom we created. One whom we adopted is
// let go: only our externalId is taken away.
const (
	Disable Leavers = "disable" // made inactive
	Delete  Leavers = "delete"
	Keep    Leavers = "none" // left as they are
)

// Adoption says which users are taken over who were at the service before us.
type Adoption string

// The adoptions.
const (
	// AdoptNobody is for nobody but who carries the user's sub as externalId.
	AdoptNobody Adoption = ""
	// AdoptVerified is also for who has no externalId, and the address that the pool's
	// user has verified. Of them we change neither user name nor addresses nor whether
	// they are active.
	AdoptVerified Adoption = "verifiedEmail"
	// AdoptOwn takes over the same users, and treats them from then on as if we had
	// created them. It is for who replaces another import of the same pool.
	AdoptOwn Adoption = "own"
)

// Former tells of users who are gone from the pool.
type Former interface {
	// Vacant reports whether a sub was a user of the pool whom we created at the
	// service, and who is proven to be gone.
	Vacant(ctx context.Context, sub string) (bool, error)
}

// Client is a service as a target. It is safe for use by several goroutines.
type Client struct {
	base        string
	credentials Credentials
	profile     scim.Profile
	mapping     scim.Mapping

	leavers  Leavers
	adoption Adoption
	former   Former // nil for no reuse
	claimed  func(reconcile.Delivery) bool
	outside  []string
	http     *http.Client
	backoff  outbound.Backoff
	pacer    outbound.Pacer // nil for none
	log      *slog.Logger

	bulkPacer outbound.Pacer // of Bulk requests; nil for pacer
	putOnly   atomic.Bool    // the service does not implement PATCH
	noBulk    atomic.Bool    // the service does not implement Bulk
}

var _ reconcile.FullTarget = (*Client)(nil)

// New returns a client for the service at the base address, such as
// https://example.com/scim/v2, below which /Users lies. It sends nothing yet.
func New(base string, credentials Credentials, profile scim.Profile, mapping scim.Mapping, options ...Option) *Client {
	c := &Client{
		base: strings.TrimRight(base, "/"), credentials: credentials, profile: profile, mapping: mapping,
		leavers: Disable, outside: []string{"UNCONFIRMED"}, claimed: claimed, backoff: outbound.Jittered, log: slog.New(slog.DiscardHandler),
		http: &http.Client{CheckRedirect: outbound.Stay},
	}
	for _, option := range options {
		option(c)
	}
	if c.http.Transport == nil {
		c.http.Transport = outbound.NewTransport()
	}
	c.putOnly.Store(profile.NoPatch)
	c.noBulk.Store(profile.Bulk.Operations < 2)
	return c
}

// Nature says what a SCIM service is: it holds users in full, by identifiers of its own,
// so that a creation is claimed first.
// Sign-ins are hints, because the attributes of a federated user change there.
func (*Client) Nature() reconcile.Nature {
	return reconcile.Nature{SignIns: reconcile.SignInHints, Claims: true}
}

// InScope reports whether the service is told of a user.
func (c *Client) InScope(u directory.User) bool { return !slices.Contains(c.outside, u.Status) }

// Deliver brings the service to the pool's state of a user, or does about a leaver what
// the settings say. It returns once the service has answered.
//
// The ledger keeps the service's identifier of the user, and as a note whether we created
// or adopted them. Who is not in scope is left alone, with a note that says so.
//
// The error wraps one of the reconcile.Err values; an answer of the service's is an
// [*Error].
func (c *Client) Deliver(ctx context.Context, d reconcile.Delivery) (reconcile.Remote, error) {
	return (&attempt{Client: c, Delivery: d}).deliver(ctx)
}

// deliver is Deliver, with what was learnt before.
func (a *attempt) deliver(ctx context.Context) (reconcile.Remote, error) {
	switch {
	case a.Kind == directory.Removed:
		return a.retry(ctx, a.leave)
	case a.User == nil:
		return a.Held, errNoUser
	case !a.InScope(*a.User):
		return outsider(a.Held), nil
	}
	remote, err := a.retry(ctx, a.bring)
	return remote, a.unsettled(err)
}
