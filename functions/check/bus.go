package main

import (
	"context"
	"errors"

	"github.com/poolsync/poolsync/shared/eventbus"
)

// bus is what a target that is an event bus depends on.
type bus struct {
	api  eventbus.Describer
	name string // or ARN
}

// checks returns the check of the bus.
func (b bus) checks() []check { return []check{{name: "event bus", test: b.isThere}} }

// isThere describes the bus: EventBridge takes events for one that is not there, and
// drops them. What puts an event on it to try it would be news to its rules.
func (b bus) isThere(ctx context.Context) finding {
	err := eventbus.Check(ctx, b.api, b.name)
	if err != nil && !errors.Is(err, eventbus.ErrNoBus) {
		return finding{warning, err, "If the bus is of another account, its policy may not let us describe it, and all is well: make sure that " +
			"the policy lets this account do events:PutEvents."}
	}
	return verdict(err, "Make the bus, or set the target's bus to the name or ARN of one that is there. Until then EventBridge drops every event.")
}
