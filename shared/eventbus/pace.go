package eventbus

import (
	"github.com/poolsync/poolsync/shared/outbound"
	"github.com/poolsync/poolsync/shared/reconcile"
)

// comply rests if one of the answers to a request asks for a slower pace. EventBridge does
// not say for how long.
func (c *carrier) comply(answers []error) {
	for _, err := range answers {
		if reconcile.VerdictOf(err) == reconcile.Throttled {
			outbound.Comply(c.pacer, err)
			return
		}
	}
}
