package main

import (
	"context"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/telemetry"
)

// foreign reports whether a change is of another pool, and takes note of that. It is
// dropped: its user would be brought to the target, taken away by the next run, which
// knows nobody of that name, and brought back at the next sign-in.
//
// Such changes come from a trigger of ours that somebody has set on another pool, and,
// for a while, from before the stack was given another pool. Cognito says which pool a
// sign-in is of; a message that does not, as those of older versions, is taken for ours.
//
// They are told apart here, and not in the trigger, which somebody waits for and which
// a new pool depends on: it cannot be given the id of a pool that is made after it.
func (b *running) foreign(c directory.Change) bool {
	if c.Pool == "" || c.Pool == b.pool {
		return false
	}
	b.metrics.Add(telemetry.ChangesForeign, telemetry.Count, 1)
	b.otherPool = c.Pool
	return true
}

// reportForeign logs the changes of another pool, one line a batch.
func (b *running) reportForeign(ctx context.Context) {
	if b.otherPool != "" {
		b.log.WarnContext(ctx, "changes of another pool dropped: do its triggers call our function?", "otherPool", b.otherPool)
	}
}
