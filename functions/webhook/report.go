package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub"
)

const (
	// settling is how long a report waits on the queue of which UserHub may be told. It
	// is to have our answer first: told of an id that it does not know yet, it would
	// import the user whom it is just creating. And what it then fetches comes from a
	// listing that is a little late.
	settling = 5 * time.Second
	// reportTimeout bounds the queueing, for which UserHub waits.
	reportTimeout = time.Second
)

// reporter puts on the queue what UserHub has written to the pool. Nobody else says it
// in time: without a trail, or its event, a deleted user would stay in the ledger, and
// count as missing in every run.
//
// The change says who made it, and the deliverer decides what that means for whom. The
// ledger is not written from here: only there is it known what the target has
// confirmed, and in which order.
//
// A report that cannot be queued changes nothing of the answer, since the write stands:
// CloudTrail's event says the same, and the next run sees it.
type reporter struct {
	queue  sender
	poolID string
	log    *slog.Logger
}

// wrote reports the state in which UserHub has left a user, also where nothing was to
// be written: that was judged by a listing, and if the ledger agrees it ends there.
func (r reporter) wrote(ctx context.Context, u directory.User) {
	r.send(ctx, directory.Change{Kind: directory.Changed, Sub: u.Sub, Username: u.Username, User: &u, By: userhub.ProviderName}, settling)
}

// deleted reports that UserHub has deleted a user. Cognito has said so, or that there
// is nobody of that name, which no user ever changes. That goes without delay, for a run
// may begin at any time, and count them as missing.
func (r reporter) deleted(ctx context.Context, u directory.User) {
	r.send(ctx, directory.Change{Kind: directory.Removed, Sub: u.Sub, Username: u.Username, Gone: true, By: userhub.ProviderName}, 0)
}

// failed reports a user of whom UserHub was told that the write has failed. All of it,
// some or none may have been written, so somebody has to look; and what was, UserHub
// does not know, so it is by nobody.
func (r reporter) failed(ctx context.Context, u directory.User) {
	r.send(ctx, directory.Change{Kind: directory.Changed, Sub: u.Sub, Username: u.Username}, settling)
}

// send queues a report, also when the time for the request itself is over.
func (r reporter) send(ctx context.Context, c directory.Change, delay time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportTimeout)
	defer cancel()
	c.ID, c.Origin, c.Pool, c.ObservedAt = directory.NewChangeID(), directory.Webhook, r.poolID, time.Now()
	if err := r.queue.SendAfter(ctx, c, delay); err != nil {
		r.log.WarnContext(ctx, "write perhaps not reported: then CloudTrail or the next full sync repairs it", "sub", c.Sub, "kind", c.Kind, "error", err)
	}
}
