package client

import (
	"context"
	"sync"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// Outcome is what came of one delivery: what [Client.Deliver] returns.
type Outcome struct {
	Remote reconcile.Remote
	Err    error
}

// atOnce is how many deliveries of [Client.DeliverAll] go at once that do not go by Bulk.
const atOnce = 10

// DeliverAll is [Client.Deliver] for many deliveries, each of another user. It returns
// their outcomes in the same order: one that fails does not concern the others.
//
//  1. Users whom nobody can have created yet are created by Bulk, where the service has
//     it: as many in a request as it takes.
//  2. All others are delivered one by one, some at once: a look comes first. So are those
//     whose creation the service refused because somebody is in the way.
func (c *Client) DeliverAll(ctx context.Context, all []reconcile.Delivery) []Outcome {
	outcomes := make([]Outcome, len(all))
	single := make([]*attempt, 0, len(all))
	var creations []creation
	for i, d := range all {
		a := &attempt{Client: c, Delivery: d, place: i}
		if made, ok := c.creation(a); ok {
			creations = append(creations, made)
		} else {
			single = append(single, a)
		}
	}
	for _, group := range c.groups(creations) {
		single = append(single, c.createAll(ctx, group, outcomes)...)
	}
	var under sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for _, a := range single {
		turns <- struct{}{}
		under.Go(func() {
			defer func() { <-turns }()
			remote, err := a.deliver(ctx)
			outcomes[a.place] = Outcome{remote, err}
		})
	}
	under.Wait()
	return outcomes
}

// creation returns the creation that a delivery comes to, if it is one for certain.
func (c *Client) creation(a *attempt) (creation, bool) {
	d := a.Delivery
	if c.noBulk.Load() || d.Kind == directory.Removed || d.User == nil || !c.InScope(*d.User) ||
		d.Held.ID != "" || c.claimed(d) || c.profile.SameNames || c.adoption != AdoptNobody {
		return creation{}, false
	}
	values, err := c.mapping.Values(*d.User)
	if err != nil {
		return creation{}, false
	}
	data, err := encode(a.resource(values))
	return creation{a, data}, err == nil
}
