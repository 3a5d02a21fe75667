package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/poolsync/poolsync/infra/local/signin"
)

// strays begins the user names of people in another pool.
const strays = "stray-"

// stray signs somebody in to another pool whose trigger calls our function. UserHub must
// not hear of it.
func (w *world) stray(ctx context.Context) error {
	w.mu.Lock()
	name := fmt.Sprintf("%s%d", strays, w.random.IntN(5))
	w.mu.Unlock()
	err := w.Pool.SignInElsewhere(ctx, name)
	if errors.Is(err, signin.ErrUserLambdaValidation) || errors.Is(err, signin.ErrUnexpectedLambda) {
		return nil // the function was killed meanwhile
	}
	return err
}

// unknown says whether UserHub or the feed was ever told of somebody in another pool.
func (w *world) unknown() finding {
	var hub, feed []string
	for _, e := range w.UserHub.Events() {
		if strings.HasPrefix(e.ExternalID, strays) {
			hub = append(hub, e.Kind+" of "+e.ExternalID)
		}
	}
	events := w.Feed.Events()
	w.mu.Lock()
	defer w.mu.Unlock()
	ours := map[string]bool{}
	for _, p := range w.people {
		ours[p.sub] = true
	}
	for _, e := range events {
		if !ours[e.Detail.Sub] || e.Detail.Pool != w.PoolID {
			feed = append(feed, string(e.DetailType)+" of "+e.Detail.Sub)
		}
	}
	return finding{
		ok:   len(hub)+len(feed) == 0,
		text: fmt.Sprintf("of people in another pool, UserHub was told %d times, the feed %d", len(hub), len(feed)),
		what: slices.Concat(hub, feed),
	}
}
