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

// errUncertain says that SQS may have taken the change: it was sent, but no clear
// answer came.
var errUncertain = errors.New("the queue may have taken the change")

// firstTimeout bounds the first try. SQS usually answers within 20 ms, and a connection
// that died while Lambda had the function frozen shows only as silence.
const firstTimeout = 450 * time.Millisecond

// patient sends a change again if the first try got no answer: losing a sign-in is
// worse than counting one twice. A request under way is abandoned for one reason
// only, a dead connection, and the second try has a new one. So it gets all the time
// that is left: if SQS itself is slow, more copies would arrive just as late, each
// counted as another sign-in.
//
// Copies carry the same change id, and those that meet in one batch become one.
type patient struct{ queue queue }

// Send queues a change. The error is [errUncertain] if the change may be queued
// anyway.
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

// sentKey is the context key of a note about the context's requests: whether one has
// left and was not plainly refused.
type sentKey struct{}

// witness makes requests and notes which of them may have taken effect.
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
