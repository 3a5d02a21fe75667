package main

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/poolsync/poolsync/shared/directory"
	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// TestBatchOfAPassingState puts all that speaks of a user into one batch, after
// UserHub has fetched a state that is gone again. UserHub must be told of it: pool and
// ledger agree, so that no run finds it out.
func TestBatchOfAPassingState(t *testing.T) {
	for _, tt := range []struct {
		name string
		then func(w *world, sub string) string // the last message
	}{
		{"then UserHub speaks of the user", func(w *world, sub string) string {
			return w.change(directory.Changed, directory.Webhook, sub)
		}},
		{"then a sign-in, which UserHub accepts and fails to process", func(w *world, sub string) string {
			w.userhub.Decide(func(q userhubtest.Request) userhubtest.Fault {
				if !q.Wait {
					return func(rw http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(rw, r) }
				}
				return w.decide(q)
			})
			return w.trigger(directory.SignIn, sub)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t)
				defer w.close()
				sub := w.add("user", nil)
				w.queue.send(w.trigger(directory.SignUp, sub), 0)
				w.run()

				disable := func(u *directory.User) { u.Enabled = false }
				enable := func(u *directory.User) { u.Enabled = true }
				time.Sleep(time.Minute)
				w.pool.Edit(sub, disable)
				w.look(userhubtest.Request{ExternalID: "user"}) // by itself
				time.Sleep(10 * time.Second)
				w.pool.Edit(sub, enable)
				w.events.send(event("AdminEnableUser", sub, ""), 0)
				time.Sleep(10 * time.Second)
				w.queue.send(tt.then(w, sub), 0)
				w.run()
				if diff := cmp.Diff(w.usersByName(), w.mirror); diff != "" {
					t.Errorf("pool and UserHub differ: -pool +UserHub\n%s", diff)
				}
			})
		})
	}
}
