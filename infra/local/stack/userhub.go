package stack

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"

	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// UserHub is the stand-in with the connection that the template names.
type UserHub struct {
	*userhubtest.Server
	// URL is its address, without a slash at the end.
	URL string

	key    string
	server *http.Server

	mu      sync.Mutex
	changed chan struct{} // guarded by mu; closed when a request has ended
}

func startUserHub(connection string) (*UserHub, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start UserHub's stand-in: %w", err)
	}
	u := &UserHub{
		Server:  userhubtest.New(userhubtest.WithConnection(connection)),
		URL:     "http://" + listener.Addr().String(),
		key:     userhubtest.DefaultKey,
		changed: make(chan struct{}),
	}
	u.server = &http.Server{Handler: u}
	go u.server.Serve(listener)
	return u, nil
}

// ServeHTTP has the stand-in answer, and wakes who waits for news of it.
func (u *UserHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer u.wake()
	u.Server.ServeHTTP(w, r)
}

func (u *UserHub) wake() {
	u.mu.Lock()
	defer u.mu.Unlock()
	close(u.changed)
	u.changed = make(chan struct{})
}

// Await returns when done is true of the events that took effect. It asks again
// after each request, and fails when the context ends first.
func (u *UserHub) Await(ctx context.Context, done func(events []userhubtest.Request) bool) error {
	for {
		u.mu.Lock()
		changed := u.changed
		u.mu.Unlock()
		if done(u.Events()) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for UserHub to be told: %w", context.Cause(ctx))
		}
	}
}

// Close stops listening and cuts every connection, also one that hangs.
func (u *UserHub) Close() error { return u.server.Close() }
