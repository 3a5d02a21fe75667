package main

import (
	"context"
	"errors"
	"time"

	"github.com/poolsync/poolsync/shared/cognito"
	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/reconcile"
)

const (
	// strangerWait is how long somebody who may well be in another pool waits for a
	// turn to be looked at, and crowded how long a message has been on the queue when
	// they are too many to be looked at. Other pools of the account may have any number
	// of users who act; the queue must not grow with them. One of ours among them, whom
	// the ledger does not know yet, waits for the next run.
	strangerWait = 500 * time.Millisecond
	crowded      = 10 * time.Second
)

// answer is what became of a look.
type answer string

const (
	ours     answer = "one of ours"
	unlisted answer = "of our pool, but in nobody's books"
	stranger answer = "somebody in another pool"
	skipped  answer = "not looked at"
)

// look finds out what the pool holds of a hint's user. Whoever the ledger knows is ours;
// of others whose pool is not named it first excludes what it can without asking the
// pool, and does not wait long for its turn to ask. A target whose ledger does not answer
// keeps nothing from the others that can be found out without it.
func (b *running) look(ctx context.Context, h hint) (directory.Change, answer, error) {
	if h.unverified && h.clientID != "" {
		have, err := b.clients.Have(ctx, h.clientID)
		if err == nil && !have {
			return directory.Change{}, stranger, nil
		}
		h.unverified = !have // only the pool's own users act through its clients
	}
	entry, unread := b.targets.known(ctx, h.change.Sub)
	if unread != nil && h.unverified {
		return directory.Change{}, "", unread
	}
	unknown := h.unverified && !entry.Traced()
	if unknown {
		if b.strangers.has(h.change.Sub) {
			return directory.Change{}, stranger, nil
		}
		if !h.queuedAt.IsZero() && time.Since(h.queuedAt) > crowded {
			return directory.Change{}, skipped, nil
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, strangerWait)
		defer cancel()
	}
	change, found, err := reconcile.Resolve(ctx, b.pool, h.change, entry)
	switch {
	case err != nil && unknown && errors.Is(err, cognito.ErrThrottled):
		return directory.Change{}, skipped, nil
	case err != nil:
		return directory.Change{}, "", err
	case found:
		change.Pool = b.poolID
		return change, ours, nil
	case unread != nil: // it may say who they were
		return directory.Change{}, "", unread
	case unknown:
		b.strangers.add(h.change.Sub)
		return directory.Change{}, stranger, nil
	}
	return directory.Change{}, unlisted, nil
}

// errNotListed is the failure of an event whose user is in nobody's books yet.
var errNotListed = errors.New("the user is not listed yet")
