package main

import (
	"context"
	"errors"
	"fmt"
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

// unknown says whether UserHub was ever told of somebody in another pool.
func (w *world) unknown() finding {
	f := finding{}
	for _, e := range w.UserHub.Events() {
		if strings.HasPrefix(e.ExternalID, strays) {
			f.what = append(f.what, e.Kind+" of "+e.ExternalID)
		}
	}
	f.ok = len(f.what) == 0
	f.text = fmt.Sprintf("UserHub was told %d times of people in another pool", len(f.what))
	return f
}
