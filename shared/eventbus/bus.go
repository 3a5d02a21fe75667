// Package eventbus is a target: it puts what changes in the pool on an EventBridge bus of
// the owner's, for rules to pick up. infra/docs/bus.md says what consumers can rely on.
//
// Nothing of a user is shown but the sub and whether they are enabled, unless the owner
// names it.
package eventbus

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// API is what a [Bus] needs of the EventBridge client.
type API interface {
	PutEvents(context.Context, *eventbridge.PutEventsInput, ...func(*eventbridge.Options)) (*eventbridge.PutEventsOutput, error)
}

// Filled reports whether the target has been filled once: whether a run has told it, or
// rather its ledger, of everybody.
type Filled func(ctx context.Context) (bool, error)

// Bus puts events on one bus. It is safe for concurrent use: what is delivered at the
// same time goes out in one request.
type Bus struct {
	name    string // or ARN
	pool    string
	filled  Filled // nil to announce everybody
	full    atomic.Bool
	view    view
	signIns bool
	carrier *carrier
}

var _ reconcile.FullTarget = (*Bus)(nil)

// Option changes a [Bus].
type Option func(*Bus)

// WithAttributes lets these attributes be shown, and the user name if it is among them
// as [Username]. [AllAttributes] stands for all of them. Default: nothing is shown.
func WithAttributes(names ...string) Option {
	return func(b *Bus) { b.view = newView(names) }
}

// WithoutSignIns has no events tell of sign-ins and sign-ups. Default: they do.
func WithoutSignIns() Option { return func(b *Bus) { b.signIns = false } }

// WithExisting has the first run announce everybody as created. Default: it does not.
// Then those are announced whose creation somebody has just told of, and from the end
// of the first run on everybody who is new.
func WithExisting() Option { return func(b *Bus) { b.filled = nil } }

// WithPacer spaces requests out, one turn for each. Default: they go out as they come.
func WithPacer(pacer outbound.Pacer) Option { return func(b *Bus) { b.carrier.pacer = pacer } }

// New returns a target that puts events on a bus, given by its name or, in another
// account, by its ARN, about users of the pool with that id. It sends nothing yet.
func New(api API, bus, pool string, filled Filled, options ...Option) *Bus {
	b := &Bus{name: bus, pool: pool, filled: filled, signIns: true, carrier: newCarrier(api, bus)}
	for _, option := range options {
		option(b)
	}
	return b
}

// Name names the target in the ledger. Another bus is another target.
func (b *Bus) Name() string { return TargetName(b.name) }

// TargetName is the name of a bus, given as in the settings, as a target in the ledger.
func TargetName(bus string) string { return "bus:" + bus }

// Nature says what a bus is: it knows of users what it is told, and of sign-ins if they
// are wanted. If not, a sign-in can still bring changed attributes of a federated user.
//
// A creation is claimed first, so that two changes of somebody new, which often come at
// the same moment, announce them once.
func (b *Bus) Nature() reconcile.Nature {
	switch {
	case b.signIns:
		return reconcile.Nature{Claims: true, SignIns: reconcile.SignInEvents}
	case b.view.nothing():
		return reconcile.Nature{Claims: true, SignIns: reconcile.NoSignIns}
	}
	return reconcile.Nature{Claims: true, SignIns: reconcile.SignInHints}
}

// Fingerprint returns the fingerprint of what is shown of a user.
func (b *Bus) Fingerprint(u directory.User) directory.Fingerprint { return b.view.fingerprint(u) }

// Deliver puts the events that a change gives rise to on the bus, and returns once
// EventBridge has taken all of them. If it did not take one, all are sent again with the
// next delivery, under the same ids.
//
// The error wraps one of the reconcile.Err values; an answer of EventBridge's is an
// [*Error]. A failure to find out whether the target has been filled counts as
// [reconcile.ErrUnavailable].
func (b *Bus) Deliver(ctx context.Context, d reconcile.Delivery) (reconcile.Remote, error) {
	if d.Kind != directory.Removed && d.User == nil {
		return reconcile.Remote{}, fmt.Errorf("%w: %w", reconcile.ErrUnavailable, errNoUser)
	}
	silent, err := b.silent(ctx, d)
	if err != nil {
		return reconcile.Remote{}, err
	}
	told, remote := b.tellings(d, silent)
	entries := make([]entry, len(told))
	for i, h := range told {
		if entries[i], err = encode(h); err != nil {
			return reconcile.Remote{}, err
		}
	}
	if err := b.carrier.carry(ctx, entries); err != nil {
		return reconcile.Remote{}, err
	}
	return remote, nil
}

// errNoUser is the failure of a delivery that says nothing of the user. The engine makes
// none.
var errNoUser = errors.New("the delivery has no user")
