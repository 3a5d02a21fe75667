package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub"
)

const (
	// settling is how long a report that UserHub may hear of waits on the queue,
	// so that UserHub has our answer first: told of an id that it does not know
	// yet, it would import the user it is just creating. Also, what it then
	// fetches comes from a listing that lags a little.
	settling = 5 * time.Second
	// reportTimeout bounds the queueing; UserHub waits for it.
	reportTimeout = time.Second
)

// reporter queues what UserHub has written to the pool. Nobody else reports it in
// time: without a trail, or if its event is lost, a deleted user would stay in the
// ledger and count as missing in every run.
//
// The change says who made it, and deliver decides who needs to hear of it. The
// ledger is not written here: only deliver knows what the target has confirmed, and
// in which order.
//
// A report that cannot be queued does not change the answer, since the write stands:
// CloudTrail's event says the same, and the next run sees it.
type reporter struct {
	queue  sender
	poolID string
	log    *slog.Logger
}

// wrote reports the state in which UserHub left a user, even if nothing was written:
// a listing decided that, and if the ledger agrees, it ends there.
func (r reporter) wrote(ctx context.Context, u directory.User) {
	r.send(ctx, directory.Change{Kind: directory.Changed, Sub: u.Sub, Username: u.Username, User: &u, By: userhub.ProviderName}, settling)
}

// deleted reports that UserHub has deleted a user. Cognito has said so, or that
// nobody has the user name, and user names never change. It goes without delay: a run
// may begin at any time, and would count the user as missing.
func (r reporter) deleted(ctx context.Context, u directory.User) {
	r.send(ctx, directory.Change{Kind: directory.Removed, Sub: u.Sub, Username: u.Username, Gone: true, By: userhub.ProviderName}, 0)
}

// failed reports a user whose write has failed, as UserHub was told. All, some or
// none of it may have been written, so somebody has to look. UserHub does not know
// what was written, so the change names no author.
func (r reporter) failed(ctx context.Context, u directory.User) {
	r.send(ctx, directory.Change{Kind: directory.Changed, Sub: u.Sub, Username: u.Username}, settling)
}

// send queues a report, even when the request's own time is up.
func (r reporter) send(ctx context.Context, c directory.Change, delay time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportTimeout)
	defer cancel()
	c.ID, c.Origin, c.Pool, c.ObservedAt = directory.NewChangeID(), directory.Webhook, r.poolID, time.Now()
	if err := r.queue.SendAfter(ctx, c, delay); err != nil {
		r.log.WarnContext(ctx, "write may not be reported: CloudTrail or the next full sync repairs it", "sub", c.Sub, "kind", c.Kind, "error", err)
	}
}
