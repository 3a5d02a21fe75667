package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/poolsync/poolsync/shared/directory"
)

// errUncertain is the failure of a change that SQS may have taken: it was sent, and no
// answer came, or one that does not say.
var errUncertain = errors.New("the queue may have taken the change")

// firstTimeout bounds the first try. SQS usually answers within 20 ms, and a connection
// that died while Lambda had the function frozen shows only as silence.
const firstTimeout = 450 * time.Millisecond

// patient sends a change a second time if nothing was heard of the first: it is worth
// more that no sign-in is lost than that each is counted once. But there is only one
// reason to give up on a request that is under way, a dead connection, and the second
// try has a new one. So that is given all the time that is left: if it is SQS that is
// slow, more copies would arrive as late, each a sign-in more.
//
// Copies have the id of the change, by which those that meet in one batch are one.
type patient struct{ queue queue }

// Send queues a change. The error is [errUncertain] if it may be queued all the same.
func (p patient) Send(ctx context.Context, c directory.Change) error {
	var sent atomic.Bool
	ctx = context.WithValue(ctx, sentKey{}, &sent)
	first, cancel := context.WithTimeout(ctx, firstTimeout)
	defer cancel()
	err := p.queue.Send(first, c)
	if err != nil && first.Err() != nil && ctx.Err() == nil {
		err = p.queue.Send(ctx, c)
	}
	if err != nil && sent.Load() {
		return fmt.Errorf("%w: %w", errUncertain, err)
	}
	return err
}

// sentKey is the key of what a context notes of its requests: whether one has left and
// was not plainly refused.
type sentKey struct{}

// witness makes requests and notes which of them may have had their effect.
type witness struct{ client *http.Client }

// Do makes a request. A request that got no connection cannot have arrived, and one
// that was refused as wrong has had no effect.
func (w witness) Do(r *http.Request) (*http.Response, error) {
	sent, noted := r.Context().Value(sentKey{}).(*atomic.Bool)
	if !noted {
		return w.client.Do(r)
	}
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	response, err := w.client.Do(r.WithContext(httptrace.WithClientTrace(r.Context(), trace)))
	refused := err == nil && response.StatusCode >= 400 && response.StatusCode < 500
	if connected.Load() && !refused {
		sent.Store(true)
	}
	return response, err
}
