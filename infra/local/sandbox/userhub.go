package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"

	"github.com/poolsync/poolsync/shared/userhub/userhubtest"
)

// The webhook's secrets.
const (
	signingSecret = "local-signing-secret"
	headerSecret  = "local-header-secret"
)

// UserHub is the stand-in for UserHub, with the connection that the template names. It
// rings the stack's bell when a request arrives and when it ends.
type UserHub struct {
	*userhubtest.Server
	// URL is its address, without a slash at the end.
	URL string

	http *http.Server
	bell *bell

	mu      sync.Mutex // guards verdict
	verdict func(userhubtest.Request) userhubtest.Fault
}

func startUserHub(connection string, bell *bell) (*UserHub, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the stand-in for UserHub: %w", err)
	}
	u := &UserHub{
		Server: userhubtest.New(userhubtest.WithConnection(connection)),
		URL:    "http://" + listener.Addr().String(),
		bell:   bell,
	}
	u.Server.Decide(u.judge)
	u.http = &http.Server{Handler: u}
	go u.http.Serve(listener)
	return u, nil
}

// connect enters the webhook in UserHub's console, if the template has one.
func (u *UserHub) connect(api string) {
	if api != "" {
		u.SetWebhook(userhubtest.Webhook{
			URL: api + "/webhook", Secrets: []string{signingSecret},
			Header: map[string]string{"Poolsync-Secret": headerSecret},
		})
	}
}

// ServeHTTP makes the stand-in answer.
func (u *UserHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer u.bell.ring()
	u.Server.ServeHTTP(w, r)
}

// Decide lets a function choose the fault of each request from now on; nil ends that.
func (u *UserHub) Decide(verdict func(userhubtest.Request) userhubtest.Fault) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.verdict = verdict
}

// Always applies one fault to every request from now on; nil ends that.
func (u *UserHub) Always(fault userhubtest.Fault) {
	u.Decide(func(userhubtest.Request) userhubtest.Fault { return fault })
}

// judge chooses the fault of a request that the stand-in has recorded.
func (u *UserHub) judge(r userhubtest.Request) userhubtest.Fault {
	defer u.bell.ring()
	u.mu.Lock()
	verdict := u.verdict
	u.mu.Unlock()
	if verdict == nil {
		return nil
	}
	return verdict(r)
}

// Close stops listening and cuts every connection, even a hanging one.
func (u *UserHub) Close() error { return errors.Join(u.http.Close(), u.Server.Close()) }
