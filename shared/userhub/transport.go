package userhub

import (
	"net/http"
	"time"

	"github.com/poolsync/poolsync/shared/outbound"
)

// answerTimeout bounds the wait for an answer. With "wait" UserHub asks the user's
// provider before it answers, so this is not short.
const answerTimeout = 10 * time.Second

// NewTransport returns the transport for talking to UserHub: [outbound.NewTransport] with
// a limit on the wait for an answer, so that no phase has to wait for the context's
// deadline.
func NewTransport() *http.Transport {
	transport := outbound.NewTransport()
	transport.ResponseHeaderTimeout = answerTimeout
	return transport
}
